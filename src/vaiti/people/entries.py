"""What this room writes down of an act: who did it, to whom, and what was before and after."""

from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people.errors import EnrolmentError
from vaiti.values.clock import to_micros


def enter(kind: Kind, subject: UUID | str, by: str, now: datetime, **facts: Fact) -> None:
    """One entry in the caller's transaction. `by` is a person's id in hex or `system:<name>`."""
    if not by.strip():
        raise EnrolmentError("name who does this")
    named = subject.hex if isinstance(subject, UUID) else subject
    log.append(kind, actor=by, subject=named, facts=facts, now=now)


def instant(at: datetime | None) -> int | None:
    """An instant as a fact: microseconds, or None where there is no end."""
    return None if at is None else to_micros(at)
