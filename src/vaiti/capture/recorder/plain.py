"""What the recorder knows of its calls as JSON, for its own memory: each field by its name.

So a newer recorder goes on with what an older one left: a field that it knows and the older one did
not has its default, one that it does not know any more is left out. Nothing but the classes listed
here is ever made of the text. Whatever JSON has no form for is a list that begins with its kind.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from operator import getitem
from typing import Any

import numpy as np

from vaiti.audio.sound import Heard
from vaiti.capture.drain import Left
from vaiti.capture.events import Expect, Withhold
from vaiti.capture.orders import Intake, Line, Peer
from vaiti.capture.policy import Record
from vaiti.capture.rtp import stream, ties
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.rtcp import Farewell, Name, SenderReport
from vaiti.capture.sdes import Crypto
from vaiti.capture.sdp import Codec, Media, Sdp
from vaiti.capture.session import call
from vaiti.capture.session.branch import Branch
from vaiti.capture.session.media import Numbering, Streams
from vaiti.capture.sip import transaction
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.grammar import NameAddr, Via
from vaiti.capture.sip.headers import Headers
from vaiti.capture.sip.message import Request
from vaiti.capture.siprec import metadata
from vaiti.capture.srtp import Counted
from vaiti.values.masked import MaskedNumber
from vaiti.values.personal import Personal
from vaiti.values.streams import Epoch, Tie
from vaiti.vault.manifest import AgentLeg, Manifest, Pause, Side, Span, Track

Encoder = Callable[[Any], object]

_CLASSES: Mapping[str, type] = {
    **{
        each.__name__: each
        for each in (
            *(Heard, Left, Expect, Intake, Line, Peer, Record, Drop, Farewell, Name, SenderReport),
            *(Crypto, Codec, Media, Sdp, Branch, Numbering, Streams, Address, Flow, NameAddr, Via),
            *(Request, Counted, MaskedNumber, Epoch, Tie, AgentLeg, Manifest, Pause, Side, Span),
            *(Track, Withhold),
        )
    },
    "rtp.Packet": stream.Packet,
    "rtp.Stream": stream.Stream,
    "rtp.Candidate": stream.Candidate,
    "rtp.Begun": ties.Begun,
    "rtp.Track": ties.Track,
    "session.Call": call.Call,
    "session.State": call.State,
    "sip.Signal": transaction.Signal,
    "sip.State": transaction.State,
    "siprec.Extension": metadata.Extension,
    "siprec.Metadata": metadata.Metadata,
    "siprec.NameId": metadata.NameId,
    "siprec.Participant": metadata.Participant,
    "siprec.Stream": metadata.Stream,
}
_NAMES = {kind: name for name, kind in _CLASSES.items()}
_FILLED: Mapping[str, Callable[[Iterable[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}


_SET = object.__setattr__  # past what a frozen class says


class NotKnown(ValueError):
    """The text is of a recorder whose objects this one does not have."""


def dump(value: object) -> bytes:
    """Raises TypeError for an object of a class that is not listed."""
    return json.dumps(_told(value), separators=(",", ":")).encode("ascii")


def load(data: bytes) -> Any:  # noqa: ANN401
    """What `dump` was given. Raises NotKnown."""
    try:
        return _made(json.loads(data))
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise NotKnown("what was left behind cannot be read") from error


def spelled() -> bytes:
    """All names of classes and fields, as `dump` spells them."""
    told = (
        [name, {each: "" for each in _fields(kind)} if not issubclass(kind, Enum) else ""]
        for name, kind in _CLASSES.items()
    )
    return json.dumps([*_FILLED, *_MAKERS, *told], separators=(",", ":")).encode("ascii")


def _told(value: Any) -> object:  # noqa: ANN401
    kind: Any = type(value)
    encoder = _encoder(kind)
    return value if encoder is None else encoder(value)


@cache
def _encoder(kind: Any) -> Encoder | None:  # noqa: ANN401
    """How objects of exactly this class are told; None for what JSON has. Raises TypeError."""
    if kind in (str, int, float, bool, type(None)):
        return None
    found = _BUILT_IN.get(kind)
    if found is not None:
        return found
    if issubclass(kind, np.integer):
        return int
    name = _NAMES.get(kind)
    if name is None:
        raise TypeError(f"{kind.__name__} is not among what outlives a recorder")
    if issubclass(kind, Enum):
        return lambda value: [name, value.name]
    names = _fields(kind)
    return lambda value: [name, {each: _told(getattr(value, each)) for each in names}]


def _fields(kind: Any) -> tuple[str, ...]:  # noqa: ANN401
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind))
    found: tuple[str, ...] = kind._fields
    return found


_BUILT_IN: Mapping[type, Encoder] = {
    list: lambda value: ["list", *map(_told, value)],
    tuple: lambda value: ["tuple", *map(_told, value)],
    set: lambda value: ["set", *map(_told, value)],
    frozenset: lambda value: ["frozenset", *map(_told, value)],
    bytes: lambda value: ["bytes", value.hex()],
    dict: lambda value: ["dict", *_pairs(value)],
    Counter: lambda value: ["Counter", *_pairs(value)],
    deque: lambda value: ["deque", value.maxlen, *map(_told, value)],
    Personal: lambda value: ["Personal", _told(value.reveal())],
    Headers: lambda value: ["Headers", *([name, line] for name, line in value)],
}


def _pairs(value: Mapping[Any, Any]) -> list[object]:
    return [[_told(key), _told(each)] for key, each in value.items()]


def _made(told: Any) -> Any:  # noqa: ANN401
    if type(told) is not list:
        if type(told) is dict:
            raise NotKnown("an object without a kind")
        return told
    kind, *rest = told
    filled = _FILLED.get(kind)
    if filled is not None:
        return filled([each if type(each) is str else _made(each) for each in rest])
    maker = _MAKERS.get(kind)
    return maker(rest) if maker is not None else _maker(kind)(*rest)


def _mapping(rest: Iterable[Any]) -> dict[Any, Any]:
    return {_made(key): _made(each) for key, each in rest}


_MAKERS: Mapping[str, Callable[[list[Any]], Any]] = {
    "bytes": lambda rest: bytes.fromhex(rest[0]),
    "dict": _mapping,
    "Counter": lambda rest: Counter(_mapping(rest)),
    "deque": lambda rest: deque(map(_made, rest[1:]), rest[0]),
    "Personal": lambda rest: Personal(_made(rest[0])),
    "Headers": lambda rest: Headers([(name, line) for name, line in rest]),
}


@cache
def _maker(name: str) -> Callable[[Any], Any]:
    """How objects of the class of this name are made. Raises KeyError."""
    kind: Any = _CLASSES[name]
    if issubclass(kind, Enum):
        return partial(getitem, kind)
    names = _fields(kind)
    if not is_dataclass(kind):
        return lambda told: kind(*[_made(told[each]) for each in names])
    return partial(_filled, kind, names, {each.name: each for each in fields(kind)})


def _filled(
    kind: Any,  # noqa: ANN401
    names: tuple[str, ...],
    known: "Mapping[str, Field[Any]]",
    told: Mapping[str, Any],
) -> Any:  # noqa: ANN401
    made: Any = object.__new__(kind)
    for name in names:
        if name not in told:
            value = _default(kind, known[name])
        else:
            value = told[name]
            if type(value) is list or type(value) is dict:
                value = _made(value)
        _SET(made, name, value)
    return made


def _default(kind: Any, field: "Field[Any]") -> Any:  # noqa: ANN401
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise NotKnown(f"{kind.__name__} without its {field.name}")
