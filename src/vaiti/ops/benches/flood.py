"""`vaiti bench flood`: how much memory a recorder takes at most when somebody floods it.

Each flood has a recorder of its own, with one call in progress. What it held before is subtracted
from the most that it ever held; the call goes on, and is hung up at the end.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vaiti.capture.recorder.config import Listen, RecorderConfig
from vaiti.capture.recorder.starting import main as recorder_main
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.measured import HOST, LINE, BenchError
from vaiti.ops.benches.site import machine
from vaiti.ops.clocks import machine_clock
from vaiti.ops.phone.dial import Call
from vaiti.vault.wrapping import new_intake_key

CALLS: Final = 200
STRANGER: Final = "127.0.0.66"
MESSAGE: Final = 60 << 10  # bytes: a little less than the longest message that is read
ELEMENTS: Final = 4_000
SETTLED: Final = 5  # looks in a row, a second apart, in which nothing more was taken
LOOKS: Final = 60


@dataclass(frozen=True, slots=True)
class Target:
    """`remote` is where the sound of the call in progress is sent."""

    udp: int
    tcp: int
    remote: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """`mb` is the most that was held beyond the time before; `answers`: the call could be ended."""

    flood: str
    sent: int
    mb: float
    answers: bool


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench flood", description=__doc__)
    parser.add_argument("--times", type=float, default=1.0, help="as many messages, or more")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        found = [asyncio.run(measure(name, given.times)) for name in FLOODS]
    except BenchError as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps({"floods": [asdict(one) for one in found], "machine": machine()}))
    else:
        for one in found:
            print(f"{one.flood:12} {one.sent:8} sent, {one.mb:7.1f} MB, answers: {one.answers}")
    return 0 if all(one.answers for one in found) else 1


async def measure(name: str, times: float) -> Result:
    """Raises BenchError."""
    _, public = new_intake_key()
    readers: list[asyncio.Task[None]] = []
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        folder = Path(place)
        measured.write_orders(folder, public, CALLS)
        state = folder / "recorder.json"
        command = [sys.executable, "-m", "vaiti.ops.benches.flood", str(folder)]
        with measured.killed_at_last(command) as process:
            measured.wait_until(process, state.exists)
            places = json.loads(state.read_text())["listening"]
            ports = {one.partition(":")[0]: int(one.rpartition(":")[2]) for one in places}
            (call,) = await generators.place(1, ports["udp"], readers)
            target = Target(ports["udp"], ports["tcp"], call.streams[0].remote)
            before = measured.memory(process.pid, "VmRSS")
            held: list[socket.socket] = []
            sent = await asyncio.to_thread(FLOODS[name], target, times, held)
            most = await _settled(process.pid) - before
            answers = await _ends(call)
            for one in held:
                one.close()
    return Result(name, sent, round(max(0, most) / 1e6, 1), answers)


def serve(folder: Path) -> int:
    """The recorder's own process."""
    return recorder_main(
        RecorderConfig(
            recorder_id="bench",
            journal=folder / "journal",
            orders=folder / "orders.json",
            orders_public=folder / "orders.pub",
            state=folder / "recorder.json",
            listen=(Listen("udp", HOST, 0), Listen("tcp", HOST, 0)),
            media_hosts=(HOST,),
            clock=machine_clock,
        )
    )


async def _settled(pid: int) -> int:
    """The most memory, once what was sent has been read."""
    most, same = 0, 0
    for _ in range(LOOKS):
        await asyncio.sleep(1)
        now = measured.memory(pid, "VmHWM")
        same = same + 1 if now == most else 0
        most = now
        if same >= SETTLED:
            break
    return most


async def _ends(call: Call) -> bool:
    try:
        return (await asyncio.wait_for(call.hang_up(), 30))[1] == 200
    except TimeoutError:
        return False
    finally:
        call.close()
        call.wire.close()


Flood = Callable[[Target, float, list[socket.socket]], int]


def _strangers(target: Target, times: float, _: list[socket.socket]) -> int:
    return _datagrams(target.udp, STRANGER, lambda n: os.urandom(1_400), int(20_000 * times))


def _garbage(target: Target, times: float, _: list[socket.socket]) -> int:
    return _datagrams(target.udp, HOST, lambda n: os.urandom(60_000), int(2_000 * times))


def _invites(target: Target, times: float, _: list[socket.socket]) -> int:
    """That name nobody, and are never acknowledged or ended."""
    return _datagrams(target.udp, HOST, lambda n: _invite(n, ELEMENTS // 100), int(2_000 * times))


def _metadata(target: Target, times: float, held: list[socket.socket]) -> int:
    """As large as it may be, again and again over one connection."""
    held.append(socket.create_connection((HOST, target.tcp)))
    count = int(100 * times)
    for number in range(count):
        held[-1].sendall(_invite(number, ELEMENTS, "TCP"))
    return count


def _unfinished(target: Target, times: float, held: list[socket.socket]) -> int:
    """More connections than are kept, each with a message that never ends."""
    head = f"INVITE sip:srs@{HOST} SIP/2.0\r\nContent-Length: {MESSAGE}\r\n\r\n".encode()
    count = int(300 * times)
    for _ in range(count):
        one = socket.create_connection((HOST, target.tcp))
        one.settimeout(2)
        held.append(one)
        try:
            one.sendall(head + bytes(MESSAGE - 10))
        except OSError:
            continue  # it was turned away
    return count


def _sound(target: Target, times: float, _: list[socket.socket]) -> int:
    """To an open port, from the right host: each packet claims to be of another stream."""
    chance = random.Random(1)

    def packet(number: int) -> bytes:
        return struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, 0, chance.getrandbits(32)) + bytes(
            160
        )

    return _datagrams(target.remote[1], HOST, packet, int(200_000 * times))


FLOODS: Final[Mapping[str, Flood]] = {
    "strangers": _strangers,
    "garbage": _garbage,
    "invites": _invites,
    "metadata": _metadata,
    "unfinished": _unfinished,
    "sound": _sound,
}


def _datagrams(port: int, source: str, made: Callable[[int], bytes], count: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((source, 0))
        for number in range(count):
            sender.sendto(made(number), (HOST, port))
    return count


def _invite(number: int, elements: int, transport: str = "UDP") -> bytes:
    more = "".join(f'<x id="{one}"/>' for one in range(elements))
    body = (
        "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
        "c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=label:1\r\na=sendonly\r\n"
        "--b\r\nContent-Type: application/rs-metadata+xml\r\n\r\n"
        f'<recording xmlns="urn:ietf:params:xml:ns:recording:1">{more}</recording>\r\n--b--\r\n'
    )
    head = (
        f"INVITE sip:{LINE}@{HOST} SIP/2.0\r\nVia: SIP/2.0/{transport} {HOST}:9;"
        f"branch=z9hG4bK{number:08x}\r\nFrom: <sip:src@{HOST}>;tag={number}\r\n"
        f"To: <sip:{LINE}@{HOST}>\r\nCall-ID: {number}@flood\r\nCSeq: 1 INVITE\r\n"
        f"Contact: <sip:src@{HOST}:9>\r\nMax-Forwards: 70\r\nRequire: siprec\r\n"
        f"Content-Type: multipart/mixed;boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
