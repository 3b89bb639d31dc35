"""Mandates: a case, a training activity or an incident that gives named persons named calls.

Whoever owns the matter (rights, training, incidents) opens and closes its mandate with these
verbs and answers for who may; here only the bounds are kept. All raise MandateError, whose sentence
says what to change, and change nothing then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from vaiti.access.errors import MandateError
from vaiti.access.models import Approval, Mandate, MandateCall, MandateKind, MandatePerson
from vaiti.access.naming import naming, this_stay
from vaiti.access.references import fit_reference
from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.people.dated import standing
from vaiti.register import calls

MOST_CALLS = 500  # of one mandate; both numbers stand in what is said of them below
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class MandateCard:
    """A mandate as of an instant. `persons` are those it names then; `calls` those still kept."""

    id: UUID
    kind: str
    reference: str
    cap: int | None
    opened_by: str
    opened_at: datetime
    ends_at: datetime
    open: bool
    persons: tuple[UUID, ...]
    calls: tuple[UUID, ...]


def open_mandate(
    kind: str,
    reference: str,
    *,
    ends_at: datetime,
    by: str,
    now: datetime,
    cap: int | None = None,
) -> UUID:
    """Opens it without persons and calls; it ends by itself at `ends_at`."""
    if kind not in MandateKind.values:
        raise MandateError("A mandate is a case, an activity or an incident.")
    if not fit_reference(reference):
        raise MandateError(
            "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
        )
    if not now < ends_at <= now + LONGEST:
        raise MandateError("It ends after it begins, within 366 days.")
    if (kind == MandateKind.ACTIVITY) != (cap is not None) or (cap is not None and cap < 1):
        raise MandateError(
            "A training activity has a cap of at least one call an agent, and nothing else has one."
        )
    with transaction.atomic():
        if Mandate.objects.filter(kind=kind, reference=reference).exists():
            raise MandateError("This reference is taken. Give each matter one of its own.")
        row = Mandate.objects.create(
            kind=kind, reference=reference, cap=cap, opened_by=by, opened_at=now, ends_at=ends_at
        )
        _log(Kind.ACCESS_MANDATE_OPENED, row, by, now)
    return row.id


def name_person(mandate_id: UUID, person_id: UUID, *, by: str, now: datetime) -> None:
    """From `now` on the mandate gives this person its calls, if a role of theirs may use it."""
    with transaction.atomic():
        row = _open(mandate_id, now)
        if book.person(person_id, now) is None:
            raise MandateError("There is no such person at this time.")
        if _named(row, person_id, now).exists():
            raise MandateError("This person is named already.")
        _release(_of_before(now).filter(mandate=row, person_id=person_id), now)
        MandatePerson.objects.create(mandate=row, person_id=person_id, valid_from=now)
        _log(Kind.ACCESS_MANDATE_CHANGED, row, by, now, change="named", person=person_id.hex)


def release_person(mandate_id: UUID, person_id: UUID, *, by: str, now: datetime) -> None:
    with transaction.atomic():
        row = _open(mandate_id, now)
        if not _named(row, person_id, now).update(valid_to=now):
            raise MandateError("This person is not named.")
        _log(Kind.ACCESS_MANDATE_CHANGED, row, by, now, change="released", person=person_id.hex)


def release_leavers(now: datetime) -> int:
    """Ends the naming of who has left, at that instant: who comes back is named anew."""
    return _release(_of_before(now), now)


def _of_before(now: datetime) -> QuerySet[MandatePerson]:
    """What still names who has left, or who has been away since."""
    gone = Q(person__active_to__lte=now) | ~this_stay("valid_from")
    return MandatePerson.objects.filter(gone, standing(now))


def _release(rows: QuerySet[MandatePerson], now: datetime) -> int:
    found = list(rows.select_related("mandate"))
    for row in found:
        with transaction.atomic():
            row.valid_to = book.left_after(row.person_id, row.valid_from) or now
            row.save(update_fields=["valid_to"])
            facts = {"change": "released", "person": row.person_id.hex}
            _log(Kind.ACCESS_MANDATE_CHANGED, row.mandate, "system:people", now, **facts)
    return len(found)


def add_call(mandate_id: UUID, call_id: UUID, *, by: str, now: datetime) -> None:
    """Within the cap: the sixth call of an agent is refused where the cap is five (N-06)."""
    with transaction.atomic():
        row = _open(mandate_id, now)
        legs = calls.legs(call_id)
        if not legs or not legs[0].call.readable(now) or legs[0].call.narrowed(now):
            raise MandateError("No such call is kept.")
        held = MandateCall.objects.filter(mandate=row)
        if held.filter(call_id=call_id).exists():
            raise MandateError("The call is there already.")
        if held.count() >= MOST_CALLS:
            raise MandateError("At most 500 calls fit in one.")
        _check_cap(row, {leg.person_id for leg in legs if leg.person_id is not None})
        MandateCall.objects.create(mandate=row, call_id=call_id, added_at=now)
        _log(Kind.ACCESS_MANDATE_CHANGED, row, by, now, change="call added", call=call_id.hex)


def _check_cap(row: Mandate, agents: set[UUID]) -> None:
    if row.cap is None:
        return
    held = MandateCall.objects.filter(mandate=row, call__legs__person_id__in=agents)
    counts = held.values("call__legs__person_id").annotate(calls=Count("call_id", distinct=True))
    if any(one["calls"] >= row.cap for one in counts if one["call__legs__person_id"] in agents):
        raise MandateError("As many calls of this agent are gathered as the cap allows.")


def remove_call(mandate_id: UUID, call_id: UUID, *, by: str, now: datetime) -> None:
    """What was approved for the call within the mandate goes with it."""
    with transaction.atomic():
        row = _open(mandate_id, now)
        removed, _ = MandateCall.objects.filter(mandate=row, call_id=call_id).delete()
        if not removed:
            raise MandateError("The call is not there.")
        Approval.objects.filter(mandate=row, call_id=call_id).delete()
        _log(Kind.ACCESS_MANDATE_CHANGED, row, by, now, change="call removed", call=call_id.hex)


def drop_from_activities(call_id: UUID, *, by: str, now: datetime) -> None:
    """The call is no longer for training: it leaves every activity, in the caller's transaction."""
    held = MandateCall.objects.filter(call_id=call_id, mandate__kind=MandateKind.ACTIVITY)
    for one in held.select_related("mandate"):
        change = {"change": "call removed", "call": call_id.hex}
        _log(Kind.ACCESS_MANDATE_CHANGED, one.mandate, by, now, **change)
    held.delete()


def close(mandate_id: UUID, *, by: str, now: datetime) -> None:
    """Ends at once what the mandate gave; who listens under it is cut off."""
    with transaction.atomic():
        row = _open(mandate_id, now)
        row.closed_at, row.closed_by = now, by
        row.save(update_fields=["closed_at", "closed_by"])
        _log(Kind.ACCESS_MANDATE_CLOSED, row, by, now)


def card(mandate_id: UUID, now: datetime) -> MandateCard | None:
    """The mandate, open or not; None for an unknown one."""
    return next(iter(_cards(Mandate.objects.filter(id=mandate_id), now)), None)


def cards(kind: str, now: datetime) -> list[MandateCard]:
    """Every mandate of a kind, the newest first."""
    return _cards(Mandate.objects.filter(kind=kind).order_by("-opened_at", "id"), now)


def _cards(rows: Iterable[Mandate], now: datetime) -> list[MandateCard]:
    return [_card(row, now) for row in rows]


def _card(row: Mandate, now: datetime) -> MandateCard:
    persons = MandatePerson.objects.filter(naming(now), mandate=row)
    held = MandateCall.objects.filter(mandate=row)
    return MandateCard(
        id=row.id,
        kind=row.kind,
        reference=row.reference,
        cap=row.cap,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        open=_is_open(row, now),
        persons=tuple(persons.order_by("valid_from", "id").values_list("person_id", flat=True)),
        calls=tuple(held.order_by("added_at", "id").values_list("call_id", flat=True)),
    )


def _is_open(row: Mandate, now: datetime) -> bool:
    return row.opened_at <= now < row.ends_at and (row.closed_at is None or now < row.closed_at)


def _open(mandate_id: UUID, now: datetime) -> Mandate:
    """The row, locked, so that nothing is added to what is being closed."""
    row = Mandate.objects.select_for_update().filter(id=mandate_id).first()
    if row is None:
        raise MandateError("There is no such thing any more.")
    if not _is_open(row, now):
        raise MandateError("It has ended. Open a new one.")
    return row


def _named(row: Mandate, person_id: UUID, now: datetime) -> QuerySet[MandatePerson]:
    return MandatePerson.objects.filter(naming(now), mandate=row, person_id=person_id)


def _log(kind: Kind, row: Mandate, by: str, now: datetime, **facts: Fact) -> None:
    given = {"kind": row.kind, "reference": row.reference, **facts}
    log.append(kind, actor=by, subject=row.id.hex, facts=given, now=now)
