"""SIPp at a running recorder over a wire that loses and doubles, and SIPp that takes a call back.

A relay between both loses the first copy of every message in either direction and passes the next
one twice: what chance would do now and then happens to each message here.
"""

import re
import selectors
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from capture_pure.scripted import agent, customer, metadata, multipart, sdp
from recorder.media import rtp
from recorder.sipp_scenario import answered, offer, pause, request, scenario
from recorder.test_foreign_live import CALLER, Sender, hang_up, sender, tag_of
from recorder.test_foreign_live import request as written
from recorder.world import LINE, World
from sip.test_sipp import own_port
from vaiti.capture.session.knocking import SETTLED_S

SIPP = shutil.which("sipp")
CALLS = 4
SESSION = "0123456789abcdef0123"

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.skipif(SIPP is None, reason="needs SIPp: install the Debian package sip-tester"),
]


class BadWire:
    """`near` is where the sender sends to, `far` what the recorder sees and answers to."""

    def __init__(self, recorder: int) -> None:
        self.near, self.far = bound(), bound()
        self.seen: Counter[bytes] = Counter()
        self._recorder = (CALLER, recorder)
        self._sender = (CALLER, 0)
        self._over, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._relay)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.close()
        self._thread.join()
        for each in (self.near, self.far, self._over):
            each.close()

    def _relay(self) -> None:
        with selectors.DefaultSelector() as ready:
            for each in (self.near, self.far, self._over):
                ready.register(each, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is self._over:
                        return
                    self._pass_on(ask=key.fileobj is self.near)

    def _pass_on(self, *, ask: bool) -> None:
        data, source = (self.near if ask else self.far).recvfrom(65_535)
        if ask:
            self._sender = source
        self.seen[key_of(data)] += 1
        copies = (0, 2)[self.seen[key_of(data)] - 1] if self.seen[key_of(data)] < 3 else 1
        for _ in range(copies):
            if ask:
                self.far.sendto(data, self._recorder)
            else:
                self.near.sendto(data, self._sender)


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((CALLER, own_port()))
    return made


def key_of(data: bytes) -> bytes:
    """What the copies of one message have in common, and nothing else has."""
    head = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = (b"call-id:", b"cseq:")
    return b" ".join([head[0], *(each for each in head if each.lower().startswith(names))])


@contextmanager
def bad_wire(world: World) -> Iterator[BadWire]:
    wire = BadWire(world.port())
    wire.start()
    try:
        yield wire
    finally:
        wire.close()


def play(world: World, steps: str, port: int, calls: int, *, strict: bool = True) -> None:
    assert SIPP is not None
    file = world.folder / "sipp.xml"
    file.write_text(steps)
    command = [SIPP, f"{CALLER}:{port}", "-sf", str(file), "-i", CALLER, "-mi", CALLER,
               "-p", str(own_port()), "-m", str(calls), "-l", str(calls), "-r", str(calls),
               "-t", "u1", "-nostdin", "-timeout", "60s", "-timeout_error",
               "-trace_err"]  # fmt: skip
    done = subprocess.run(command, cwd=world.folder, capture_output=True, timeout=90, check=False)
    errors = [each.read_text() for each in world.folder.glob("*errors.log")]
    assert done.returncode == 0 or not strict, errors


def lossy_call() -> str:
    return scenario(
        request("INVITE", 1, *offer("sendonly", "2001", LINE), dialog=False),
        answered(200, ringing=True),
        request("ACK", 1),
        pause(200),
        request("INVITE", 2, *offer("inactive", "2001", LINE)),
        answered(200, ringing=True),
        request("ACK", 2),
        pause(200),
        request("BYE", 3),
        answered(200),
    )


def test_n11_retransmissions_over_a_bad_wire_never_make_a_second_call(world: World) -> None:
    """Where the machine stands still meanwhile, SIPp takes a repeated 2xx for the answer to what it
    sent next and gives up: then the recorder ends the call when it is stopped."""
    with bad_wire(world) as wire:
        far = wire.far.getsockname()[1]
        steps = lossy_call().replace("[local_ip]:[local_port];branch", f"{CALLER}:{far};branch")
        play(world, steps, wire.near.getsockname()[1], CALLS, strict=False)
    opened = [
        each for each in wire.seen if each.startswith(b"INVITE ") and each.endswith(b" 1 INVITE")
    ]
    invites = [wire.seen[each] for each in opened]
    assert len(invites) == CALLS
    assert min(invites) > 1, "each was lost once"
    assert world.stop() == 0
    calls = world.recorded()
    assert len(calls) == CALLS
    for each in calls:
        assert each.manifest is not None
        assert each.manifest.ended_by in ("bye", "stopped")
        assert len(each.manifest.holds) <= 1
        assert [leg.device for leg in each.manifest.legs] == ["2001"]
        assert len(each.manifest.tracks) == 2


def named(told: str) -> str:
    """With an identifier of its own."""
    return told.replace("'cs'", f"'{SESSION}'").replace('"cs"', f'"{SESSION}"')


def cancelled_too_late() -> str:
    """A CANCEL has the branch of its INVITE (RFC 3261 section 9.1)."""
    return scenario(
        request("INVITE", 1, *offer("sendonly", "2001", LINE), dialog=False),
        answered(200, ringing=True),
        request("CANCEL", 1, dialog=False).replace("[branch]", "[branch-3]"),
        '<recv response="200"/>',
        request("ACK", 1),
        request("BYE", 2),
        answered(200),
    )


class Voices(threading.Thread):
    """Speaks on both m-lines until it is closed; not while somebody holds `breath`."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__()
        self._ports, self._quiet, self.seq = ports, threading.Event(), 0
        self.breath = threading.Lock()

    def run(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
            while not self._quiet.wait(0.02):
                with self.breath:
                    for track, port in enumerate(self._ports):
                        voice.sendto(rtp(self.seq, ssrc=7 + track), (CALLER, port))
                self.seq += 1

    def close(self) -> None:
        self._quiet.set()
        self.join()


def test_n11_a_call_that_is_taken_back_leaves_nothing_and_disturbs_no_other(world: World) -> None:
    """A CANCEL after the answer changes nothing, and BYE ends the call; one before it is met by a
    second session for the same voices, which waits until it is clear which of both goes on."""
    told = named(metadata([customer(), agent(line=LINE)]))
    kind, data = multipart(sdp("1", "2", host=CALLER), told)
    with ExitStack() as kept:
        made = sender(world, kept, stream=False)
        status, head, ours = made.ask(written(made, "1 INVITE", "first", kind=kind, body=data))
        assert status == 200
        made.wire.sendall(written(made, "1 ACK", "first", tag_of(head)))
        voices = Voices([int(each) for each in re.findall(rb"m=audio (\d+)", ours)])
        voices.start()
        try:
            play(world, cancelled_too_late(), world.port(), 1)
            world.wait_for(lambda: voices.seq * 0.02 > SETTLED_S + 1)
            with voices.breath:  # a word after the INVITE would tell at once that it is a spare
                assert called_off(sender(world, kept, stream=False), kind, data) == [200, 487]
        finally:
            voices.close()
        hang_up(made, "first", tag_of(head))
    assert world.stop() == 0
    first, cancelled = world.recorded()
    assert first.manifest is not None
    assert cancelled.manifest is not None
    assert first.manifest.packets == 2 * voices.seq
    assert first.manifest.warnings == ("direction_by_order",)
    assert (first.manifest.ended_by, cancelled.manifest.ended_by) == ("bye", "bye")
    assert cancelled.manifest.packets == 0


def called_off(made: Sender, kind: str, data: bytes) -> list[int]:
    """INVITE and CANCEL in one breath: what each of them is answered."""
    invite = written(made, "1 INVITE", "again", kind=kind, body=data)
    cancel = written(made, "1 CANCEL", "again").replace(b"1CANCEL\r", b"1INVITE\r")
    made.wire.sendall(invite)
    first, _, _ = made.ask(cancel)
    return [first, made.answer()[0]]
