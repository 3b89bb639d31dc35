"""SIP as the phone writes and reads it: templates out, a small reader in."""

import re
import secrets
from dataclasses import dataclass, field

BOUNDARY = "vaiti-phone-boundary"
MOST_BYTES = 1 << 16
"""A message longer than this is not read."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message as read: `first` is its first line; names of headers are in small letters."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def status(self) -> int:
        """The status of a response, 0 for a request."""
        return int(self.first[8:11]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.first.split(" ", 1)[0]

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]


COMPACT = {
    **{"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact"},
    **{"l": "content-length", "c": "content-type", "k": "supported"},
}


def read(data: bytes) -> Received | None:
    """The message, or None for what is none."""
    head, _, body = data[:MOST_BYTES].decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.strip("\r\n").split("\r\n")
    if not re.match(r"SIP/2\.0 \d{3}( |$)|[A-Z]+ \S+ SIP/2\.0$", first):
        return None
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.append((COMPACT.get(key, key), value.strip()))
    return Received(first, tuple(headers), body)


@dataclass(slots=True)
class Dialog:
    """The phone's half of one dialog; `sequence` is the CSeq of the last request sent."""

    target: str
    local: str
    remote: str
    contact: str
    via: str
    call_id: str = field(default_factory=lambda: secrets.token_hex(12))
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    remote_tag: str = ""
    sequence: int = 0
    extra: tuple[str, ...] = ()

    def request(self, method: str, body: str = "", kind: str = "", proof: str = "") -> bytes:
        """A new request; its branch and CSeq are new, but for ACK's CSeq. `proof` is its
        Authorization."""
        if method != "ACK":
            self.sequence += 1
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        to = f"<{self.remote}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: {self.via};branch={branch};rport",
            f"From: <{self.local}>;tag={self.tag}",
            f"To: {to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.sequence} {method}",
            "Max-Forwards: 70",
            f"Contact: <{self.contact}>;+sip.src",
            "User-Agent: vaiti-phone",
            *([f"Authorization: {proof}"] if proof else []),
        ]
        if method == "INVITE":
            lines += ["Require: siprec", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS", *self.extra]
        return whole(lines, body, kind)

    def refused(self, invite: bytes, response: Received) -> bytes:
        """The ACK of a refusal: it repeats the INVITE's branch (RFC 3261, 17.1.1.3)."""
        sent = read(invite)
        assert sent is not None  # we wrote it
        lines = [
            f"ACK {self.target} SIP/2.0",
            f"Via: {sent.header('via')}",
            f"From: {sent.header('from')}",
            f"To: {response.header('to')}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {sent.header('cseq').split()[0]} ACK",
            "Max-Forwards: 70",
        ]
        return whole(lines, "", "")

    def settle(self, response: Received) -> None:
        """Takes over the other side's tag and contact from a 2xx."""
        tag = re.search(r";\s*tag=([^;,\s]+)", response.header("to"))
        self.remote_tag = tag.group(1) if tag else ""
        contact = re.search(r"<([^>]+)>|^(sip:\S+)", response.header("contact"))
        if contact:
            self.target = contact.group(1) or contact.group(2)


def answer(request: Received, status: str) -> bytes:
    """A response without a body to a request of the other side."""
    names = ("via", "from", "to", "call-id", "cseq")
    lines = [f"SIP/2.0 {status}"]
    lines += [f"{name.title()}: {value}" for name in names for value in request.all(name)]
    return whole(lines, "", "")


def whole(lines: list[str], body: str, kind: str) -> bytes:
    content = body.encode()
    if kind:
        lines = [*lines, f"Content-Type: {kind}"]
    head = "\r\n".join([*lines, f"Content-Length: {len(content)}"])
    return head.encode() + b"\r\n\r\n" + content


def two_parts(sdp: str, metadata: str) -> tuple[str, str]:
    """The body of an INVITE with media and metadata, and its content type."""
    body = (
        f"--{BOUNDARY}\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n"
        f"--{BOUNDARY}\r\nContent-Type: application/rs-metadata+xml\r\n"
        f"Content-Disposition: recording-session\r\n\r\n{metadata}\r\n--{BOUNDARY}--\r\n"
    )
    return body, f"multipart/mixed;boundary={BOUNDARY}"


def offer(
    host: str,
    ports: tuple[int, int],
    version: int,
    mode: str,
    keys: tuple[str, ...] = (),
    *,
    record: str = "",
) -> str:
    """Two A-law streams, labelled 1 (agent) and 2 (customer); `mode` is sendonly or inactive,
    `keys` are the values of a=crypto (RFC 4568), none for plain RTP, and `record` is the state
    that a=record tells (RFC 7866)."""
    told = f"a=record:{record}\r\n" if record else ""
    profile = "RTP/SAVP" if keys else "RTP/AVP"
    secrecy = [f"a=crypto:{key}\r\n" for key in keys] or [""] * len(ports)
    family = "IP6" if ":" in host else "IP4"
    head = f"v=0\r\no=- 1 {version} IN {family} {host}\r\ns=-\r\nc=IN {family} {host}\r\nt=0 0\r\n"
    return head + "".join(
        f"m=audio {port} {profile} 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=label:{label}\r\n"
        f"a={mode}\r\n{told}{secret}"
        for label, (port, secret) in enumerate(zip(ports, secrecy, strict=True), start=1)
    )


def keys_answered(sdp: str) -> int:
    """On how many m-lines of an answer a key stands: SRTP is agreed on there."""
    return sum(line.startswith("a=crypto:") for line in sdp.splitlines())


def media_addresses(sdp: str) -> list[tuple[str, int]]:
    """Where each audio stream of an answer is to be sent, in its order."""
    common = ""
    found: list[tuple[str, int]] = []
    for line in sdp.splitlines():
        if line.startswith("c="):
            address = line.split()[-1]
            if found:
                found[-1] = (address, found[-1][1])
            else:
                common = address
        elif line.startswith("m="):
            found.append((common, int(line.split()[1])))
    return found
