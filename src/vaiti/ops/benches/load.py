"""The benchmark's generator: paced G.711 streams by sendmmsg, in a process of its own.

Shares no code with the recorder. Reads one JSON object from standard input, `destinations` (host
and port of each stream), `seconds`, and for SRTP the `suite` and in `keys` those that the streams
have in turn; prints one: what was really sent, and how late.
"""

import base64
import ctypes
import json
import os
import socket
import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pylibsrtp._binding import ffi, lib

from vaiti.ops.phone.media import Secrecy

TICK = 0.02  # seconds of speech in a packet
SLOTS = 5  # in a tick, at most: the streams are spread evenly over it, and a turn has its price
A_SLOT = 20  # streams: of few not each has a turn of the sender's to itself
PAYLOAD = 160  # bytes: 20 ms of G.711
PACKETS_A_SECOND = 50
A_LAW = 8
_MTU_DISCOVER, _NO_FRAGMENTS = 10, 2  # ip(7): the kernel then numbers no packets
MOST_SECRET = 12 + PAYLOAD + 20  # bytes of a packet of SRTP

_PACKET = np.dtype(
    [
        ("first", "u1"),
        ("second", "u1"),
        ("seq", ">u2"),
        ("ts", ">u4"),
        ("ssrc", ">u4"),
        ("payload", "u1", (PAYLOAD,)),
    ]
)
_MESSAGE = np.dtype(
    {
        "names": ["name", "namelen", "iov", "iovlen"],
        "formats": ["u8", "u4", "u8", "u8"],
        "offsets": [0, 8, 16, 24],
        "itemsize": 64,
    }
)


class Load:
    """Streams, each to its own destination, from one socket; of `voices` different ones, if that is
    fewer. `names` are the destinations as the system has them."""

    def __init__(self, destinations: Sequence[tuple[str, int]], voices: int = 0) -> None:
        count = len(destinations)
        self.packets = _first_packets(voices or count)
        self.names = socket_names(destinations)
        self._vectors = np.zeros((count, 2), np.uint64)
        self._vectors[:, 0] = np.resize(_rows(self.packets), count)
        self._vectors[:, 1] = _PACKET.itemsize
        self._messages = np.zeros(count, _MESSAGE)
        self._messages["name"], self._messages["namelen"] = _rows(self.names), 16
        self._messages["iov"], self._messages["iovlen"] = _rows(self._vectors), 1
        self.slots = max(1, min(SLOTS, count // A_SLOT))
        self._edges = [count * slot // self.slots for slot in range(self.slots + 1)]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self._socket.setsockopt(socket.IPPROTO_IP, _MTU_DISCOVER, _NO_FRAGMENTS)
        self._socket.bind(("127.0.0.1", 0))
        self._call = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
        self.sent = 0

    def send_slot(self, slot: int) -> None:
        """One packet of each stream of the slot. Raises OSError."""
        self.send_rows(self._edges[slot], self._edges[slot + 1])

    def send_rows(self, low: int, high: int) -> None:
        """One packet of each of these streams. Raises OSError."""
        self._speak(low, high)
        self._send(low, high)

    def _speak(self, low: int, high: int) -> None:
        self.packets["seq"][low:high] += 1
        self.packets["ts"][low:high] += PAYLOAD

    def _send(self, low: int, high: int) -> None:
        base = self._messages.ctypes.data
        while low < high:
            done = self._call(
                self._socket.fileno(), base + low * _MESSAGE.itemsize, min(high - low, 1024), 0
            )
            if done < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            low += done
            self.sent += done

    def close(self) -> None:
        self._socket.close()


class SecretLoad(Load):
    """SRTP: `secrecies` are voices, which the streams have in turn. What those of one voice are
    sent is the same, and protected once: the receiver has a key to set up for each all the same."""

    def __init__(
        self, destinations: Sequence[tuple[str, int]], secrecies: Sequence[Secrecy]
    ) -> None:
        super().__init__(destinations, len(secrecies))
        self._secrecies = secrecies
        self._secret = np.zeros((len(secrecies), MOST_SECRET), np.uint8)
        self._vectors[:, 0] = np.resize(_rows(self._secret), len(destinations))
        self._size = ffi.new("int *")

    def send_slot(self, slot: int) -> None:
        """One packet of each stream of the slot; the slots come in turn. Raises OSError."""
        if slot == 0:
            self._speak(0, len(self.packets))
            self._vectors[:, 1] = np.resize(self._protected(), len(self._vectors))
        self._send(self._edges[slot], self._edges[slot + 1])

    def _protected(self) -> list[int]:
        """How long each is. Protected where they lie: the binding's own call copies them in and
        out, in twice the time."""
        plain = self.packets.view(np.uint8).reshape(len(self.packets), -1)
        self._secret[:, : _PACKET.itemsize] = plain
        base, size, sizes = ffi.from_buffer("char[]", self._secret), self._size, []
        for row, secrecy in enumerate(self._secrecies):
            size[0] = _PACKET.itemsize
            if fault := lib.srtp_protect(secrecy.context, base + row * MOST_SECRET, size):
                raise OSError(fault, "libsrtp protects no more packets")
            sizes.append(size[0])
        return sizes


def _first_packets(count: int) -> NDArray[np.void]:
    """With the mark of its stream in each."""
    random = np.random.default_rng(1)
    packets = np.zeros(count, _PACKET)
    packets["first"], packets["second"] = 0x80, A_LAW
    packets["seq"] = random.integers(0, 1 << 16, count)
    packets["ts"] = random.integers(0, 1 << 32, count)
    packets["ssrc"] = np.arange(1, count + 1) * 0x9E3779B1 & 0xFFFFFFFF
    packets["payload"] = random.integers(0, 256, (count, PAYLOAD))
    packets["payload"][:, :4] = packets["ssrc"].copy().view(np.uint8).reshape(count, 4)
    return packets


def socket_names(destinations: Sequence[tuple[str, int]]) -> NDArray[np.uint8]:
    names = b"".join(
        socket.AF_INET.to_bytes(2, sys.byteorder)
        + port.to_bytes(2, "big")
        + socket.inet_aton(host)
        + bytes(8)
        for host, port in destinations
    )
    return np.frombuffer(names, np.uint8).reshape(len(destinations), 16).copy()


def _rows(array: NDArray[np.generic]) -> NDArray[np.uint64]:
    step = np.uint64(array.strides[0])
    return np.uint64(array.ctypes.data) + np.arange(len(array), dtype=np.uint64) * step


def run(
    destinations: Sequence[tuple[str, int]], seconds: float, secrecies: Sequence[Secrecy] = ()
) -> dict[str, float]:
    load = SecretLoad(destinations, secrecies) if secrecies else Load(destinations)
    latest = 0.0
    began = time.monotonic()
    for index in range(round(seconds / TICK) * load.slots):
        wait = began + index * TICK / load.slots - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        latest = max(latest, -wait)
        load.send_slot(index % load.slots)
    elapsed = time.monotonic() - began
    load.close()
    return {"sent": load.sent, "seconds": elapsed, "latest_s": latest, "cpu_s": time.process_time()}


if __name__ == "__main__":
    order = json.load(sys.stdin)
    keys = (base64.b64decode(key) for key in order.get("keys", ()))
    print(
        json.dumps(
            run(
                [(host, port) for host, port in order["destinations"]],
                order["seconds"],
                [Secrecy(order["suite"], key) for key in keys],
            )
        )
    )
