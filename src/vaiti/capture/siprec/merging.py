"""What is known after one more document of a recording session (RFC 7865, 5.1.2)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from vaiti.capture.siprec.metadata import (
    MAX_EXTENSIONS,
    MAX_PARTICIPANTS,
    MAX_STREAMS,
    MAX_TIES,
    MODE_MISSING,
    Extension,
    Key,
    Metadata,
)

Value = TypeVar("Value")

MAX_KNOWN_WARNINGS = 64


def merge(known: Metadata, update: Metadata) -> Metadata:
    """Complete replaces, partial changes.

    A complete document without participants changes like a partial one: senders that send it mean
    that nothing changed.
    """
    warnings = tuple(dict.fromkeys((*known.warnings, *update.warnings)))[:MAX_KNOWN_WARNINGS]
    if update.complete and update.participants:
        return replace(_left(known, update, _left_out(known, update)), warnings=warnings)
    members = _members(known, update)
    absent = _gone(known, update, members)
    present = dict.fromkeys((*known.present, *update.present))
    merged = Metadata(
        complete=known.complete,
        participants=_bounded({**known.participants, **update.participants}, MAX_PARTICIPANTS),
        streams=_bounded({**known.streams, **update.streams}, MAX_STREAMS),
        sends=_bounded({**known.sends, **update.sends}, MAX_PARTICIPANTS),
        receives=_bounded({**known.receives, **update.receives}, MAX_PARTICIPANTS),
        present=tuple(each for each in present if each not in absent)[:MAX_PARTICIPANTS],
        absent=absent,
        members=_bounded(members, MAX_PARTICIPANTS),
        sessions=_latest(known.sessions, update.sessions),
        groups=_latest(known.groups, update.groups),
        clues=_latest(known.clues, update.clues),
        senders=update.senders or known.senders,
        called=update.called or known.called,
        calling=update.calling or known.calling,
        direction=update.direction or known.direction,
        extensions=_extended(known.extensions, update.extensions),
        warnings=warnings,
    )
    return _left(known, merged)


def _left(known: Metadata, now: Metadata, left_out: frozenset[Key] = frozenset()) -> Metadata:
    """Who was there and is said to have left. Whoever says so from the start means nothing by
    it."""
    return replace(now, left=now.absent & frozenset(known.present), left_out=left_out)


def _left_out(known: Metadata, update: Metadata) -> frozenset[Key]:
    """Who was there and is in the whole state no more, if it is said to be whole."""
    if MODE_MISSING in update.warnings or not update.present:
        return frozenset()
    return frozenset(known.present) - update.participants.keys() - frozenset(update.present)


def _members(known: Metadata, update: Metadata) -> dict[Key, tuple[Key, ...]]:
    """A session that is joined and left in one document is joined: somebody came back."""
    found = {}
    for key in dict.fromkeys((*known.members, *update.members)):
        joined = update.members.get(key, ())
        over = {*update.parted.get(key, ()), *update.ended} - set(joined)
        found[key] = tuple(
            each for each in _latest(known.members.get(key, ()), joined) if each not in over
        )
    return found


def _gone(known: Metadata, update: Metadata, members: dict[Key, tuple[Key, ...]]) -> frozenset[Key]:
    """Who leaves one of two sessions stays; who was in none but sessions that ended is gone."""
    left = {key for key in update.absent if not members.get(key)}
    left |= {key for key in known.present if known.members.get(key) and not members[key]}
    return frozenset(left) - frozenset(update.present)


def _latest(one: Iterable[Key], other: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys((*one, *other)))[-MAX_TIES:]


def _extended(known: tuple[Extension, ...], update: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """What was said of a participant stands until it is said anew; of nobody in particular not."""
    anew = {each.participant for each in update}
    stand = (each for each in known if each.participant is not None)
    return (*(each for each in stand if each.participant not in anew), *update)[-MAX_EXTENSIONS:]


def _bounded(values: dict[Key, Value], bound: int) -> dict[Key, Value]:
    """The newest `bound` entries."""
    return dict(list(values.items())[-bound:])
