"""The person's calls found: by mask, time, line and direction, or without a number by time alone.

A call that is named is held at once, and the case's mandate gives it to the handler. One candidate
at a time is looked at until it is confirmed or dropped: nobody listens through strangers' calls.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access import holding, mandates
from vaiti.access.errors import MandateError
from vaiti.audit.kinds import Kind
from vaiti.register import calls, referred
from vaiti.register import candidates as book
from vaiti.register import holding as held_by
from vaiti.register import holds as held
from vaiti.register.candidates import Candidates, Sought
from vaiti.register.hold_rules import Draft, HoldKind, HoldRefused, Time
from vaiti.retention import holds
from vaiti.rights import keeping, stopping
from vaiti.rights.asking import State, needs_identity
from vaiti.rights.case_holds import HELD, REASON, REVIEWED, end_hold
from vaiti.rights.case_models import Case, CaseCall
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import move, note, open_case, save
from vaiti.rights.intake import number_of, reference_in
from vaiti.vault.keyclient import KeyClient

MANDATED = timedelta(days=365)


def search(person_id: UUID, case_id: UUID, sought: Sought, now: datetime) -> Candidates:
    """Counts, and rows only when few are left. Raises as handling does."""
    with open_case(person_id, case_id, now) as row:
        _searchable(row)
        if not sought.narrow:
            raise CaseRefused("about_days")
        found = book.candidates(sought, now)
        note(Kind.RIGHTS_CALLS_SEARCHED, row, person_id, now, **found.told(sought))
    return found


def name_call(
    person_id: UUID, case_id: UUID, call_id: UUID, sought: Sought, *, keys: KeyClient, now: datetime
) -> None:
    """Takes one of the calls found as the candidate: it is held, and may be heard to confirm it."""
    found = search(person_id, case_id, sought, now)
    if call_id not in {one.id for one in found.rows}:
        raise CaseRefused("not_found")
    _name(person_id, case_id, call_id, keys, now)


def name_by_reference(
    person_id: UUID, case_id: UUID, typed: str, *, keys: KeyClient, now: datetime
) -> None:
    """Takes the one call of this reference. One of a destroyed call is refused as one that nobody
    was ever given."""
    reference = reference_in(typed)
    with open_case(person_id, case_id, now) as row:
        _searchable(row)
        found = referred.find(reference, now) if reference else None
        there = int(found is not None)
        note(Kind.RIGHTS_CALLS_SEARCHED, row, person_id, now, by="reference", found=there)
    if found is None:
        raise CaseRefused("no_reference")
    _name(person_id, case_id, found.id, keys, now)


def _name(person_id: UUID, case_id: UUID, call_id: UUID, keys: KeyClient, now: datetime) -> None:
    with open_case(person_id, case_id, now) as row:
        known = CaseCall.objects.filter(case=row)
        if known.filter(call=call_id, hold__isnull=False).exists():
            raise CaseRefused("named")
        if known.filter(confirmed=False).exclude(call=call_id).exists():
            raise CaseRefused("one_at_a_time")
        mandate = _mandate(row, person_id, now)
        kept = keeping.take_over(row, call_id, person_id, now)
        narrowed = any(one.call.narrowed(now) for one in calls.legs(call_id))
        if call_id not in mandate.calls and not (kept and narrowed):
            _give(mandate.id, call_id, person_id, now)
        by = {"named_by": person_id.hex, "named_at": now}
        CaseCall.objects.get_or_create(case=row, call=call_id, defaults=by)
        note(Kind.RIGHTS_CALL_NAMED, row, person_id, now, call=call_id.hex)
        time = Time(now + REVIEWED, now + HELD)
        reference = number_of(row.year, row.serial)
        draft = Draft(HoldKind.REQUEST.value, reference, person_id, time, REASON)
    hold = kept or _hold(draft, call_id, keys, now)
    CaseCall.objects.filter(case_id=case_id, call=call_id).update(hold=hold)


def _hold(draft: Draft, call_id: UUID, keys: KeyClient, now: datetime) -> UUID:
    """In its own transactions: keys move first (retention.holds). Named again, it is done again."""
    try:
        return holds.place(holding.may_place(draft.owner, draft, [call_id], now), keys, now)
    except HoldRefused as error:
        raise CaseRefused("not_held") from error


def confirm(person_id: UUID, case_id: UUID, call_id: UUID, now: datetime) -> None:
    """It is the person's own, by what they knew of it."""
    with open_case(person_id, case_id, now) as row:
        mine = CaseCall.objects.filter(case=row, call=call_id, confirmed=False, hold__isnull=False)
        if not mine.update(confirmed=True):
            raise CaseRefused("not_found")
        note(Kind.RIGHTS_CALL_CONFIRMED, row, person_id, now, call=call_id.hex)
        stopping.at_once(row, call_id, person_id.hex, now)


def drop(person_id: UUID, case_id: UUID, call_id: UUID, now: datetime) -> None:
    """It is somebody else's: nobody of the case hears it any more, and its hold ends."""
    with open_case(person_id, case_id, now) as row:
        mine = CaseCall.objects.filter(case=row, call=call_id).first()
        if mine is None or row.state not in (State.RECEIVED, State.IDENTIFIED):
            raise CaseRefused("not_found")
        if row.mandate is not None:
            card = mandates.card(row.mandate, now)
            if card is not None and call_id in card.calls:
                mandates.remove_call(row.mandate, call_id, by=person_id.hex, now=now)
        end_hold(mine, person_id.hex, "Not the person's call.", now)
        mine.delete()
        note(Kind.RIGHTS_CALL_DROPPED, row, person_id, now, call=call_id.hex)


def join(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """Another handler goes on with the case, and sees its calls; those past their day are seen by
    whoever their hold is of."""
    with open_case(person_id, case_id, now) as row:
        _mandate(row, person_id, now)
        for one in CaseCall.objects.filter(case=row, hold__isnull=False):
            card = held.card(one.hold, now) if one.hold is not None else None
            if card is not None and card.stands:
                held_by.hand_over(card.id, person_id, by=person_id.hex, now=now)


def move_to_searched(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """With what was found, which may be nothing."""
    with open_case(person_id, case_id, now) as row:
        rows = CaseCall.objects.filter(case=row)
        if rows.filter(confirmed=False).exists():
            raise CaseRefused("one_at_a_time")
        keeping.release(row, person_id.hex, now)
        move(row, State.SEARCHED, person_id, now, calls=rows.count())


def _searchable(row: Case) -> None:
    if row.state != State.IDENTIFIED or not needs_identity(row.asked):
        raise CaseRefused("state")


def _mandate(row: Case, person_id: UUID, now: datetime) -> mandates.MandateCard:
    """The case's, opened if there is none, with this person named in it."""
    by = person_id.hex
    try:
        if row.mandate is None:
            reference = number_of(row.year, row.serial)
            end = now + MANDATED
            row.mandate = mandates.open_mandate("case", reference, ends_at=end, by=by, now=now)
            save(row, "mandate")
        card = mandates.card(row.mandate, now)
        if card is None or person_id not in card.persons:
            mandates.name_person(row.mandate, person_id, by=by, now=now)
            card = mandates.card(row.mandate, now)
    except MandateError as error:
        raise CaseRefused("mandate") from error
    if card is None:
        raise CaseRefused("mandate")
    return card


def _give(mandate: UUID, call_id: UUID, person_id: UUID, now: datetime) -> None:
    try:
        mandates.add_call(mandate, call_id, by=person_id.hex, now=now)
    except MandateError as error:
        raise CaseRefused("not_kept") from error


def drop_mandate(row: Case, by: str, now: datetime) -> None:
    card = mandates.card(row.mandate, now) if row.mandate is not None else None
    if card is not None and card.open:
        with transaction.atomic():
            mandates.close(card.id, by=by, now=now)
