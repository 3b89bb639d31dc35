"""A recording client in memory: writes messages, reads what the session does. Its own templates."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from vaiti.capture.events import Allocate, Output, Send
from vaiti.capture.orders import Intake, Limits, Line, Orders, Peer
from vaiti.capture.session.session import Session
from vaiti.capture.sip.flow import Address, Flow
from vaiti.values.ids import CallId

NOW = 1_795_500_000.0
LINE = "+35860094320"
CUSTOMER = "+358401234567"
FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("198.51.100.7", 5062))

Kind = TypeVar("Kind")


def orders(
    lines: Iterable[Line] = (Line(LINE, recorded=True),),
    *,
    now: float = NOW,
    calls: int = 100,
    **peer: object,
) -> Orders:
    """Orders with one peer, 198.51.100.0/24 unless told otherwise."""
    settings: dict[str, object] = {"name": "sbc", "addresses": ("198.51.100.0/24",), **peer}
    return Orders(
        issued_us=int(now * 1e6),
        expires_us=int((now + 100_000) * 1e6),
        zone_country="FI",
        intake=Intake("2026-11-24", bytes(32)),
        lines=tuple(lines),
        peers=(Peer(**settings),),  # type: ignore[arg-type]
        limits=Limits(calls=calls),
    )


@dataclass
class Party:
    """A participant: its addresses, the labels of the streams it sends, None for not told."""

    id: str
    addresses: Sequence[str]
    sends: Sequence[str] | None = ()
    left: bool = False


def customer(number: str = CUSTOMER, label: str = "1") -> Party:
    return Party("p-customer", [f"sip:{number}@carrier.example;user=phone"], [label])


def agent(device: str = "2001", label: str = "2", *, line: str = LINE) -> Party:
    addresses = [f"sip:{device}@pbx.example", *([f"tel:{line}"] if line else [])]
    return Party(f"p-{device}", addresses, [label])


def metadata(parties: Sequence[Party], *, mode: str = "complete", extra: str = "") -> str:
    body = "".join(map(_participant, parties))
    labels = dict.fromkeys(label for each in parties for label in each.sends or ())
    streams = "".join(
        f'<stream stream_id="s-{label}" session_id="cs"><label>{label}</label></stream>'
        for label in labels
    )
    ties = "".join(map(_ties, parties))
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<recording xmlns='urn:ietf:params:xml:ns:recording:1'>"
        f"<datamode>{mode}</datamode><session session_id='cs'/>{body}{streams}{ties}{extra}"
        "</recording>"
    )


def _participant(party: Party) -> str:
    names = "".join(f'<nameID aor="{each}"><name>Maija</name></nameID>' for each in party.addresses)
    return f'<participant participant_id="{party.id}">{names}</participant>'


def _ties(party: Party) -> str:
    gone = "<disassociate-time>2026-11-24T00:00:00Z</disassociate-time>" if party.left else ""
    tie = f'<participantsessionassoc participant_id="{party.id}" session_id="cs">{gone}'
    tie += "</participantsessionassoc>"
    if party.sends is None:
        return tie
    sends = "".join(f"<send>s-{label}</send>" for label in party.sends)
    return (
        f'{tie}<participantstreamassoc participant_id="{party.id}">{sends}</participantstreamassoc>'
    )


def sdp(*streams: str, host: str = "198.51.100.7") -> str:
    """Each stream as `label direction port`, the latter two with defaults."""
    text = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    for index, stream in enumerate(streams):
        words = stream.split()
        label, direction, port = (*words, *("sendonly", str(40_000 + 2 * index))[len(words) - 1 :])
        text += (
            f"m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
            f"a=rtpmap:101 telephone-event/8000\r\na=label:{label}\r\na={direction}\r\n"
        )
    return text


def multipart(description: str, told: str) -> tuple[str, bytes]:
    parts = [("application/sdp", description), ("application/rs-metadata+xml", told)]
    body = "".join(f"--b\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts if text)
    return "multipart/mixed;boundary=b", (body + "--b--\r\n").encode()


@dataclass
class Client:
    """One recording session as its sender sees it."""

    session: Session
    now: float = NOW
    flow: Flow = FLOW
    name: str = "rs1"
    cseq: int = 0
    our_tag: str = ""
    sender: str = "<sip:src@198.51.100.7>"
    out: list[Output] = field(default_factory=list)

    def send(self, method: str, body: bytes = b"", kind: str = "", *headers: str) -> list[Output]:
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        lines = [
            f"{method} sip:recorder@192.0.2.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK{self.name}{self.cseq}"
            f"{method if method == 'ACK' else ''}",
            "Max-Forwards: 70",
            f"From: {self.sender};tag=src",
            f"To: <sip:recorder@192.0.2.1>{self.our_tag and ';tag=' + self.our_tag}",
            f"Call-ID: {self.name}",
            f"CSeq: {self.cseq} {method}",
            "Contact: <sip:src@198.51.100.7:5062>;+sip.src",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        if kind:
            lines.insert(-1, f"Content-Type: {kind}")
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
        self.session.receive(head + b"\r\n\r\n" + body, self.flow, self.now)
        return self.take()

    def invite(self, description: str, told: str, *headers: str) -> list[Output]:
        kind, body = multipart(description, told)
        return self.send("INVITE", body, kind, *headers)

    def take(self) -> list[Output]:
        taken = self.session.take()
        self.out += taken
        for each in taken:
            if isinstance(each, Send):
                tag = re.search(rb"\r\nTo:[^\r]*;tag=([^;\r]+)", each.data)
                self.our_tag = tag[1].decode() if tag and b" 200 " in each.data else self.our_tag
        return taken

    def allocate(self, first: int = 30_000) -> list[Output]:
        """Answers the newest Allocate."""
        asked = [each for each in self.out if isinstance(each, Allocate)][-1]
        ports = {track: first + 2 * track for track in asked.tracks}
        self.session.allocated(asked.call_id, ports, self.now)
        return self.take()

    def establish(self, description: str, told: str, *headers: str) -> list[Output]:
        """INVITE, sockets, ACK: everything that came of it."""
        out = self.invite(description, told, *headers)
        if any(isinstance(each, Allocate) for each in out):
            out += self.allocate()
            out += self.send("ACK")
        return out

    def wait(self, seconds: float) -> list[Output]:
        self.now += seconds
        self.session.handle_timer(self.now)
        return self.take()

    @property
    def call_id(self) -> CallId:
        return next(each.call_id for each in self.out if isinstance(each, Allocate))


def only(kind: type[Kind], out: Iterable[object]) -> list[Kind]:
    return [each for each in out if isinstance(each, kind)]


def statuses(out: Iterable[object]) -> list[int]:
    """The final answers among `out`."""
    codes = [int(each.data.split()[1]) for each in only(Send, out) if each.data[:3] == b"SIP"]
    return [code for code in codes if code >= 200]


def answer_body(out: Iterable[object]) -> str:
    sent = [each.data for each in only(Send, out) if each.data.startswith(b"SIP/2.0 200")]
    return sent[-1].partition(b"\r\n\r\n")[2].decode()
