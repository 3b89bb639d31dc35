"""When the log was last verified on this machine, and with which result: an entry of the log."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.verification import Report


@dataclass(frozen=True, slots=True)
class Verified:
    """`entries` from the `first` on were looked at; `problems` is how many were found."""

    at: datetime
    first: int
    entries: int
    problems: int

    @property
    def looked(self) -> int:
        return max(0, self.entries - self.first)


def note(report: Report, *, first: int, by: str, now: datetime) -> None:
    """Writes down that the entries from the `first` on were verified, whatever was found."""
    facts: Facts = {
        "first": first,
        "entries": report.size,
        "problems": 0 if report.ok else len(report.problems),
    }
    with transaction.atomic():
        log.append(Kind.AUDIT_LOG_VERIFIED, actor=by, facts=facts, now=now)


def newest() -> Verified | None:
    """The newest verification, of a whole log or of what came since a checkpoint."""
    for one in reading.entries(kind=Kind.AUDIT_LOG_VERIFIED, limit=1).entries:
        counts = [int(one.facts.get(name, 0)) for name in ("first", "entries", "problems")]
        return Verified(one.at, *counts)
    return None
