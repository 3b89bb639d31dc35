"""Keeps what may be the person's from the request's arrival on, until somebody has looked (N-36).

A request in time counts though the call's day comes before anybody has searched: a company was
fined for answering that the recordings no longer existed. Kept are only calls whose day would come
while the case is open, and only where number and days leave few; with more, it is an alarm. A
call's reference leaves one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.due import alarms
from vaiti.notice import versions
from vaiti.people import book
from vaiti.register import candidates, holding, referred
from vaiti.register import holds as held
from vaiti.register.calls import legs_of
from vaiti.register.candidates import Sought
from vaiti.register.hold_rules import Draft, HoldKind, Placing, Time
from vaiti.retention import holds
from vaiti.rights.asking import Capacity, State, needs_identity
from vaiti.rights.case_alarms import DAY_COMES
from vaiti.rights.case_holds import HELD, REASON, REVIEWED, end_hold_of
from vaiti.rights.case_models import Case, CaseCall, KeptCall
from vaiti.rights.handlers import HANDLER, OFFICER
from vaiti.rights.promised import reference_of
from vaiti.vault.keyclient import KeyClient

ACTOR = "system:rights"
COMES = timedelta(days=100)
"""Longer than any case is open, extension and all."""
SOON = timedelta(days=14)
WIDEST = timedelta(days=31)


def keep_pending(keys: KeyClient, now: datetime) -> int:
    """For the worker: how many calls are kept now that were not. Raises as holds.place does."""
    kept, hurry = 0, set[str]()
    for row in Case.objects.filter(state__in=(State.RECEIVED, State.IDENTIFIED)).order_by("id"):
        if row.call_reference and needs_identity(row.asked):
            named = referred.find(row.call_reference, now)
            kept += _keep(row, [named.id] if named else [], keys, now)
        sought = _sought(row, now)
        if sought is None:
            continue
        found = candidates.candidates(sought, now)
        kept += _keep(row, [one.id for one in found.rows], keys, now)
        if found.count > len(found.rows) and candidates.first_due(sought, now) <= now + SOON:
            hurry.add(row.id.hex)
    _tell(hurry, now)
    return kept


def _sought(row: Case, now: datetime) -> Sought | None:
    """The days that the person named, by the notice's clock; None where they name too little."""
    begins, ends = row.about_from, row.about_to or row.about_from
    if begins is None or ends is None or not needs_identity(row.asked):
        return None
    if row.capacity == Capacity.STAFF or ends - begins > WIDEST or "*" not in row.customer:
        return None
    zone = versions.zone_at(now) or ZoneInfo("UTC")
    return Sought(
        begins=datetime.combine(begins, time.min, zone).astimezone(UTC),
        ends=datetime.combine(ends + timedelta(days=1), time.min, zone).astimezone(UTC),
        customer=row.customer,
        line_number=row.line_number,
        direction=row.direction,
    )


def _keep(row: Case, found: Iterable[UUID], keys: KeyClient, now: datetime) -> int:
    known = {*_calls(row, KeptCall), *_calls(row, CaseCall)}
    coming = {leg.call.id for leg in legs_of(found, now) if leg.call.due_at <= now + COMES} - known
    owner = _owner(row, now)
    for call in sorted(coming if owner else ()):
        assert owner is not None
        time_ = Time(now + REVIEWED, now + HELD)
        draft = Draft(HoldKind.REQUEST.value, reference_of(row), owner, time_, REASON)
        hold = holds.place(Placing(ACTOR, draft, (call,)), keys, now)
        KeptCall.objects.create(case=row, call=call, hold=hold, kept_at=now)
    return len(coming) if owner else 0


def _calls(row: Case, model: "type[KeptCall | CaseCall]") -> Iterable[UUID]:
    return model.objects.filter(case=row).values_list("call", flat=True)


def _owner(row: Case, now: datetime) -> UUID | None:
    """Who took it in, or else a handler, or the officer; whoever names the call takes it over."""
    there = {one.id: one.roles for one in book.persons(now)}
    by = row.registered_by
    if any(one.hex == by and HANDLER in roles for one, roles in there.items()):
        return UUID(hex=by)
    for role in (HANDLER, OFFICER):
        if some := sorted(one for one, roles in there.items() if role in roles):
            return some[0]
    return None


def _tell(hurry: set[str], now: datetime) -> None:
    with transaction.atomic():
        for key in hurry:
            alarms.raise_alarm(DAY_COMES, key, "", now)
        for one in alarms.standing():
            if one.kind == DAY_COMES and one.key not in hurry:
                alarms.clear(DAY_COMES, one.key, now)


def take_over(row: Case, call: UUID, person_id: UUID, now: datetime) -> UUID | None:
    """The hold that keeps the call already, now of whoever names it; None without one."""
    kept = KeptCall.objects.filter(case=row, call=call).first()
    card = held.card(kept.hold, now) if kept is not None else None
    if card is None or not card.stands:
        return None
    holding.hand_over(card.id, person_id, by=person_id.hex, now=now)
    return card.id


def release(row: Case, by: str, now: datetime) -> None:
    """What nobody has named is let go: its day may be past, and then it is destroyed at once."""
    named = set(_calls(row, CaseCall))
    for one in KeptCall.objects.filter(case=row).exclude(call__in=named):
        end_hold_of(one.hold, by, "Not among the person's calls.", now)
