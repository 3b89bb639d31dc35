"""`vaiti bench rtpengine`: rtpengine's recording beside ours, on the same traffic.

For those who have it installed (Debian: rtpengine-daemon); we need it for nothing. One after the
other, on the same core, each gets the same calls from the same generator: rtpengine by offer and
answer over its control protocol, then told to record into pcap files; ours over SIP. rtpengine also
passes on what it hears, which is its trade; ours seals what it keeps. Losses are counted from what
each wrote. `clear_packets`: how many packets of one stream lie readable on the disk.
"""

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.ops.benches import generators, measured, record
from vaiti.ops.benches.load import Load
from vaiti.ops.benches.measured import HOST, MOST_CALLS, MOST_SECONDS, PATIENCE, BenchError
from vaiti.ops.benches.pcaps import count_packets
from vaiti.ops.benches.site import machine
from vaiti.ops.phone import messages
from vaiti.ops.phone.bencode import BencodeError, decode, encode
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.quiet_ports import free_port

PROGRAM: Final = "rtpengine"
ABSENT: Final = (
    "rtpengine is not installed, so there is nothing to compare with; on Debian it comes with the "
    "package rtpengine-daemon (the service itself need not run)"
)
PORTS: Final = (30_000, 60_000)
ANSWER_S: Final = 5.0
CLEAR: Final = 64
"""Bytes of a payload by which a packet is known on the disk."""


@dataclass(frozen=True, slots=True)
class One:
    """What one recorder did with the traffic."""

    packets_sent: int
    packets_lost: int
    cores_per_1000_calls: float
    bytes_per_call_minute: int
    clear_packets: int


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench rtpengine", description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="calls of two G.711 streams")
    parser.add_argument("--seconds", type=float, default=60.0, help="of speech in each")
    parser.add_argument("--ring", action="store_true", help="ours receives by a packet ring")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    if not (1 <= given.calls <= MOST_CALLS and 1 <= given.seconds <= MOST_SECONDS):
        parser.error(f"--calls is 1 to {MOST_CALLS}, --seconds 1 to {MOST_SECONDS}")
    if shutil.which(PROGRAM) is None:
        print(json.dumps({"skipped": ABSENT}) if given.json else f"skipped: {ABSENT}")
        return 0
    try:
        theirs, ours = measure(given.calls, given.seconds, ring=given.ring)
    except (BenchError, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    about = {"calls": given.calls, "seconds": given.seconds, "machine": machine()}
    found = {"rtpengine": asdict(theirs), "vaiti": asdict(ours)}
    print(json.dumps({**found, **about}) if given.json else told(theirs, ours))
    return 0


def told(theirs: One, ours: One) -> str:
    lines = [f"{'':22} {'rtpengine':>14} {'vaiti':>14}"]
    for (name, one), other in zip(asdict(theirs).items(), asdict(ours).values(), strict=True):
        lines.append(f"{name:22} {one:>14} {other:>14}")
    return "\n".join(lines)


def measure(calls: int, seconds: float, *, ring: bool = False) -> tuple[One, One]:
    """Theirs and ours. Raises BenchError."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        theirs = _rtpengine(Path(place), calls, seconds)
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        if ring:
            measured.ask_for_ring(Path(place), calls)
        recorded = asyncio.run(record.recorded(Path(place), calls, seconds, ""))
        clear = _clear(Path(place) / "journal", calls)
    sizes = recorded.journal_bytes, recorded.sent, recorded.kept
    return theirs, _one(calls, seconds, recorded.cpu_s, sizes, clear)


def _one(calls: int, seconds: float, cpu_s: float, sizes: tuple[int, int, int], clear: int) -> One:
    """`sizes`: bytes written, packets sent, packets found."""
    written, sent, found = sizes
    return One(
        packets_sent=sent,
        packets_lost=sent - found,
        cores_per_1000_calls=round(cpu_s / seconds / calls * 1000, 4),
        bytes_per_call_minute=round(written / calls / (seconds / 60)),
        clear_packets=clear,
    )


def _rtpengine(folder: Path, calls: int, seconds: float) -> One:
    with _running(folder) as (process, control), _sink() as sink:
        targets = [place for number in range(calls) for place in control.call(number, sink)]
        before = measured.cpu_s(process.pid)
        with generators.beside("load", {"destinations": targets, "seconds": seconds}) as load:
            sent = int(generators.told(load)["sent"])
        time.sleep(generators.SETTLE)
        used = measured.cpu_s(process.pid) - before
        for number in range(calls):
            control.ask({"command": "delete", "call-id": f"bench-{number}", "delete delay": 0})
    files = sorted((folder / "pcaps").glob("*.pcap"))
    written = sum(path.stat().st_size for path in files)
    found = sum(count_packets(path.read_bytes()) for path in files)
    return _one(calls, seconds, used, (written, sent, found), _clear(folder, calls))


@contextmanager
def _running(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", "Control"]]:
    port = free_port(0, (socket.SOCK_DGRAM,))
    command = [
        *(PROGRAM, "--foreground", "--config-file=none", "--table=-1", "--log-stderr"),
        *("--log-level=3", f"--interface={HOST}", f"--listen-ng={HOST}:{port}"),
        *(f"--port-min={PORTS[0]}", f"--port-max={PORTS[1]}", f"--recording-dir={folder}"),
        *("--recording-method=pcap", "--recording-format=eth"),
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        measured.keep_to(process.pid, 0)
        control = Control(port)
        try:
            control.wait(process)
            yield process, control
        finally:
            control.close()
            process.terminate()


@contextmanager
def _sink() -> Iterator[int]:
    """The port of a socket that nobody reads: what is passed on ends there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        yield int(sock.getsockname()[1])


class Control:
    """Asks rtpengine over its control protocol: a cookie, a blank, a dictionary in bencode."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((HOST, port))
        self._socket.settimeout(ANSWER_S)
        self._count = 0

    def close(self) -> None:
        self._socket.close()

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Until it answers. Raises BenchError."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            try:
                if self.ask({"command": "ping"}).get("result") == "pong":
                    return
            except ConnectionRefusedError:
                time.sleep(0.05)
        raise BenchError("rtpengine did not start")

    def ask(self, message: Mapping[str, str | int]) -> dict[str, str]:
        """Raises BenchError, and ConnectionRefusedError while nobody listens."""
        self._count += 1
        cookie = str(self._count).encode()
        self._socket.send(cookie + b" " + encode(message))
        try:
            while True:
                told, _, answer = self._socket.recv(1 << 16).partition(b" ")
                if told == cookie:
                    break
            found = decode(answer)
        except (TimeoutError, BencodeError) as error:
            raise BenchError("rtpengine does not answer as it should") from error
        if found.get("result") == "error":
            raise BenchError(f"rtpengine refuses: {found.get('error-reason', '')}")
        return found

    def call(self, number: int, sink: int) -> list[tuple[str, int]]:
        """Sets a call up and has it recorded; where its two streams are to be sent."""
        told = {"call-id": f"bench-{number}", "from-tag": f"a{number}", "sdp": _sdp(sink)}
        to_them = self.ask({"command": "offer", **told})
        to_us = self.ask({"command": "answer", "to-tag": f"b{number}", **told})
        self.ask({"command": "start recording", "call-id": told["call-id"]})
        return [messages.media_addresses(each["sdp"])[0] for each in (to_them, to_us)]


def _sdp(port: int) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def _clear(folder: Path, calls: int) -> int:
    """How often the sound of the generator's first stream stands in the files as it was sent."""
    load = Load([(HOST, 9)] * 2 * calls)
    known = bytes(load.packets["payload"][0][-CLEAR:])
    load.close()
    return sum(path.read_bytes().count(known) for path in folder.rglob("*") if path.is_file())
