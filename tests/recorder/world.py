"""A recorder as a process of its own, calls placed at it, and what its journal holds.

What was sealed is opened here with the intake's private key, which no recorder ever has.
"""

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nursery import Begun, Nursery
from vaiti.audio.track import read_records
from vaiti.capture.orders import Intake, Limits, Line, Orders, Peer
from vaiti.capture.signed_orders import sign
from vaiti.ops.phone.dial import Call, place
from vaiti.ops.phone.plan import CallPlan, Outcome
from vaiti.ops.phone.wire import open_wire
from vaiti.values.ids import CallId
from vaiti.vault.journal import Kind, files, parse_opening, parse_segment, scan
from vaiti.vault.manifest import Manifest, decode
from vaiti.vault.opening import Opener
from vaiti.vault.wrapping import new_intake_key, open_key, open_manifest

LINE = "+358207100000"
CUSTOMER = "+358401234567"
ANSWER_WITHIN = 60.0  # seconds
KEPT = bool(os.environ.get("VAITI_TEST_KEEPER"))
"""Whether every recorder is to have a keeper: what dies then goes on (CONTRIBUTING.md)."""
RINGED = "VAITI_TEST_RING"  # set: every recorder has a packet ring; needs CAP_NET_RAW
RING_PORTS = (20_000, 24_998)
NURSERY = Nursery(
    *("vaiti.capture.recorder.starting", "vaiti.capture.recorder.keeper"),
    *("vaiti.capture.recorder.front", "vaiti.capture.recorder.tls"),
)

PROGRAM = """
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from vaiti.capture.binding import Ports
from vaiti.capture.recorder.config import Listen, RecorderConfig, Ring
from vaiti.capture.recorder.starting import main
from vaiti.capture.recorder.tls import TlsFiles
data, host = Path(sys.argv[1]), sys.argv[2]
tls = TlsFiles(data / "recorder.crt", data / "recorder.key", data / "authority.crt")
secured = tls.certificate.exists()
ahead = data / "ahead"
slow = data / "slow"
def slowly(act):
    def acted(*given):
        if slow.exists():
            time.sleep(1)
        return act(*given)
    return acted
os.writev, os.fdatasync, os.replace = map(slowly, (os.writev, os.fdatasync, os.replace))
def clock():
    return datetime.now(UTC) + timedelta(seconds=int(ahead.read_text()) if ahead.exists() else 0)
config = RecorderConfig(
    recorder_id="recorder-1",
    journal=data / "journal",
    orders=data / "orders.json",
    orders_public=data / "orders.pub",
    state=data / "recorder.json",
    listen=tuple(Listen(each, host, 0) for each in ("udp", "tcp", "tls")[: 3 if secured else 2]),
    media_hosts=(host,),
    rtp_ports=Ports(*map(int, sys.argv[3:5])),
    receive_buffer=int(sys.argv[5]),
    clock=clock,
    tls=tls if secured else None,
    control=data / "control.sock",
    keeper=data / "keeper.sock" if (data / "kept").exists() else None,
    codecs=frozenset({"G722", "OPUS", "G729", "L16"}),
    ring=Ring("lo", 16 << 20) if (data / "ringed").exists() else None,
)
sys.exit(main(config))
"""


KEEPER = """
import sys
from pathlib import Path
from vaiti.capture.recorder.keeper import main
main(Path(sys.argv[1]) / "keeper.sock")
"""


@dataclass(frozen=True)
class Packet:
    track: int
    pt: int
    ssrc: int
    seq: int
    ts: int
    arrival_us: int
    payload: bytes


@dataclass
class Recorded:
    """One call of the journal. `manifest` is the newest of its kind, None before the first."""

    call_id: CallId
    draft: Manifest | None = None
    manifest: Manifest | None = None
    void: bool = False
    header: bytes = b""
    key: bytes = b""
    segments: dict[int, bytes] = field(default_factory=dict)
    finished: bool = False

    def packets(self, track: int | None = None) -> list[Packet]:
        opener = Opener(self.key, self.call_id, self.header, self.finished, len(self.segments))
        found = []
        for index in range(len(self.segments)):
            for run in read_records(opener.plaintext(index, self.segments[index])):
                columns = zip(run.seq, run.ts, run.arrival_us, run.payload, strict=True)
                found += [
                    Packet(run.track, run.pt, run.ssrc, int(s), int(t), int(a), p.tobytes())
                    for s, t, a, p in columns
                ]
        return [each for each in found if track is None or each.track == track]


def keeper(folder: Path) -> Begun:
    """One that holds what is given to it at `keeper.sock`; it is there when this returns."""
    place = folder / "keeper.sock"
    place.unlink(missing_ok=True)
    process = NURSERY.begin(KEEPER, [folder])
    until = time.monotonic() + ANSWER_WITHIN
    while not place.exists():
        assert time.monotonic() < until, "there is no keeper"
        time.sleep(0.02)
    return process


class World:
    """A data folder, its keys and orders, and the recorder that runs on it."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.folder, self.host = folder, host
        self.seed = secrets.token_bytes(32)
        self.private, self.public = new_intake_key()
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        (folder / "orders.pub").write_bytes(public.public_bytes_raw())
        (folder / "journal").mkdir(exist_ok=True)
        self.orders = self.first_orders()
        self.write_orders()
        self.process: Begun | None = None
        self.keeper: Begun | None = None
        self.rtp_ports = (0, 0)
        self.receive_buffer = 0
        if os.environ.get(RINGED) and ":" not in host:
            self.ring()

    def first_orders(self) -> Orders:
        now_us = int(time.time() * 1e6)
        return Orders(
            issued_us=now_us,
            expires_us=now_us + 3_600_000_000,
            zone_country="FI",
            intake=Intake(datetime.now(UTC).date().isoformat(), self.public),
            lines=(Line(LINE, recorded=True),),
            peers=(Peer("pbx", ("127.0.0.0/8", "::1/128")),),
            limits=Limits(calls=100, free_bytes=1),
        )

    def write_orders(self, **changes: object) -> None:
        changes.setdefault("issued_us", self.orders.issued_us + 1)
        self.orders = replace(self.orders, **changes)  # type: ignore[arg-type]
        aside = self.folder / "orders.part"
        aside.write_bytes(sign(self.orders, self.seed))
        aside.replace(self.folder / "orders.json")

    def order(self, **changes: object) -> None:
        """Writes orders and waits until the recorder follows them."""
        self.write_orders(**changes)
        self.wait_for(lambda: self.state()["orders_us"] == self.orders.issued_us)

    def start(self) -> None:
        if KEPT and self.keeper is None and not (self.folder / "ringed").exists():
            self.keep()
        given = (self.folder, self.host, *self.rtp_ports, self.receive_buffer)
        self.process = NURSERY.begin(PROGRAM, given)
        pid = self.process.pid
        self.wait_for(lambda: self.state().get("pid") == pid)

    def ring(self) -> None:
        """Recorders that start afterwards receive speech by a packet ring, too."""
        (self.folder / "ringed").touch()
        self.rtp_ports = RING_PORTS

    def keep(self) -> None:
        """Starts a keeper; recorders that start afterwards go on where the one before was."""
        (self.folder / "kept").touch()
        self.keeper = keeper(self.folder)

    def state(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads((self.folder / "recorder.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    def wait_for(self, happened: Callable[[], object]) -> None:
        until = time.monotonic() + ANSWER_WITHIN
        while not happened():
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the recorder ended with {self.process.returncode}")
            assert time.monotonic() < until, f"in vain; the recorder says {self.state()}"
            time.sleep(0.02)

    def port(self, transport: str = "udp") -> int:
        places = self.state()["listening"]
        assert isinstance(places, list)
        return next(int(p.rpartition(":")[2]) for p in places if p.startswith(transport))

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ANSWER_WITHIN)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        """As a machine that loses its power: what keeps calls dies with it."""
        self.kill()
        if self.keeper is not None:
            self.keeper.kill()
            self.keeper.wait()

    def plan(self, **changes: object) -> CallPlan:
        plan = CallPlan(self.host, self.port(), CUSTOMER, LINE, "2001", seconds=1.0)
        return replace(plan, **changes)  # type: ignore[arg-type]

    async def place(self, plan: CallPlan, agent: bytes, customer: bytes) -> Outcome:
        """A whole call by the test phone, its socket closed when this returns."""
        return await place(plan, agent, customer)

    async def dial(self, plan: CallPlan | None = None) -> Call:
        """A call whose media the test sends itself; answered when this returns."""
        plan = plan or self.plan()
        wire = await open_wire(plan.transport, plan.host, plan.port, plan.identity)
        call = Call(plan, wire, (b"\xd5" * 8000, b"\x55" * 8000))
        call.reading = asyncio.create_task(call.read())  # type: ignore[attr-defined]
        response = await call.invite("sendonly")
        assert response.status == 200, response.first
        return call

    def recorded(self) -> list[Recorded]:
        """All calls of all journals, in the order of their first records."""
        calls: dict[CallId, Recorded] = {}
        for kind, call_id, body in self.records():
            if kind == Kind.EVENT:
                continue
            call = calls.setdefault(call_id, Recorded(call_id))
            self._take(call, kind, body)
        return list(calls.values())

    def events(self) -> list[dict[str, object]]:
        return [json.loads(body) for kind, _, body in self.records() if kind == Kind.EVENT]

    def records(self) -> Iterator[tuple[int, CallId, bytes]]:
        for folder in sorted((self.folder / "journal").glob("[!.]*")):
            for path in files(folder):
                for record in scan(path):
                    yield record.kind, record.call_id, record.body

    def _take(self, call: Recorded, kind: int, body: bytes) -> None:
        if kind == Kind.OPEN:
            opening = parse_opening(body)
            call.header = opening.header
            call.key = open_key(self.private, call.call_id, opening.wrapped)
        elif kind in (Kind.SEGMENT, Kind.LAST):
            index, ciphertext = parse_segment(body)
            if kind == Kind.LAST:
                call.finished = True
                call.segments = {k: v for k, v in call.segments.items() if k < index}
            call.segments[index] = ciphertext
        elif kind == Kind.VOID:
            call.void = True
        else:
            manifest = decode(open_manifest(self.private, call.call_id, body))
            if kind == Kind.DRAFT:
                call.draft = manifest
            else:
                call.manifest = manifest
