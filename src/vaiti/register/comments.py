"""What a trainer wrote to an agent about a moment of a call. Rows that die with the call.

Whoever may write and read them is decided above; here they are kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.models import Comment


@dataclass(frozen=True, slots=True)
class CommentCard:
    """`place_ms` is counted from the beginning of the leg's sound."""

    id: int
    leg: int
    call: UUID
    activity: UUID
    author: UUID
    written_at: datetime
    place_ms: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written, about a leg of a call, in a training activity."""

    leg: int
    call: UUID
    activity: UUID
    place_ms: int
    text: str = field(repr=False)


def write(draft: Draft, author: UUID, now: datetime) -> None:
    """In the caller's transaction. The log says that it was written, and never what."""
    Comment.objects.create(
        leg_id=draft.leg,
        activity=draft.activity,
        author_id=author,
        written_at=now,
        place_ms=draft.place_ms,
        text=draft.text,
    )
    facts: Facts = {"activity": draft.activity.hex, "place_ms": draft.place_ms}
    kind = Kind.ACCESS_COMMENT_WRITTEN
    log.append(kind, actor=author.hex, subject=draft.call.hex, facts=facts, now=now)


def on_legs(leg_ids: Iterable[int]) -> tuple[CommentCard, ...]:
    """Those on these legs, in the order of the sound."""
    rows = Comment.objects.filter(leg_id__in=set(leg_ids)).select_related("leg")
    return tuple(
        CommentCard(
            row.id,
            row.leg_id,
            row.leg.call_id,
            row.activity,
            row.author_id,
            row.written_at,
            row.place_ms,
            row.text,
        )
        for row in rows.order_by("leg_id", "place_ms", "id")
    )


def withdraw(comment_id: int, call_id: UUID, author: UUID, now: datetime) -> bool:
    """The author takes it back, in the caller's transaction; False when it is none of theirs."""
    rows = Comment.objects.filter(id=comment_id, leg__call_id=call_id, author_id=author)
    gone, _ = rows.delete()
    if gone:
        kind = Kind.ACCESS_COMMENT_REMOVED
        log.append(kind, actor=author.hex, subject=call_id.hex, facts={}, now=now)
    return bool(gone)


def forget(call_id: UUID) -> None:
    """All of a call that is no longer for training."""
    Comment.objects.filter(leg__call_id=call_id).delete()
