"""Appends an entry in the caller's transaction: no act without its entry, and no entry without."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from vaiti.audit import writing
from vaiti.audit.entry import SALT_LENGTH, EntryError, Facts, body_text, commitment
from vaiti.audit.kinds import Kind
from vaiti.values.clock import to_micros

MAX_NAME = 64  # in characters, of an actor or a subject

_ID_DRAWN = 10  # random bytes in an id
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
) -> list[UUID]:
    """One entry of this kind for each subject with its facts; their leaves' ids.

    As `append`: all of them stand, or none.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("open a transaction around the act and its entry")
    known = _known(kind).value
    if not 0 < len(actor) <= MAX_NAME:
        raise EntryError(f"an actor is named, in at most {MAX_NAME} characters")
    millis = (to_micros(now) // 1000) & 0xFFFF_FFFF_FFFF
    acts = list(acts)
    drawn = secrets.token_bytes(_DRAWN * len(acts))
    written = [
        _written((known, actor), millis, *act, drawn[place * _DRAWN : (place + 1) * _DRAWN])
        for place, act in enumerate(acts)
    ]
    writing.insert(now, written)
    return [one.leaf_id for one in written]


def _written(
    by: tuple[str, str], millis: int, subject: str, facts: Facts, drawn: bytes
) -> writing.Written:
    """`by`: the kind and the actor."""
    kind, actor = by
    if len(subject) > MAX_NAME:
        raise EntryError(f"a subject has at most {MAX_NAME} characters")
    salt, leaf_id = drawn[_ID_DRAWN:], _fresh_id(millis, drawn[:_ID_DRAWN])
    body = body_text(actor, subject, facts)
    return writing.Written(leaf_id, kind, commitment(salt, body), salt, body, actor, subject)


def _fresh_id(millis: int, random: bytes) -> UUID:
    """Of RFC 9562, version 7: 48 bits of milliseconds, which the entry states anyway, and 74 bits
    of chance. So entries of one time lie side by side in every index.
    """
    drawn = int.from_bytes(random)
    chance = (7 << 76) | (drawn >> 4 & 0xFFF) << 64 | (2 << 62) | drawn >> 18
    return UUID(int=millis << 80 | chance)


def _known(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        raise EntryError("the kind is not listed in vaiti.audit.kinds; list it there") from error
