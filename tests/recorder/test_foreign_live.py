"""Foreign dialects at a running recorder, with sound: each captured message and each odd spelling.

What the pure tests say of a message holds for the process, its sockets and its journal, too. The
messages are sent as they are, but for addresses: media and answers have to find this machine.
"""

import re
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest

from capture_pure.scripted import LINE, agent, customer, metadata, multipart, sdp
from capture_pure.test_corpus_calls import CORPUS, EXPECTED, message
from capture_pure.test_foreign_senders import MASKED, VARIANTS, Message
from recorder.world import ANSWER_WITHIN, Recorded, World
from vaiti.capture.orders import Line

PACKETS = 12
CALLER = "127.0.0.1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A recorder for all of them, with the lines that the captured messages name."""
    world = World(tmp_path_factory.mktemp("foreign"))
    lines = tuple(Line(each, recorded=True) for each in ("service", "recorder", LINE))
    world.write_orders(lines=lines, peers=(replace(world.orders.peers[0], rejoin_s=0.0),))
    world.start()
    try:
        yield world
    finally:
        world.end()


@dataclass
class Sender:
    """One recording session over one socket; `sent` is what was said on each m-line."""

    wire: socket.socket
    stream: bool
    held: bytes = b""
    sent: list[bytes] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{CALLER}:{self.wire.getsockname()[1]}"

    def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Its final answer: status, head, body. An earlier one may be said again before it."""
        self.wire.sendall(request)
        return self.answer(request.partition(b";branch=")[2].partition(b"\r\n")[0])

    def answer(self, branch: bytes = b"") -> tuple[int, bytes, bytes]:
        """The next final one, or of those to this branch."""
        while True:
            head, body = self._read()
            status, told = int(head.split()[1]), head.partition(b";branch=")[2]
            if status >= 200 and branch in (b"", re.split(rb"[;\r]", told)[0]):
                return status, head, body

    def _read(self) -> tuple[bytes, bytes]:
        if not self.stream:
            head, _, body = self.wire.recv(65_535).partition(b"\r\n\r\n")
            return head, body
        while b"\r\n\r\n" not in self.held:
            self.held += self.wire.recv(65_535)
        head, _, rest = self.held.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length:\s*(\d+)", head)
        wanted = int(length[1]) if length else 0
        while len(rest) < wanted:
            rest += self.wire.recv(65_535)
        self.held = rest[wanted:]
        return head, rest[:wanted]

    def speak(self, description: bytes, number: int, first: int = 0) -> None:
        """On each m-line that is answered recvonly, by the first format of the answer; keys of
        SRTP have tests of their own. `first` is the first sequence number."""
        for index, section in enumerate(description.split(b"m=")[1:]):
            found = re.match(rb"audio ([1-9]\d*) \S+ (\d+)", section)
            if found is None or b"a=recvonly" not in section or b"SAVP" in section:
                continue
            spoken = bytes([number % 250, index]) * 80
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
                for seq in range(first, first + PACKETS):
                    head = struct.pack("!BBHII", 0x80, int(found[2]), seq, seq * 160, 7 + index)
                    voice.sendto(head + spoken, (CALLER, int(found[1])))
            self.sent.append(spoken)


def sender(world: World, kept: ExitStack, *, stream: bool) -> Sender:
    kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
    wire = kept.enter_context(socket.socket(socket.AF_INET, kind))
    wire.settimeout(ANSWER_WITHIN)
    wire.connect((CALLER, world.port("tcp" if stream else "udp")))
    return Sender(wire, stream)


def request(
    made: Sender,
    said: str,
    name: str,
    tag: str = "",
    *,
    kind: str = "",
    body: bytes = b"",
    more: Sequence[str] = (),
) -> bytes:
    """`said` is the CSeq: number and method."""
    cseq, method = said.split()
    way = "TCP" if made.stream else "UDP"
    lines = [
        f"{method} sip:recorder@192.0.2.1 SIP/2.0",
        f"Via: SIP/2.0/{way} {made.place};branch=z9hG4bK{name}{cseq}{method}",
        "Max-Forwards: 70",
        f"From: <sip:src@{CALLER}>;tag=src",
        f"To: <sip:recorder@192.0.2.1>{tag and ';tag=' + tag}",
        f"Call-ID: {name}",
        f"CSeq: {said}",
        f"Contact: <sip:src@{made.place};transport={way.lower()}>;+sip.src",
        *more,
        *([f"Content-Type: {kind}"] if kind else []),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def at_home(body: bytes) -> bytes:
    """Media comes from this machine, whatever address was captured."""
    return re.sub(rb"(c=IN IP4 )(?!0\.0\.0\.0)[0-9.]+", rb"\g<1>127.0.0.1", body)


def tag_of(head: bytes) -> str:
    found = re.search(rb"\r\nTo:[^\r]*;tag=([^;\r]+)", head)
    assert found
    return found[1].decode()


def hang_up(made: Sender, name: str, tag: str) -> None:
    assert made.ask(request(made, "9 BYE", name, tag))[0] == 200


def ended(world: World, count: int) -> list[Recorded]:
    def all_there() -> bool:
        return sum(each.manifest is not None for each in world.recorded()) == count

    world.wait_for(all_there)
    return world.recorded()


def heard(call: Recorded) -> list[bytes]:
    """What each track carried, in order, of those that carried anything; nothing else came."""
    assert call.manifest is not None
    assert call.manifest.drops == {}
    tracks = sorted({each.track for each in call.packets()})
    found = [[each.payload for each in call.packets(track)] for track in tracks]
    assert all(len(each) == PACKETS and len(set(each)) == 1 for each in found)
    return [each[0] for each in found]


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora is not there")
def test_n11_n17_every_captured_message_is_a_call_with_its_sound(world: World) -> None:
    before, sent = len(world.recorded()), []
    for number, name in enumerate(sorted(EXPECTED)):
        with ExitStack() as kept:
            made = sender(world, kept, stream=bool(number % 2))
            kind, body = message(name)
            status, head, ours = made.ask(
                request(made, "1 INVITE", name, kind=kind, body=at_home(body))
            )
            assert status == EXPECTED[name].status, name
            offer = at_home((CORPUS / "netsapiens-offer-verbatim.sdp").read_bytes())
            late = ("application/sdp", offer) if b"v=0" not in body else ("", b"")
            made.wire.sendall(
                request(made, "1 ACK", name, tag_of(head), kind=late[0], body=late[1])
            )
            if late[1]:
                opened(world, made)
            made.speak(ours, number)
            hang_up(made, name, tag_of(head))
            sent.append(made.sent)
    calls = ended(world, before + len(EXPECTED))[before:]
    for name, call, spoken in zip(sorted(EXPECTED), calls, sent, strict=True):
        facts, expected = call.manifest, EXPECTED[name]
        assert facts is not None
        assert (facts.line, facts.customer) == (expected.line, expected.customer), name
        assert facts.direction == expected.direction, name
        assert tuple(each.device for each in facts.legs) == expected.devices, name
        assert tuple(each.role for each in facts.tracks) == expected.roles, name
        assert bool(facts.holds) is expected.held, name
        assert heard(call) == spoken, name


THREE = metadata([customer(), agent(), replace(agent("2002", "3", line=""), id="p-2002")])
GSM = "m=audio 40006 RTP/AVP 3\r\na=label:4\r\na=sendonly\r\n"


def test_n13_n17_three_streams_are_closed_held_and_opened_again(world: World) -> None:
    """Beside a fourth in a codec that is not taken: the others are kept, and a warning says so."""
    before, ports = len(world.recorded()), []
    offers = [("1", "2", "3"), ("1", "2 inactive", "3 sendonly 0"), ("1", "2", "3")]
    with ExitStack() as kept:
        made, tag = sender(world, kept, stream=False), ""
        for number, streams in enumerate(offers, 1):
            kind, body = multipart(sdp(*streams, host=CALLER) + GSM, THREE if number == 1 else "")
            asked = request(made, f"{number} INVITE", "three", tag, kind=kind, body=body)
            status, head, ours = made.ask(asked)
            assert status == 200
            tag = tag or tag_of(head)
            made.wire.sendall(request(made, f"{number} ACK", "three", tag))
            opened(world, made)
            ports.append(re.findall(rb"m=audio (\d+)", ours))
            assert re.findall(rb"a=(recvonly|inactive)", ours) == WAYS[number - 1]
            made.speak(ours, 50 + number, number * PACKETS)
        hang_up(made, "three", tag)
    [call] = ended(world, before + 1)[before:]
    facts = call.manifest
    assert facts is not None
    one, two, three, four = ports[0]
    assert four == b"0"
    assert ports == [[one, two, three, b"0"], [one, two, b"0", b"0"], [one, two, three, b"0"]]
    assert [each.role for each in facts.tracks] == ["customer", "agent", "agent"]
    assert "sdp_stream_refused" in facts.warnings
    assert (len(facts.holds), facts.drops) == (1, {})
    assert [len(call.packets(track)) for track in range(3)] == [3 * PACKETS, 2 * PACKETS, 24]


WAYS = [[b"recvonly"] * 3, [b"recvonly", b"inactive"], [b"recvonly"] * 3]


def opened(world: World, made: Sender) -> None:
    """Waits until the ACK has been read, which has no answer: messages of one wire keep order."""
    assert made.ask(request(made, "1 OPTIONS", "asked"))[0] == 200


def test_n17_however_a_sender_writes_it_the_sound_is_under_the_right_names(world: World) -> None:
    before, sent = len(world.recorded()), []
    for number, name in enumerate(VARIANTS):
        with ExitStack() as kept:
            made = sender(world, kept, stream=bool(number % 2))
            text = reached(VARIANTS[name](), made, number).encode()
            status, head, ours = made.ask(text)
            assert status == 200, name
            called, tag = f"foreign{number}", tag_of(head)
            made.wire.sendall(request(made, "1 ACK", called, tag))
            made.speak(ours, number)
            hang_up(made, called, tag)
            sent.append(made.sent)
    calls = ended(world, before + len(VARIANTS))[before:]
    for name, call, spoken in zip(VARIANTS, calls, sent, strict=True):
        facts = call.manifest
        assert facts is not None
        assert (facts.line, facts.direction, facts.customer) == (LINE, "in", MASKED), name
        assert [each.device for each in facts.legs] == ["2001"], name
        assert [each.role for each in facts.tracks] == ["customer", "agent"], name
        assert heard(call) == spoken, name
        assert len(spoken) == 2, name


def reached(odd: Message, made: Sender, number: int) -> Message:
    """The same with this machine's addresses and names of its own."""
    way = "TCP" if made.stream else "UDP"
    headers = [
        each.replace("198.51.100.7:5062", made.place)
        .replace("SIP/2.0/UDP", f"SIP/2.0/{way}")
        .replace("198.51.100.7", CALLER)
        .replace("foreign", f"foreign{number}")
        for each in odd.headers
    ]
    body = at_home(odd.body).replace(b"IN IP6 2001:db8::7", b"IN IP6 ::ffff:127.0.0.1")
    return replace(odd, headers=headers, body=body)


def test_e06_e26_timers_and_options_are_answered_by_a_running_recorder(world: World) -> None:
    told = metadata([customer(), agent()])
    kind, body = multipart(sdp("1", "2", host=CALLER), told)
    with ExitStack() as kept:
        made = sender(world, kept, stream=False)
        short = request(made, "1 INVITE", "t", kind=kind, body=body, more=("Session-Expires: 30",))
        status, head, _ = made.ask(short)
        assert (status, b"\r\nMin-SE: 90" in head) == (422, True)
        timer = ("Supported: timer", "Session-Expires: 120;refresher=uac")
        status, head, _ = made.ask(
            request(made, "2 INVITE", "timed", kind=kind, body=body, more=timer)
        )
        assert (status, expiry(head)) == (200, "120;refresher=uac")
        tag = tag_of(head)
        made.wire.sendall(request(made, "2 ACK", "timed", tag))
        status, head, body = made.ask(request(made, "3 UPDATE", "timed", tag, more=timer))
        assert (status, expiry(head), body) == (200, "120;refresher=uac", b"")
        assert made.ask(request(made, "1 OPTIONS", "up"))[0] == 200
        hang_up(made, "timed", tag)
        limits = world.orders.limits
        world.write_orders(limits=replace(limits, calls=0))
        world.wait_for(lambda: made.ask(request(made, "1 OPTIONS", "full"))[0] == 503)
        assert b"\r\nRetry-After: " in made.ask(request(made, "1 OPTIONS", "full"))[1]
        world.write_orders(limits=limits)
        world.wait_for(lambda: made.ask(request(made, "1 OPTIONS", "free"))[0] == 200)


def expiry(head: bytes) -> str:
    found = re.search(rb"\r\nSession-Expires: ([^\r]*)", head)
    return found[1].decode() if found else ""
