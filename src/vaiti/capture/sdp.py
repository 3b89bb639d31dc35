"""Session descriptions: lenient reading of offers, strict writing of answers (RFC 8866, RFC 3264).

A recorder only receives: what is offered sendonly or sendrecv is answered recvonly, everything
else inactive. Of the codecs those are taken that can be decoded here, G.711 always, and
telephone-event so that the sender keeps digits out of the voice. The formats and quirks are
described in docs/siprec.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from ipaddress import ip_address

from vaiti.capture import sdes
from vaiti.capture.sdes import Crypto

MAX_SDP = 64 << 10  # bytes
MAX_MEDIA = 16  # m-lines; a refused line still has to be answered
MAX_FORMATS = 64  # payload types on one m-line
MAX_LABEL = 64  # characters

CONTENT_TYPE = "application/sdp"
LABEL_MISSING = "sdp_label_missing"
ADDRESS_UNUSABLE = "sdp_address_unusable"
STREAM_REFUSED = "sdp_stream_refused"
KEY_IN_CLEAR = "srtp_key_in_clear"

DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
PLAIN = frozenset({"RTP/AVP", "RTP/AVPF"})
SECURE = frozenset({"RTP/SAVP", "RTP/SAVPF"})
G711 = frozenset({"PCMU", "PCMA"})
CLOCKS: Mapping[str, frozenset[int]] = {
    "PCMU": frozenset({8000}),
    "PCMA": frozenset({8000}),
    "G722": frozenset({8000}),
    "G729": frozenset({8000}),
    "OPUS": frozenset({48000}),
    "L16": frozenset({8000, 16000}),
}
"""The RTP clocks with which each codec is taken. Opus is mapped with two channels always."""
COMFORT_NOISE = "CN"
EVENTS = "TELEPHONE-EVENT"
STATIC = {
    0: ("PCMU", 8000),
    3: ("GSM", 8000),
    4: ("G723", 8000),
    8: ("PCMA", 8000),
    9: ("G722", 8000),
    13: (COMFORT_NOISE, 8000),
    15: ("G728", 8000),
    18: ("G729", 8000),
    19: (COMFORT_NOISE, 8000),
}
"""Payload types with a meaning of their own (RFC 3551); 19 as older gateways use it."""

_LINE = re.compile(r"\r\n|\r|\n")
_LONGEST_ADDRESS = 64  # characters, a zone and brackets included
_RTPMAP = re.compile(r"([0-9]{1,3})\s+([^/\s]+)/([0-9]{1,6})(?:/([0-9]{1,2}))?\s*")
_ANSWERED = {"sendrecv": "recvonly", "sendonly": "recvonly"}
_SMALL = frozenset({EVENTS, "OPUS"})  # names that are usually written so
_HOLD_HOSTS = frozenset({"0.0.0.0", "::"})


class SdpError(ValueError):
    """The description cannot be answered. The sentence says why and repeats none of it."""


@dataclass(frozen=True, slots=True)
class Codec:
    """`name` in capitals, `clock` in Hz, `channels` as mapped (1 unless said otherwise)."""

    pt: int
    name: str
    clock: int
    channels: int = 1


@dataclass(frozen=True)
class Media:
    """One m-line. `host` is "" when no usable address is given; `ptime` in milliseconds or 0;
    `mux`: reports may come on the port of the sound (RFC 5761).

    `crypto` is the key of the packets if they are to be SRTP; `plain` says that they need not be.
    `unopened` names what keeps an offered key from being used. `taken` are the codecs that may be
    recorded.
    """

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    codecs: tuple[Codec, ...]
    host: str
    direction: str
    label: str = field(repr=False)
    ptime: int = 0
    mux: bool = False
    crypto: Crypto | None = field(default=None, repr=False)
    plain: bool = True
    unopened: str = ""
    taken: frozenset[str] = G711

    @cached_property
    def voice(self) -> tuple[Codec, ...]:
        """The codecs that are taken, in the sender's order."""
        return tuple(each for each in self.codecs if each.name in self.taken and _usual(each))

    def events(self) -> tuple[Codec, ...]:
        """The telephone-event formats at 8 kHz."""
        return tuple(each for each in self.codecs if each.name == EVENTS and each.clock == 8000)

    @cached_property
    def acceptable(self) -> bool:
        """Whether this line can be recorded: open, a codec taken, SRTP where its peer has to."""
        known = self.crypto is not None or (self.plain and self.profile in PLAIN)
        return self.kind == "audio" and known and self.port > 0 and bool(self.voice)

    @cached_property
    def sending(self) -> bool:
        """Whether the sender says that media flows: not on hold, not closed."""
        return self.port > 0 and self.direction in _ANSWERED and self.host not in _HOLD_HOSTS


@dataclass(frozen=True)
class Sdp:
    """`record` is what `a=record` says of recording (RFC 7866): on, off, paused, or ""."""

    media: tuple[Media, ...]
    record: str = ""
    warnings: tuple[str, ...] = ()

    @cached_property
    def acceptable(self) -> tuple[int, ...]:
        """The indexes of the m-lines that can be recorded."""
        return tuple(index for index, each in enumerate(self.media) if each.acceptable)

    def only(self, taken: frozenset[str]) -> "Sdp":
        """The same with other codecs taken."""
        return replace(self, media=tuple(replace(each, taken=taken) for each in self.media))


_STATIC = {pt: Codec(pt, name, clock) for pt, (name, clock) in STATIC.items()}


def parse(data: bytes, srtp: str = sdes.REFUSED, taken: frozenset[str] = G711) -> Sdp:
    """Reads an offer or an answer of a peer whose media may be `srtp` (sdes.RULES) and of these
    codecs.

    Raises SdpError when no m-line can be made out.
    """
    if len(data) > MAX_SDP:
        raise SdpError("the session description is larger than 64 KiB")
    common, sections = _sections(data.decode("utf-8", "surrogateescape"))
    if not sections:
        raise SdpError("the session description has no m-line")
    if len(sections) > MAX_MEDIA:
        raise SdpError(f"the session description has more than {MAX_MEDIA} m-lines")
    defaults = (_host(common, ""), _direction(common, "sendrecv"))
    media = tuple(_media(section, *defaults, srtp, taken) for section in sections)
    if len(media) == 1 and not media[0].label:  # RFC 4574 has labels of m-lines only
        media = (replace(media[0], label=_label(common)),)
    return Sdp(media, _record(common, sections), _warnings(media))


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side: `host` is our literal address, `ports` and `keys` are by the index of an m-line.

    `keys` are those of packets that we would send; a description with SRTP has to name one.
    """

    host: str
    session_id: int
    ports: Mapping[int, int]
    keys: Mapping[int, Crypto] = field(default_factory=dict, repr=False)


def answer(offer: Sdp, ours: Ours, version: int) -> bytes:
    """The answer to `offer`: the same m-lines in their order, labels echoed; those without a port
    of ours are refused."""
    lines = _head(ours, version)
    for index, media in enumerate(offer.media):
        accepted = media.acceptable and index in ours.ports
        lines += _accepted(media, index, ours) if accepted else _refused(media)
    return _encode(lines)


def offer(ours: Ours, version: int) -> bytes:
    """Our own offer, for an INVITE without one: a recvonly G.711 stream for each of our ports."""
    lines = _head(ours, version)
    for index, port in sorted(ours.ports.items()):
        key = ours.keys.get(index)
        lines += [
            f"m=audio {port} RTP/{'SAVP' if key else 'AVP'} 8 0 101",
            *([f"a={key.line()}"] if key else []),
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-15",
            "a=recvonly",
            f"a=label:{index + 1}",
        ]
    return _encode(lines)


def _accepted(media: Media, index: int, ours: Ours) -> list[str]:
    codecs = (*media.voice, *media.events())
    formats = " ".join(str(each.pt) for each in codecs)
    lines = [f"m=audio {ours.ports[index]} {media.profile} {formats}"]
    if index in ours.keys:
        lines.append(f"a={ours.keys[index].line()}")
    for each in codecs:
        name = each.name.lower() if each.name in _SMALL else each.name
        channels = f"/{each.channels}" if each.channels > 1 else ""
        lines.append(f"a=rtpmap:{each.pt} {name}/{each.clock}{channels}")
    lines += [f"a=fmtp:{each.pt} 0-15" for each in media.events()]
    if media.ptime:
        lines.append(f"a=ptime:{media.ptime}")
    if media.mux:
        lines.append("a=rtcp-mux")
    lines.append(f"a={_ANSWERED.get(media.direction, 'inactive')}")
    if media.label:
        lines.append(f"a=label:{media.label}")
    return lines


def _refused(media: Media) -> list[str]:
    formats = " ".join(media.formats) or "0"
    return [f"m={media.kind} 0 {media.profile} {formats}"]


def _head(ours: Ours, version: int) -> list[str]:
    kind = "IP6" if ":" in ours.host else "IP4"
    return [
        "v=0",
        f"o=vaiti {ours.session_id} {version} IN {kind} {ours.host}",
        "s=-",
        f"c=IN {kind} {ours.host}",
        "t=0 0",
    ]


def _encode(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class _Section:
    """The fields of an m-line, or those before the first, and its attributes by name."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, value: str) -> None:
        self.fields.append((key, value))
        if key == "a":
            name, _, rest = value.partition(":")
            self.attributes.setdefault(name.strip().lower(), []).append(rest.strip())

    def all(self, name: str) -> Sequence[str]:
        return self.attributes.get(name, ())


def _sections(text: str) -> tuple[_Section, list[_Section]]:
    """What stands before the first m-line, and each m-line."""
    common, sections = _Section(), list[_Section]()
    for line in _LINE.split(text):
        key, equals, value = line.strip(" \t").partition("=")
        key = key.rstrip(" \t")
        if not equals or len(key) != 1:
            continue
        if key == "m":
            sections.append(_Section())
        (sections[-1] if sections else common).add(key, value.strip(" \t"))
    return common, sections


def _media(section: _Section, host: str, direction: str, srtp: str, taken: frozenset[str]) -> Media:
    words = section.fields[0][1].split()
    if len(words) < 3:
        raise SdpError("an m-line lacks its port or its profile")
    formats = tuple(words[3 : 3 + MAX_FORMATS])
    return Media(
        kind=words[0].lower(),
        port=_port(words[1]),
        profile=words[2].upper(),
        formats=formats,
        codecs=_codecs(formats, section),
        host=_host(section, host),
        direction=_direction(section, direction),
        label=_label(section),
        ptime=_ptime(section),
        mux=bool(section.all("rtcp-mux")),
        crypto=_crypto(section, words[2].upper(), srtp),
        plain=srtp != sdes.REQUIRED,
        unopened="" if srtp == sdes.REFUSED else sdes.why_not(section.all("crypto")),
        taken=taken,
    )


def _crypto(section: _Section, profile: str, srtp: str) -> Crypto | None:
    """A key beside a plain profile is an offer too: SRTP if both can (RFC 8643)."""
    if srtp == sdes.REFUSED or profile not in PLAIN | SECURE:
        return None
    return sdes.choose(section.all("crypto"))


def _port(word: str) -> int:
    digits = word.split("/", 1)[0]
    if not re.fullmatch(r"[0-9]{1,5}", digits) or int(digits) > 65_535:
        return 0
    return int(digits)


def _codecs(formats: tuple[str, ...], section: _Section) -> tuple[Codec, ...]:
    mapped = dict(_STATIC)
    for value in section.all("rtpmap"):
        match = _RTPMAP.fullmatch(value)
        if match:
            pt, name, clock = int(match[1]), match[2].upper(), int(match[3])
            mapped[pt] = Codec(pt, name, clock, int(match[4] or 1))
    numbers = dict.fromkeys(int(each) for each in formats if re.fullmatch(r"[0-9]{1,3}", each))
    return tuple(mapped[number] for number in numbers if number in mapped and number < 128)


def _usual(codec: Codec) -> bool:
    mono = codec.channels == 1 or codec.name == "OPUS"
    return codec.clock in CLOCKS.get(codec.name, frozenset()) and mono


def _host(section: _Section, default: str) -> str:
    for key, value in section.fields:
        if key == "c":
            return _literal(value)
    return default


def _literal(connection: str) -> str:
    words = connection.split()
    written = words[2].split("/", 1)[0].strip("[]") if len(words) > 2 else ""
    return _address(written) if len(written) <= _LONGEST_ADDRESS else ""


@lru_cache(1024)  # border controllers are few, and each call names them several times
def _address(written: str) -> str:
    try:
        return str(ip_address(written))
    except ValueError:
        return ""


def _direction(section: _Section, default: str) -> str:
    for key, value in section.fields:
        if key == "a" and value.lower() in DIRECTIONS:
            return value.lower()
    return default


def _label(section: _Section) -> str:
    labels = section.all("label")
    return labels[0] if labels and len(labels[0]) <= MAX_LABEL else ""


def _record(common: _Section, sections: list[_Section]) -> str:
    """Of several the one that keeps the least: nothing is recorded that one says is not."""
    said = {each.lower() for part in (common, *sections) for each in part.all("record")}
    return next((word for word in ("off", "paused", "on") if word in said), "")


def _ptime(section: _Section) -> int:
    values = [each for each in section.all("ptime") if re.fullmatch(r"[0-9]{1,3}", each)]
    return int(values[0]) if values else 0


def _warnings(media: tuple[Media, ...]) -> tuple[str, ...]:
    taken = [each for each in media if each.acceptable]
    found = {
        LABEL_MISSING: any(not each.label for each in taken),
        ADDRESS_UNUSABLE: any(not each.host for each in taken),
        STREAM_REFUSED: any(
            each.kind == "audio" and each.port and not each.acceptable for each in media
        ),
    }
    unopened = dict.fromkeys(each.unopened for each in media if each.unopened and each.port)
    return (*(name for name, present in found.items() if present), *unopened)
