"""The captured session of a real SIP server, replayed over a socket with speech, whole.

Of its bytes only the sender's port and the recorder's tag are exchanged for those of this run. Its
line is a SIP name, `service`, as a laboratory's is; the verbs list telephone numbers only, so that
the name is put into the register by hand here.
"""

import re
import socket
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scenarios.worlds import World, follow_orders, make_ready, orders, wait_for
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside import sound
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.starting import started
from vaiti.ops.phone import messages
from vaiti.ops.phone.sound import alaw
from vaiti.ops.voices.dialogue import dialogue

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "siprec"
PREFIX = "opensips-4.1dev-captured"
SECONDS = 8
FRAME = 2 * 160  # 20 ms as samples of 16 bits, in bytes
QUIET = 100
STEPS = 4  # frames hidden where a lane is set right by 10 ms, when this machine's sender stalls
LABEL = ("--label", "Laboratory", "--function", "service")

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there"),
]


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        started(made)
        yield made


class Replay:
    """The sender's socket; `tag` is the recorder's, once it has answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.settimeout(60)
        self.wire.connect(("127.0.0.1", world.sip_port))
        self.tag = ""

    def close(self) -> None:
        self.wire.close()

    def send(self, name: str) -> messages.Received:
        """Sends one captured message; its final answer, acknowledged when it needs to be."""
        data = (CORPUS / f"{PREFIX}-{name}.sip").read_bytes()
        data = self.as_of_now(data)
        self.wire.send(data)
        while (answer := messages.read(self.wire.recv(65_535))) is None or answer.status < 200:
            pass
        found = re.search(r"tag=([^;]+)", answer.header("to"))
        self.tag = found.group(1) if found else ""
        if data.startswith(b"INVITE"):
            self.wire.send(self.ack(data))
        return answer

    def as_of_now(self, data: bytes) -> bytes:
        head, _, body = data.partition(b"\r\n\r\n")
        head = re.sub(rb"(?m)^(To:.*);tag=[^;\r]+", rb"\1;tag=" + self.tag.encode(), head)
        port = self.wire.getsockname()[1]
        return head.replace(b"127.0.0.1:5061", b"127.0.0.1:%d" % port) + b"\r\n\r\n" + body

    def ack(self, invite: bytes) -> bytes:
        kept = (b"Via:", b"From:", b"Call-ID:", b"Max-Forwards:")
        lines = invite.split(b"\r\n\r\n")[0].split(b"\r\n")
        to = next(line for line in lines if line.startswith(b"To:"))
        if b";tag=" not in to:
            to += b";tag=" + self.tag.encode()
        number = next(line.split()[1] for line in lines if line.startswith(b"CSeq:"))
        head = [lines[0].replace(b"INVITE", b"ACK"), to, b"CSeq: " + number + b" ACK"]
        head += [line for line in lines if line.startswith(kept)]
        return b"\r\n".join([*head, b"Content-Length: 0", b"", b""])


def speak(ports: list[int], sounds: tuple[bytes, bytes], begin: int, packets: int) -> None:
    """Sends this stretch of both sounds, in real time, from two sockets of its own."""
    wires = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in ports]
    began = time.monotonic()
    for index in range(begin, begin + packets):
        time.sleep(max(0.0, began + (index - begin) * 0.02 - time.monotonic()))
        for number, (wire, port) in enumerate(zip(wires, ports, strict=True)):
            header = struct.pack("!BBHII", 0x80, 8, index, index * 160, 0xABC0 + number)
            payload = sounds[number][index * 160 : index * 160 + 160]
            wire.sendto(header + payload, ("127.0.0.1", port))
    for wire in wires:
        wire.close()


def prepare(world: World) -> None:
    """The line, and somebody at the device that the capture names."""
    data, number = ("--data", str(world.data)), "+358207400000"
    (world.workshop / "password").write_text(world.password + "\n")
    world.vaiti(
        *("person", "add", *data, "--login", "captured.bob", "--name", "Captured Bob"),
        *("--role", "service_agent", "--device", "service"),
        *("--password-file", str(world.workshop / "password")),
    )
    make_ready(world, "captured.bob")
    world.vaiti("line", "add", *data, "--number", number, *LABEL, "--record")
    with closing(sqlite3.connect(world.data / "db.sqlite3", timeout=20)) as file, file:
        file.execute(f"UPDATE notice_line SET number = 'service' WHERE number = '{number}'")
    wait_for("the orders do not list the line", lambda: b'"service"' in orders(world))


def play(replay: Replay, sounds: tuple[bytes, bytes]) -> None:
    """The session from its INVITE to its BYE, with two seconds of speech before the hold."""
    answer = replay.send("initial-invite")
    assert answer.status == 200
    ports = [port for _, port in messages.media_addresses(answer.body)]
    speak(ports, sounds, 0, 100)
    for name in ("reinvite-1", "reinvite-on-hold", "reinvite-resume"):
        assert replay.send(name).status == 200
    speak(ports, sounds, 100, (SECONDS - 2) * 50)
    assert replay.send("bye").status == 200


def rows(world: World) -> list[tuple[object, ...]]:
    return world.rows(
        "SELECT c.direction, l.number, c.customer, c.ended_by, c.recovered "
        "FROM register_call c JOIN notice_line l ON l.id = c.line_id"
    )


def heard(world: World) -> sound.Heard:
    visitor = world.visitor("captured.bob")
    row = visitor.page("/calls/").rows[0]
    page = visitor.page(f"/calls/{row.call}/")
    answer = visitor.submit(page.form(f"/calls/{row.call}/listen"))
    addresses = [text for text in Page(answer.text).addresses if "/audio/" in text]
    return sound.read_wave(visitor.fetch(min(addresses, key=len)))


def lost(said: bytes, lane: bytes) -> int:
    """Of the frames of 20 ms that hold a voice, those that are not whole in the lane, in order."""
    frames = [said[begin : begin + FRAME] for begin in range(0, len(said), FRAME)]
    at, missing = 0, 0
    for frame in filter(voiced, frames):
        found = lane.find(frame, at)
        missing += found < 0
        at = found + FRAME if found >= 0 else at
    return missing


def voiced(frame: bytes) -> bool:
    return max(abs(value) for (value,) in struct.iter_unpack("<h", frame)) > QUIET


def sample_bytes(samples: sound.Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def test_the_captured_opensips_session_is_one_right_row_with_two_right_lanes(world: World) -> None:
    prepare(world)
    follow_orders(world)
    spoken = dialogue(11, SECONDS, "sv")
    sounds = (alaw(spoken.customer), alaw(spoken.agent))  # label 1 is the customer's stream here
    with closing(Replay(world)) as replay:
        play(replay, sounds)
    wait_for("the call does not appear", lambda: len(rows(world)) == 1)
    assert rows(world) == [("in", "service", "not available", "bye", 0)]
    lanes = [sample_bytes(lane) for lane in heard(world).lanes]
    said = [sample_bytes(sound.decoded(sound.ALAW, each)) for each in reversed(sounds)]
    missing = [lost(*pair) for pair in zip(said, lanes, strict=True)]
    assert max(missing) <= STEPS
