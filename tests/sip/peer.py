"""A recording client of the tests' own: message templates and string cutting, nothing of the house.

`Wire` is the endpoint under test with a clock that the test moves.
"""

import itertools
from dataclasses import dataclass, field

from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.flow import Address, Flow, Send
from vaiti.capture.sip.incoming import Incoming, Kind

START = 1_700_000_000.0
UDP = Flow("udp", Address("192.0.2.9", 5060), Address("192.0.2.1", 5062))
TCP = Flow("tcp", Address("192.0.2.9", 5060), Address("192.0.2.1", 40001), connection=7)
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9000 RTP/AVP 8\r\n"


def status_of(data: bytes) -> int:
    version, status = data.split(b" ")[:2]
    assert version == b"SIP/2.0"
    return int(status)


def header(data: bytes, name: str) -> str:
    """The one header line of this name."""
    found = headers(data, name)
    assert len(found) == 1, (name, found)
    return found[0]


def headers(data: bytes, name: str) -> list[str]:
    lines = data.split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return [
        line.partition(": ")[2] for line in lines if line.lower().startswith(f"{name}:".lower())
    ]


def tag_of(value: str) -> str:
    assert ";tag=" in value
    return value.split(";tag=")[1].split(";", maxsplit=1)[0]


@dataclass
class Wire:
    flow: Flow = UDP
    now: float = START
    sent: list[Send] = field(default_factory=list)
    events: list[Incoming] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = itertools.count(1)
        self.endpoint = Endpoint(lambda: f"{next(count):016x}")

    def take(self) -> list[bytes]:
        """What was sent since the last look; events are kept in `events`."""
        out = self.endpoint.take()
        self.events += [item for item in out if isinstance(item, Incoming)]
        sends = [item for item in out if isinstance(item, Send)]
        self.sent += sends
        return [send.data for send in sends]

    def give(self, data: bytes, flow: Flow | None = None) -> list[bytes]:
        self.endpoint.receive(data, flow or self.flow, self.now)
        return self.take()

    def pass_time(self, seconds: float) -> list[bytes]:
        """Let time go by as the recorder does: waking at each deadline."""
        until = self.now + seconds
        sent = []
        while (deadline := self.endpoint.next_deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.endpoint.handle_timer(self.now)
            sent += self.take()
        self.now = until
        return sent

    def answer(self, status: int, body: bytes = SDP, **extra: str) -> list[bytes]:
        """Answer the newest event that waits for one."""
        event = next(e for e in reversed(self.events) if e.kind in {"invite", "reinvite", "update"})
        assert self.endpoint.answer(
            event.handle,
            status,
            headers=[(name.replace("_", "-"), value) for name, value in extra.items()],
            body=body,
            content_type="application/sdp" if body else "",
            now=self.now,
        )
        return self.take()

    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events]


@dataclass
class Peer:
    """One dialog as the recording client sees it. `branches` are never used twice."""

    call_id: str = "call-1@192.0.2.1"
    tag: str = "peer"
    cseq: int = 1
    to_tag: str = ""
    branch: int = 0
    transport: str = "UDP"
    via_extra: str = ";rport"

    def request(
        self,
        method: str,
        *,
        cseq: int | None = None,
        branch: str | None = None,
        body: bytes = b"",
        extra: tuple[str, ...] = (),
        uri: str = "sip:srs@192.0.2.9",
    ) -> bytes:
        if branch is None:
            self.branch += 1
            branch = f"z9hG4bK{self.call_id[:8]}-{self.branch}"
        to_tag = f";tag={self.to_tag}" if self.to_tag else ""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} 192.0.2.1:5062;branch={branch}{self.via_extra}",
            "Max-Forwards: 70",
            f"From: <sip:src@192.0.2.1>;tag={self.tag}",
            f"To: <sip:srs@192.0.2.9>{to_tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq if cseq is None else cseq} {method}",
            *extra,
        ]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    def invite(
        self,
        *extra: str,
        body: bytes = SDP,
        branch: str | None = None,
        uri: str = "sip:srs@192.0.2.9",
    ) -> bytes:
        contact = "Contact: <sip:src@192.0.2.1:5062>;+sip.src"
        return self.request("INVITE", extra=(contact, *extra), body=body, branch=branch, uri=uri)

    def learn(self, answer: bytes) -> None:
        self.to_tag = tag_of(header(answer, "To"))

    def next(self, method: str, *extra: str, body: bytes = b"") -> bytes:
        self.cseq += 1
        return self.request(method, extra=extra, body=body)

    def reply(self, request: bytes, status: int = 200) -> bytes:
        """An answer to what the endpoint asked."""
        lines = [f"SIP/2.0 {status} Whatever"]
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            lines += [f"{name}: {value}" for value in headers(request, name)]
        return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def established(wire: Wire, peer: Peer | None = None, *extra: str) -> Peer:
    """A dialog: INVITE, 200, ACK."""
    peer = peer or Peer()
    wire.give(peer.invite(*extra))
    (answer,) = wire.answer(200)
    peer.learn(answer)
    wire.give(peer.request("ACK"))
    assert wire.events[-1].kind == "ack"
    return peer
