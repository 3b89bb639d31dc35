"""What a case's page shows of the work in it: its calls, its decisions, what was given."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from vaiti.people import book
from vaiti.register import calls, stops
from vaiti.rights import deciding, promised, recipients
from vaiti.rights.asking import State
from vaiti.rights.bases import bases_of
from vaiti.rights.case_models import CaseCall, Decision, Given
from vaiti.rights.cases import CaseView, row_of
from vaiti.rights.promised import Promise
from vaiti.rights.recipients import Told


@dataclass(frozen=True, slots=True)
class CallOfCase:
    """`started_at` is None once the call is gone. `held`: a hold was placed when it was named."""

    call: UUID
    confirmed: bool
    held: bool
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    id: UUID
    right: str
    call: UUID | None
    outcome: str
    ground: str
    words: str = field(repr=False)
    decided_by: str = field(repr=False)
    review: str
    own: bool

    def refuses(self, right: str) -> bool:
        return self.right == right and self.outcome == "refused"


@dataclass(frozen=True, slots=True)
class Handed:
    what: str
    how: str
    on: date


@dataclass(frozen=True, slots=True)
class Work:
    """`open_points`: right and call still to be decided. `lacks`: what is granted and not given.

    `had`: whether anybody else had the data, nobody or named; `restricted`: on which calls a
    restriction of this case stands; `stopped`: by call, the purposes to which the person objected;
    `bases`: by call, the legal bases that its notice names, of None those of the notice in force.
    """

    calls: tuple[CallOfCase, ...]
    decisions: tuple[Decided, ...]
    given: tuple[Handed, ...]
    open_points: tuple[tuple[str, UUID | None], ...]
    lacks: tuple[str, ...]
    promises: tuple[Promise, ...]
    recipients: tuple[Told, ...]
    had: str
    restricted: frozenset[UUID]
    stopped: dict[UUID, tuple[str, ...]]
    bases: dict[UUID | None, frozenset[str]]


def work_of(view: CaseView, now: datetime) -> Work:
    """Of a case that its reader has been let see (rights.cases.see_case)."""
    row = row_of(view.card.id)
    reference = promised.reference_of(row)
    rows = list(CaseCall.objects.filter(case=row).order_by("named_at", "id"))
    starts = {
        one.call.id: one.started_at for one in calls.legs_of((r.call for r in rows), now, held=True)
    }
    made = list(Decision.objects.filter(case=row).order_by("decided_at", "id"))
    names = book.names(UUID(hex=one.decided_by) for one in made)
    decided = {(one.right, one.call) for one in made}
    points = sorted(deciding.asked_of(row) - decided, key=lambda one: (one[0], str(one[1])))
    return Work(
        tuple(
            CallOfCase(one.call, one.confirmed, one.hold is not None, starts.get(one.call))
            for one in rows
        ),
        tuple(_decided(one, names, view.desk.person_id) for one in made),
        tuple(
            Handed(one.what, one.how, one.given_on)
            for one in Given.objects.filter(case=row).order_by("noted_at", "id")
        ),
        tuple(points),
        promised.lacks(row, now) if row.state == State.DECIDED else (),
        promised.promises(row, now) if row.state == State.DECIDED else (),
        recipients.of_case(row),
        row.recipients,
        frozenset(r.call for r in rows if promised.restriction_on(r.call, reference, now)),
        {one.call: tuple(sorted(stops.said(one.call, reference))) for one in rows},
        {call: bases_of([call] if call else [], now) for call in {one for _right, one in points}},
    )


def _decided(one: Decision, names: dict[UUID, str], reader: UUID) -> Decided:
    return Decided(
        one.id,
        one.right,
        one.call,
        one.outcome,
        one.ground,
        one.words,
        names.get(UUID(hex=one.decided_by), ""),
        one.review,
        one.decided_by == reader.hex,
    )
