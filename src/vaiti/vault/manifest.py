"""What the recorder knows of a call, as one JSON document: the commit record of a recording.

A manifest is sealed (`vault.wrapping`) before it leaves the recorder's memory; its text is
seen by the key process and by intake only. It names the agent by device, never by person, and
the customer by masked number only. Format: docs/manifest.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any, Final, TypeVar

from vaiti.values.streams import Epoch, Tie

VERSION = 1
MAX_MANIFEST = 1 << 20  # in bytes; a day-long call with thousands of holds stays far below
MAX_SESSIONS = 8
MAX_NUMBER = 1 << 53  # in microseconds the year 2255; JSON readers keep no larger one exact


_DIGEST = re.compile(r"[0-9a-f]{32}").fullmatch


class ManifestError(ValueError):
    """The text is not a manifest of a version that this program reads."""


@dataclass(frozen=True, slots=True)
class Span:
    """From and to in microseconds since the epoch, UTC; `to_us` is exclusive."""

    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which nothing was kept since somebody asked so; `reason` is one of a few words."""

    from_us: int
    to_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class AgentLeg:
    """One agent's part of the call. `device` is the user part of the agent's address.

    `said` names, in the order in which they count, what may tell who the agent is: `feed` and
    `device`, and what the sender said as `source:value` (docs/agent-feed.md). None: as by default.
    """

    device: str
    from_us: int
    to_us: int
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """A recorded stream: `role` is customer, agent, mixed or unknown; `label` is the SDP label."""

    index: int
    label: str
    role: str


@dataclass(frozen=True, slots=True)
class Side:
    """When a track last carried a packet and last carried sound, 0 for never, and its longest
    stretch without sound, if any; microseconds since the epoch, UTC. `clock_us` is how long the
    sender's clock ran while ours ran for `wall_us`."""

    track: int
    packet_us: int
    sound_us: int
    from_us: int
    to_us: int
    clock_us: int = 0
    wall_us: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """`state` is draft, complete or recovered; times in microseconds since the epoch, UTC.

    `segments` counts the sealed segments, `finished` says that the last one carries the last
    mark, `sha256` is that of header and segments in order (lower-case hex). `ended_by` is bye,
    released (the customer is gone, as the sender says), silence, stopped, transferred (out of the
    company), recovered or replaced. `holds` are spans in which a stream was inactive, `pauses`
    those in which nothing was kept. `sides` tells of sound, `ties` of the streams' clocks.
    `sessions` are digests of the sender's names for the communication session (32 hexadecimals):
    another recorder's part of the same call has one of them too.
    """

    call_id: str
    recorder: str
    peer: str
    direction: str
    line: str
    customer: str
    started_us: int
    ended_us: int
    ended_by: str
    state: str
    legs: tuple[AgentLeg, ...] = ()
    tracks: tuple[Track, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    holds: tuple[Span, ...] = ()
    pauses: tuple[Pause, ...] = ()
    sides: tuple[Side, ...] = ()
    ties: tuple[Tie, ...] = ()
    sessions: tuple[str, ...] = ()
    segments: int = 0
    finished: bool = False
    sha256: str = ""
    packets: int = 0
    drops: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    version: int = VERSION


def encode(manifest: Manifest) -> bytes:
    """The canonical text: UTF-8 JSON, keys sorted, no white space."""
    return _CANONICAL.encode(manifest).encode()


def _fields(part: "Part") -> dict[str, Any]:
    """As `asdict`, which copies all that is in them and takes five times as long."""
    return {name: getattr(part, name) for name in _NAMES[type(part)]}


_CANONICAL = json.JSONEncoder(
    default=_fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False
)


def decode(text: bytes) -> Manifest:
    """Reads what `encode` wrote. Raises ManifestError for anything else."""
    if len(text) > MAX_MANIFEST:
        raise ManifestError("the manifest is larger than this program accepts")
    try:
        fields: dict[str, Any] = json.loads(text)
        if fields.get("version") != VERSION:
            raise ManifestError("the manifest has a version that this program does not read")
        _require_plain(fields)
        fields["legs"] = tuple(_leg(leg) for leg in fields["legs"])
        fields["tracks"] = tuple(_typed(Track(**track)) for track in fields["tracks"])
        fields["epochs"] = tuple(_typed(Epoch(**epoch)) for epoch in fields["epochs"])
        fields["holds"] = tuple(_typed(Span(**span)) for span in fields["holds"])
        fields["pauses"] = tuple(_typed(Pause(**each)) for each in fields.get("pauses", ()))
        fields["sides"] = tuple(_typed(Side(**each)) for each in fields.get("sides", ()))
        fields["ties"] = tuple(_typed(Tie(**each)) for each in fields.get("ties", ()))
        fields["sessions"] = _sessions(fields.get("sessions", ()))
        fields["warnings"] = _texts(fields["warnings"], "what the recorder warns of")
        return _typed(Manifest(**fields))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError("the text is not a manifest") from error


def _leg(fields: dict[str, Any]) -> AgentLeg:
    said = _texts(fields.get("said", ()), "what was said of an agent")
    return _typed(AgentLeg(**{**fields, "said": said}))


def _texts(told: object, what: str) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(type(each) is str for each in told):
        raise ManifestError(f"{what} is not a list of texts")
    return tuple(told)


def _sessions(told: object) -> tuple[str, ...]:
    given = told if isinstance(told, list | tuple) else [""]
    if len(given) > MAX_SESSIONS or not all(type(one) is str and _DIGEST(one) for one in given):
        raise ManifestError("the digests of sessions are not what a recorder writes")
    return tuple(given)


Part = TypeVar("Part", Manifest, AgentLeg, Track, Epoch, Span, Pause, Side, Tie)
_KINDS: Final = (Manifest, AgentLeg, Track, Epoch, Span, Pause, Side, Tie)
_NAMES: Final[Mapping[type, tuple[str, ...]]] = {
    kind: tuple(each.name for each in dataclass_fields(kind)) for kind in _KINDS
}
_PLAIN: Final[Mapping[type, tuple[tuple[str, type], ...]]] = {
    kind: tuple(
        (each.name, each.type)
        for each in dataclass_fields(kind)
        if isinstance(each.type, type) and each.type in (str, int, bool)
    )
    for kind in _KINDS
}


def _typed(part: Part) -> Part:
    """Every field as declared: whoever holds the public intake key can seal what he likes."""
    for name, kind in _PLAIN[type(part)]:
        if type(getattr(part, name)) is not kind:
            raise ManifestError(f"{name} is not of its type in the manifest")
    return part


def _require_plain(value: Any) -> None:  # noqa: ANN401
    """Texts that can be printed and kept in any database, numbers that count something."""
    kind = type(value)
    if kind is str:
        if not value.isprintable():
            raise ManifestError("a text in the manifest holds what cannot be printed")
    elif kind is int:
        if not 0 <= value <= MAX_NUMBER:
            raise ManifestError("a number in the manifest is out of all bounds")
    elif kind is float:  # also what no JSON has, as NaN
        raise ManifestError("a number in the manifest is not a whole one")
    elif kind is dict:
        for name, inner in value.items():
            _require_plain(name)
            _require_plain(inner)
    elif kind is list:
        for inner in value:
            _require_plain(inner)
