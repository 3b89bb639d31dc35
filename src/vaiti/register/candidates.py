"""Calls that may be a person's, looked for in a case: how many, and when (design question a).

Of the whole number only the mask is known, which a thousand numbers share; so there is a count, and
rows only when few are left, without agents and without anybody's number.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from vaiti.audit.entry import Fact
from vaiti.notice.models import Function
from vaiti.register.models import SEEN, Call, Leg

NARROW = 10  # calls; with more, nothing but their number is told
SHARED = 1e-4
"""How likely another caller has the same mask: a thousand of some ten million numbers."""
_NEVER = datetime.max.replace(tzinfo=UTC)
WIDEST = timedelta(days=366)
MOST = 100_000  # calls are counted up to this


@dataclass(frozen=True, slots=True)
class Sought:
    """Instants of the calls' beginning. `customer` is a masked number, empty when none is known.

    `agent`: calls of which this employee had a part, for one who asks for their own.
    """

    begins: datetime
    ends: datetime
    customer: str = ""
    line_number: str = ""
    direction: str = ""
    agent: UUID | None = None

    @property
    def narrow(self) -> bool:
        """Whether it ends after it begins, within a year."""
        return self.begins < self.ends <= self.begins + WIDEST

    def names(self) -> str:
        """Which of them are given, for the log: never their values."""
        given = {
            "number": self.customer,
            "line": self.line_number,
            "direction": self.direction,
            "agent": self.agent,
        }
        return " ".join(["time", *(name for name, value in given.items() if value)])


@dataclass(frozen=True, slots=True)
class Candidate:
    id: UUID
    started_at: datetime
    ended_at: datetime
    line_label: str
    direction: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """`others`: how many of them are strangers' calls, as far as can be expected."""

    count: int
    others: float
    rows: tuple[Candidate, ...]

    def told(self, sought: Sought) -> dict[str, Fact]:
        """For the log: by what was asked, and how many came out."""
        return {"by": sought.names(), "found": self.count, "shown": len(self.rows)}


def candidates(sought: Sought, now: datetime) -> Candidates:
    """Of the calls that may be read at `now`."""
    calls = _calls(sought, now)
    found = calls.filter(customer=sought.customer) if sought.customer else calls
    count = found[:MOST].count()
    others = calls[:MOST].count() * SHARED if "*" in sought.customer else float(max(count - 1, 0))
    if count > NARROW:
        return Candidates(count, others, ())
    rows = found.select_related("line").order_by("started_at", "id")
    return Candidates(count, others, tuple(map(as_candidate, rows)))


def first_due(sought: Sought, now: datetime) -> datetime:
    """When the first of them falls due; a day that never comes where there is none."""
    calls = _calls(sought, now).filter(customer=sought.customer)
    return calls.order_by("due_at").values_list("due_at", flat=True).first() or _NEVER


def _calls(sought: Sought, now: datetime) -> "QuerySet[Call]":
    wanted = Q(started_at__gte=sought.begins, started_at__lt=sought.ends)
    if sought.line_number:
        wanted &= Q(line__number=sought.line_number)
    if sought.direction:
        wanted &= Q(direction=sought.direction)
    if sought.agent is not None:
        own = Leg.objects.filter(call_id=OuterRef("id"), person_id=sought.agent)
        wanted &= Q(Exists(own))
    return kept(now).filter(wanted)


def kept(now: datetime) -> "QuerySet[Call]":
    """Calls of customers that may be read at `now`."""
    rows = Call.objects.filter(state__in=SEEN, due_at__gt=now)
    return rows.exclude(line__function=Function.TEST)


def as_candidate(row: Call) -> Candidate:
    return Candidate(row.id, row.started_at, row.ended_at, row.line.label, row.direction)
