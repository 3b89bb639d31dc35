"""Appends an entry in the caller's transaction: no act without its entry, and no entry without."""

import secrets
import struct
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from vaiti.audit import writing
from vaiti.audit.entry import SALT_LENGTH, EntryError, Facts, body_text, commitment
from vaiti.audit.kinds import Kind
from vaiti.values.clock import to_micros

MAX_NAME = 64  # in characters, of an actor or a subject

_ID_DRAWN = 8  # random bytes in an id
_DRAWN = _ID_DRAWN + SALT_LENGTH


class NotInTransaction(RuntimeError):
    """An entry outside a transaction could stand without its act. The caller is wrong."""


def append(kind: Kind | str, *, actor: str, subject: str = "", facts: Facts, now: datetime) -> UUID:
    """Writes one entry and returns its leaf's id.

    `actor` and `subject` are opaque ids (a person's, a call's) or `system:<name>`; never a name or
    a number. Raises EntryError for an unknown kind or unfit facts, and NotInTransaction.
    """
    (leaf,) = append_all(kind, [(subject, facts)], actor=actor, now=now)
    return leaf


def append_all(
    kind: Kind | str, acts: Iterable[tuple[str, Facts]], *, actor: str, now: datetime
) -> Iterator[UUID]:
    """One entry of this kind for each subject with its facts; their leaves' ids, for who asks.

    As `append`: all of them stand, or none.
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise NotInTransaction("open a transaction around the act and its entry")
    known = _known(kind).value
    if not 0 < len(actor) <= MAX_NAME:
        raise EntryError(f"an actor is named, in at most {MAX_NAME} characters")
    acts = list(acts)
    drawn = secrets.token_bytes(_DRAWN * len(acts))
    chance, salts = drawn[: _ID_DRAWN * len(acts)], drawn[_ID_DRAWN * len(acts) :]
    numbers = IDS.fresh(to_micros(now), chance)
    written = [
        _written(number, salts[place * SALT_LENGTH : (place + 1) * SALT_LENGTH], actor, *act)
        for place, (number, act) in enumerate(zip(numbers, acts, strict=True))
    ]
    writing.insert(now, known, actor, written)
    return (UUID(int=number) for number in numbers)


def _written(number: int, salt: bytes, actor: str, subject: str, facts: Facts) -> writing.Written:
    if len(subject) > MAX_NAME:
        raise EntryError(f"a subject has at most {MAX_NAME} characters")
    body = body_text(actor, subject, facts)
    return number, commitment(salt, body), salt, body, subject


class Ids:
    """Of RFC 9562, version 7: 48 bits of milliseconds and 12 of their fraction (section 6.2, method
    3), which the entry states anyway, and 62 bits of chance; in ascending order. So each stands
    behind those before it in every index, whose pages are full then and seldom split.

    Of one instant, too, and of whichever acts of this process (method 2): what was written down
    first comes first in the tree and on every page, as "about to" before "done".
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._newest = 0

    def fresh(self, micros: int, random: bytes) -> list[int]:
        """One for each eight bytes of chance."""
        millis, fraction = divmod(micros, 1000)
        begins = (millis & 0xFFFF_FFFF_FFFF) << 80 | 7 << 76
        begins |= (fraction * 4096 // 1000) << 64 | 2 << 62
        found = []
        with self._guard:
            for (chance,) in struct.iter_unpack(">Q", random):
                goes_on = self._newest >> 62 == begins >> 62
                # half of the room is left for those that come in the same instant
                self._newest = (
                    self._newest + 1 + (chance >> 32) if goes_on else begins | chance >> 3
                )
                found.append(self._newest)
        return found


IDS = Ids()


def _known(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        raise EntryError("the kind is not listed in vaiti.audit.kinds; list it there") from error
