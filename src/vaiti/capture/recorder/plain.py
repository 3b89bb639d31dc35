"""What the recorder knows of its calls as bytes, for its own memory: pickles of a few kinds.

An object is its kind and its fields in their order; `spelled` has the fields' names. So a newer
recorder goes on with what an older one left: a field that it knows and the older one did not has
its default, one that it does not know any more is left out. A pickle may name one thing only,
`made`, which makes the classes that are listed here: reading one runs nothing else, and takes at
most ROOM times its bytes.
"""

import io
import json
import pickle
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from operator import attrgetter, index
from sys import getrefcount
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from vaiti.audio.sound import Heard
from vaiti.capture.drain import Left
from vaiti.capture.events import Expect, Withhold
from vaiti.capture.orders import Intake, Line, Peer
from vaiti.capture.policy import Record
from vaiti.capture.recorder.spelling import well_spelled
from vaiti.capture.rtp import stream, ties
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.rtcp import Farewell, Name, SenderReport
from vaiti.capture.sdes import Crypto
from vaiti.capture.sdp import Codec, Media, Sdp
from vaiti.capture.session import call
from vaiti.capture.session.branch import Branch
from vaiti.capture.session.knocking import Knock
from vaiti.capture.session.media import Numbering, Streams
from vaiti.capture.sip import transaction
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.grammar import NameAddr, Via
from vaiti.capture.sip.headers import Headers
from vaiti.capture.sip.incoming import Incoming
from vaiti.capture.sip.message import Request
from vaiti.capture.siprec import metadata
from vaiti.capture.srtp import Counted
from vaiti.values.masked import MaskedNumber
from vaiti.values.personal import Personal
from vaiti.values.streams import Epoch, Tie
from vaiti.vault.manifest import AgentLeg, Manifest, Pause, Side, Span, Track

Names = Mapping[str, tuple[str, ...]]
"""The fields of each kind, in the order in which they are told."""
Told = tuple[Callable[..., Any], tuple[Any, ...]]

PART: Final = "part"
PROTOCOL: Final = 5  # of pickles: each Python from 3.8 on reads it
ROOM: Final = 256  # bytes of memory that a byte that is read may take: an empty set takes 216

_CLASSES: Mapping[str, type] = {
    **{
        each.__name__: each
        for each in (
            *(Heard, Left, Expect, Intake, Line, Peer, Record, Drop, Farewell, Name, SenderReport),
            *(Crypto, Codec, Media, Sdp, Branch, Numbering, Streams, Address, Flow, NameAddr, Via),
            *(Request, Counted, MaskedNumber, Epoch, Tie, AgentLeg, Manifest, Pause, Side, Span),
            *(Track, Withhold, Knock, Incoming),
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

_SET = object.__setattr__  # past what a frozen class says
_DAMAGED = (pickle.UnpicklingError, AttributeError, EOFError, LookupError, TypeError)
_UNREADABLE = "what was left behind cannot be read"
_ALONE = 2  # references to what only the function that asks has


class NotKnown(ValueError):
    """The bytes are of a recorder whose objects this one does not have."""


def dump(value: object, kinds: Iterable[type] = (), parts: "list[object] | None" = None) -> bytes:
    """Of objects of these `kinds` within it only their places among `parts`, to which those are
    added that are not there. Raises TypeError for an object of a class that is not listed."""
    written = io.BytesIO()
    if parts is None:
        _Pickler(written, PROTOCOL).dump(value)
    else:
        told = _Kinds(_TELLERS)
        told |= dict.fromkeys(kinds, partial(_part, parts))
        _PartsPickler(written, told).dump(value)
    return written.getvalue()


def _part(parts: list[object], value: object) -> Told:
    for place, each in enumerate(parts):
        if each is value:
            return made, (PART, place)
    parts.append(value)
    return made, (PART, len(parts) - 1)


def load(data: bytes, names: Names | None = None, parts: Sequence[object] = ()) -> Any:  # noqa: ANN401
    """What `dump` was given, where the fields had these names; our own by themselves. Raises
    NotKnown."""
    if not well_spelled(data):
        raise NotKnown(_UNREADABLE)
    making = _Making(OURS if names is None else names, len(data), parts)
    try:
        value = _Unpickler(data, making).load()
    except (*_DAMAGED, OverflowError, RecursionError, ValueError) as error:
        raise NotKnown(_UNREADABLE) from error
    if getrefcount(making) > _ALONE:
        raise NotKnown("what was left behind has a part that is no object")
    return value


def made(kind: str, *values: object) -> Any:  # noqa: ANN401
    """What a pickle calls with the fields of an object."""
    return _maker(kind)(OURS.get(kind, ()), values)


class _Kinds(dict[type, Callable[[Any], Told]]):
    """How objects of exactly a class are told."""

    def __missing__(self, kind: type) -> Callable[[Any], Told]:
        """Raises TypeError."""
        self[kind] = found = teller(kind)
        return found


_TELLERS: Final = _Kinds()


class _Pickler(pickle.Pickler):
    dispatch_table = _TELLERS


class _PartsPickler(pickle.Pickler):
    def __init__(self, written: io.BytesIO, told: _Kinds) -> None:
        self.dispatch_table = told  # now: it is looked for once, in what follows
        super().__init__(written, PROTOCOL)


class _Making:
    """What stands for `made` while bytes are read. As `dump` writes it each thing is copied once;
    so no more is copied than there are bytes."""

    __slots__ = ("_names", "_parts", "_room")

    def __init__(self, names: Names, room: int, parts: Sequence[object]) -> None:
        self._names, self._room, self._parts = names, room, parts

    def __call__(self, kind: str, *values: Any) -> Any:  # noqa: ANN401
        if kind == PART:
            return self._parts[values[0]]
        if kind in _COPYING:
            self._room -= len(values[-1])
            if self._room < 0:
                raise NotKnown("something that is there again and again")
        return _maker(kind)(self._names.get(kind, ()), values)


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, making: _Making) -> None:
        super().__init__(io.BytesIO(data))
        self._making = making

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        if (module, name) != (made.__module__, made.__qualname__):
            raise NotKnown("something that is nobody's")
        return self._making


def spelled() -> bytes:
    """For `names_in`: the names of all kinds' fields."""
    return json.dumps(dict(OURS), separators=(",", ":")).encode("ascii")


@cache
def names_in(told: bytes) -> Names:
    """As another recorder has them. Raises NotKnown."""
    try:
        found = {kind: tuple(names) for kind, names in json.loads(told).items()}
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise NotKnown("what was left behind does not tell its names") from error
    return MappingProxyType(found)


def teller(kind: Any) -> Callable[[Any], Told]:  # noqa: ANN401
    """How objects of exactly this class are told. Raises TypeError for one that is not listed."""
    found = _BUILT_IN.get(kind)
    if found is not None:
        return found
    if issubclass(kind, np.integer):
        return lambda value: (made, ("int", int(value)))
    name = _NAMES.get(kind)
    if name is None:
        raise TypeError(f"{kind.__name__} is not among what outlives a recorder")
    if issubclass(kind, Enum):
        return lambda value: (made, (name, value.name))
    names = _fields(kind)
    values = attrgetter(*names)
    if len(names) == 1:
        return lambda value: (made, (name, values(value)))
    return lambda value: (made, (name, *values(value)))


def _fields(kind: Any) -> tuple[str, ...]:  # noqa: ANN401
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind))
    found: tuple[str, ...] = kind._fields
    return found


OURS: Final[Names] = {
    name: _fields(kind) for name, kind in _CLASSES.items() if not issubclass(kind, Enum)
}

_BUILT_IN: Mapping[type, Callable[[Any], Told]] = {
    Counter: lambda value: (made, ("Counter", dict(value))),
    deque: lambda value: (made, ("deque", value.maxlen, list(value))),
    Personal: lambda value: (made, ("Personal", value.reveal())),
    Headers: lambda value: (made, ("Headers", list(value))),
}

_COPYING = frozenset({"Counter", "deque", "Headers"})
_TELLERS.update({kind: teller(kind) for kind in (*_BUILT_IN, *_NAMES)})

_MAKERS: Mapping[str, Callable[..., Any]] = {
    "int": index,
    "Counter": Counter,
    "deque": lambda maxlen, values: deque(values, maxlen),
    "Personal": Personal,
    "Headers": Headers,
}


@cache
def _maker(name: str) -> Callable[[tuple[str, ...], tuple[Any, ...]], Any]:
    """How objects of this kind are made of their fields' names and values. Raises KeyError."""
    built_in = _MAKERS.get(name)
    if built_in is not None:
        return lambda names, values: built_in(*values)
    kind: Any = _CLASSES[name]
    if issubclass(kind, Enum):
        return lambda names, values: kind[values[0]]
    ours = _fields(kind)
    if not is_dataclass(kind):
        return lambda names, values: kind(**dict(zip(names, values, strict=True)))
    return partial(_filled, kind, ours, {each.name: each for each in fields(kind)})


def _filled(
    kind: Any,  # noqa: ANN401
    ours: tuple[str, ...],
    known: "Mapping[str, Field[Any]]",
    names: tuple[str, ...],
    values: tuple[Any, ...],
) -> Any:  # noqa: ANN401
    one: Any = object.__new__(kind)
    told = dict(zip(names, values, strict=True))
    for name in ours:
        _SET(one, name, told[name] if name in told else _default(kind, known[name]))
    return one


def _default(kind: Any, field: "Field[Any]") -> Any:  # noqa: ANN401
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise NotKnown(f"{kind.__name__} without its {field.name}")
