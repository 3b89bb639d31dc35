"""Wrong facts of a call put right, with what stood before (N-37). The sound is never touched.

Who may is decided above. Each correction is a row that dies with the call, and an entry in the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import lines
from vaiti.notice.lines import LineCard
from vaiti.notice.models import Function, Line
from vaiti.people import book
from vaiti.register.models import Call, Correction, Desk, Direction, Leg, State


class CorrectionRefused(ValueError):
    """It cannot be put right so; the sentence says what to change."""


STALE = "Somebody has changed this meanwhile. Look at it as it is now."
NO_LINE = "On this line no call in this direction was recorded then. Choose another one."
TEST_LINE = "Calls of the test line stay there, and no others come to it."


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction. An agent's `before` and `after` are names, a line's its number.

    `leg` is the agent's part; None for what belongs to the whole call.
    """

    what: str
    leg: int | None
    before: str = field(repr=False)
    after: str = field(repr=False)
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hand:
    """Who corrects, by which right: a person's id, or `system:` and a name for a machine."""

    by: str
    rule: str


def attribute(
    leg_id: int, agent: UUID | None, *, was: UUID | None, hand: Hand, now: datetime
) -> bool:
    """Says whose leg it is; False where that stands already. None: nobody knows.

    `was` is whose it was when that was decided. From here on the former agent has no right to it,
    and the new one has. Raises CorrectionRefused, also when the call is on its way out.
    """
    with transaction.atomic():
        leg = Leg.objects.select_for_update(of=("self",)).filter(id=leg_id).first()
        if leg is None or leg.person_id != was or not kept_and_locked(leg.call_id):
            raise CorrectionRefused(STALE)
        if agent == was:
            return False
        leg.person_id, leg.device = agent, "" if agent else _device(leg)
        leg.save(update_fields=["person", "device"])
        change = ("agent", was.hex if was else "", agent.hex if agent else "")
        _enter(leg.call_id, change, hand, now, leg)
    return True


def correct_call(
    call_id: UUID, line: UUID, direction: str, *, was: tuple[UUID, str], hand: Hand, now: datetime
) -> bool:
    """Sets the call's line and direction, in its row and in its legs; False where both stand.

    `was` is the line and direction that were seen to be wrong. Raises CorrectionRefused.
    """
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).filter(id=call_id).first()
        if call is None or call.state != State.KEPT or (call.line_id, call.direction) != was:
            raise CorrectionRefused(STALE)
        if (line, direction) == was:
            return False
        _check(call, line, direction)
        call.line_id, call.direction = line, direction
        call.save(update_fields=["line", "direction"])
        Leg.objects.filter(call=call).update(line=line, direction=direction)
        for change in (("line", was[0].hex, line.hex), ("direction", was[1], direction)):
            if change[1] != change[2]:
                _enter(call_id, change, hand, now)
    return True


def lines_for(call_id: UUID) -> tuple[UUID, tuple[LineCard, ...]]:
    """The call's line, and those that it may be said to have been on; none for the test line's."""
    call = Call.objects.select_related("line").get(id=call_id)
    if call.line.function == Function.TEST:
        return call.line_id, ()
    return call.line_id, tuple(one for one in _recorded(call) if one.function != Function.TEST)


def of_call(call_id: UUID) -> tuple[Corrected, ...]:
    """All that was put right, newest first; access tells which of it somebody is shown."""
    rows = list(Correction.objects.filter(call_id=call_id).order_by("-at", "-id"))
    names = _names(rows)
    return tuple(
        Corrected(
            what=row.what,
            leg=row.leg_id,
            before=names.get(row.before, row.before),
            after=names.get(row.after, row.after),
            rule=row.rule,
            at=row.at,
        )
        for row in rows
    )


def _names(rows: Iterable[Correction]) -> dict[str, str]:
    """What the ids of people and lines stand for."""
    said = {(row.what, text) for row in rows for text in (row.before, row.after) if text}
    agents = book.names(UUID(hex=text) for what, text in said if what == "agent")
    numbers = Line.objects.filter(id__in=[UUID(hex=text) for what, text in said if what == "line"])
    found = {one.hex: name for one, name in agents.items()}
    return found | {one.hex: number for one, number in numbers.values_list("id", "number")}


def _device(leg: Leg) -> str:
    """Where the leg was, for whoever looks for its agent; empty when that is not known any more."""
    if leg.desk is None:
        return ""
    desks = Desk.objects.filter(call_id=leg.call_id, ordinal=leg.desk)
    return desks.values_list("device", flat=True).first() or ""


def kept_and_locked(call_id: UUID) -> bool:
    """Asked of the call under lock: destruction marks it so before it begins."""
    calls = Call.objects.select_for_update(of=("self",))
    return calls.filter(id=call_id, state=State.KEPT).exists()


def _check(call: Call, line: UUID, direction: str) -> None:
    """N-14: only a line that stood in the register and was recorded in that direction then."""
    found = {one.id: one for one in _recorded(call)}
    if call.line.function == Function.TEST or (line in found and found[line].function == "test"):
        raise CorrectionRefused(TEST_LINE)
    if direction not in Direction.values or line not in found or not found[line].takes(direction):
        raise CorrectionRefused(NO_LINE)


def _recorded(call: Call) -> list[LineCard]:
    """At the start to the microsecond, which only the legs keep."""
    first = Leg.objects.filter(call=call).order_by("started_at").first()
    return [
        one
        for one in lines.standing(first.started_at if first else call.started_at)
        if one.recorded
    ]


def _enter(
    call_id: UUID, change: tuple[str, str, str], hand: Hand, now: datetime, leg: Leg | None = None
) -> None:
    what, before, after = change
    Correction.objects.create(
        call_id=call_id,
        leg=leg,
        what=what,
        before=before,
        after=after,
        rule=hand.rule,
        by=hand.by,
        at=now,
    )
    facts: Facts = {
        "what": what,
        "leg": leg.ordinal if leg else None,
        "before": before,
        "after": after,
        "rule": hand.rule,
    }
    kind, subject = Kind.CALL_FACTS_CORRECTED, call_id.hex
    log.append(kind, actor=hand.by, subject=subject, facts=facts, now=now)
