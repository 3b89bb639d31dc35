"""Which of several recorders under one SIP address a message is for. Pure (docs/sip.md).

All messages of a dialog go to one recorder, and so do the sessions of one call. The recorder of a
dialog stands in our tag of it, so that whoever passes messages on may be killed and begin anew.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vaiti.capture.parties import ties, wider_ties
from vaiti.capture.sip.message import Request, Response, SipError, outline, parse
from vaiti.capture.siprec import body, metadata
from vaiti.capture.siprec.metadata import Key

MOST = 16  # recorders under one address
REMEMBERED = 1 << 17  # calls and ties whose recorder is known by heart; the eldest is forgotten
KEY = 16  # bytes of what a call or a tie is known by
AWAY_S = 5.0  # that a recorder may say nothing before new calls go to the others
PATIENCE_S = 10.0  # that what is for a recorder waits until it is there again

_MARKED = re.compile(r"r([1-9][0-9]?)\.[0-9a-f]+")


def mark(number: int) -> str:
    """What the tags of a recorder's dialogs begin with."""
    return f"r{number}."


def marked(tag: str) -> int:
    """The number of the recorder that gave the tag; 0 for another's tag, or none."""
    found = _MARKED.fullmatch(tag)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of where it belongs: `number` of the recorder whose dialog it is in, 0
    for none; keys of its call, and of what ties the call to others; whether a call begins."""

    number: int
    key: bytes
    ties: tuple[bytes, ...] = ()
    begins: bool = False


def read(data: bytes, *, stream: bool) -> Told:
    """Of one datagram, or one frame of a stream. What cannot be read is answered by any."""
    try:
        message = parse(data, stream=stream)
    except SipError:
        shape = outline(data)
        return Told(0, call_key((shape and shape.headers.get("Call-ID")) or ""))
    key = call_key(message.call_id)
    if isinstance(message, Response):
        return Told(marked(message.sender.tag), key)
    number = marked(message.recipient.tag)
    begins = message.method == "INVITE" and not message.recipient.tag
    return Told(number, key, _ties(message) if begins else (), begins)


def _ties(request: Request) -> tuple[bytes, ...]:
    """As the recorder will read them; none where it will not."""
    try:
        parts = body.split(request.content_type, request.body)
        told = metadata.parse(parts.metadata) if parts.metadata is not None else None
    except (body.BodyError, metadata.MetadataError):
        return ()
    if told is None:
        return ()
    found = ties(request, told) | wider_ties(request, told)
    return tuple(sorted(map(tie_key, found)))


def call_key(call_id: str) -> bytes:
    return _key("call", call_id)


def tie_key(tie: Key) -> bytes:
    return _key("tie", tie.reveal())


def _key(kind: str, text: str) -> bytes:
    data = f"{kind} {text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2s(data, digest_size=KEY).digest()


@dataclass(slots=True)
class Seat:
    """One recorder as it is known here. `asked` calls were given to it since it came, and `heard`
    of them are in what it says of itself; `lasting`: when it dies, another one goes on from there.
    """

    present: bool = False
    lasting: bool = False
    taking: bool = False
    calls: int = 0
    most: int = 0
    heard: int = 0
    asked: int = 0
    last_at: float = float("-inf")

    def has_room(self, now: float) -> bool:
        """Whether it takes another call, as far as can be told; one that may have gone has none."""
        promised = self.calls + self.asked - self.heard
        lives = self.present and now - self.last_at <= AWAY_S
        return lives and self.taking and promised < self.most

    def is_awaited(self, now: float) -> bool:
        return not self.present and self.lasting and now - self.last_at <= PATIENCE_S


class Sharing:
    """Recorders 1 to `count`. `now` is of a clock that never goes back, in seconds."""

    def __init__(self, count: int) -> None:
        self.seats = {number: Seat() for number in range(1, count + 1)}
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def came(self, number: int, now: float, *, lasting: bool) -> None:
        self.seats[number] = Seat(present=True, lasting=lasting, last_at=now)

    def left(self, number: int, now: float) -> None:
        seat = self.seats[number]
        seat.present, seat.last_at = False, now

    def said(self, number: int, now: float, state: tuple[bool, int, int, int]) -> None:
        """What a recorder says: whether it takes calls, how many it has and may have, and how many
        of those that were given to it that is after."""
        seat = self.seats[number]
        seat.taking, seat.calls, seat.most, seat.heard = state
        seat.last_at = now

    def has(self, number: int, keys: Iterable[bytes]) -> None:
        """What a recorder has of calls and ties, whoever gave it those."""
        for key in keys:
            self._remember(key, number)

    def choose(self, told: Told, now: float) -> int:
        """The recorder's number; 0 when there is nobody for it."""
        if told.number in self.seats:
            return told.number
        known = self._known.get(told.key, 0)
        if known and self._holds(self.seats[known], now):
            self._remember(told.key, known)
            return known
        number = self._for_new(told, now)
        if number and told.begins:
            for key in (told.key, *told.ties):
                self._remember(key, number)
        return number

    def knows(self, told: Told) -> bool:
        """Whether it is known where the message belongs; of what begins a call nobody may know."""
        keys = (told.key, *told.ties)
        return told.number in self.seats or not self._known.keys().isdisjoint(keys)

    def passed_on(self, number: int) -> None:
        """The beginning of a call is on its way there."""
        self.seats[number].asked += 1

    def _for_new(self, told: Told, now: float) -> int:
        """Where its other sessions are; else the first of those with room, in an order that is the
        call's own. Without room whoever is there says so."""
        tied = [self._known[key] for key in told.ties if key in self._known]
        order = [*tied, *self._order(told.ties[0] if told.ties else told.key)]
        fits: tuple[Callable[[Seat], bool], ...] = (
            lambda seat: seat.has_room(now),
            lambda seat: seat.present and now - seat.last_at <= AWAY_S,
            lambda seat: seat.is_awaited(now),
            lambda seat: seat.present,
        )
        found = (each for fit in fits for each in order if fit(self.seats[each]))
        return next(found, 0)

    def _order(self, key: bytes) -> list[int]:
        """The same as long as there are as many: whoever begins anew asks the same recorder."""

        def weight(number: int) -> bytes:
            return hashlib.blake2s(b"%d" % number, key=key).digest()

        return sorted(self.seats, key=weight)

    def _holds(self, seat: Seat, now: float) -> bool:
        """Whether the beginning of a call is still known there."""
        return seat.present or seat.is_awaited(now)

    def _remember(self, key: bytes, number: int) -> None:
        self._known[key] = number
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
