"""Incidents and the second person's word without which nobody hears for security (N-07)."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import enter
from vaiti.access import approvals, incidents, mandates
from vaiti.access.approvals import LASTS, WAITS, State
from vaiti.access.doors import Need, NotVisible, Refused
from vaiti.access.errors import MandateError
from vaiti.access.models import Approval, Mandate
from vaiti.people import enrol
from vaiti.people.models import Person, Role, RoleKind
from vaiti.register.models import Call

REFERENCE = "INC-2026-4"
REASON = {"purpose": "security", "reference": REFERENCE}
SOON = NOW + timedelta(minutes=1)


def opened(cast: Cast, *people: Person, calls: tuple[UUID, ...] = ()) -> UUID:
    lead = cast.security_lead.id
    made = incidents.open_incident(lead, REFERENCE, 30, NOW)
    for person in people:
        incidents.name_person(lead, made, person.id, NOW)
    for call in calls:
        incidents.add_call(lead, made, call, NOW)
    return made


def approved(cast: Cast, incident: UUID, person: Person, call: UUID) -> UUID:
    asked = approvals.ask(person.id, incident, call, NOW)
    approvals.answer(cast.security_lead.id, asked, allow=True, now=SOON)
    return asked


@pytest.mark.parametrize("name", ["administrator", "dpo"])
def test_n07_security_is_heard_in_an_incident_once_a_second_person_has_approved(
    cast: Cast, open_leg: Open, entries: Entries, name: str
) -> None:
    person, call, other = getattr(cast, name), enter("anna.astrom"), enter("anna.astrom")
    incident = opened(cast, person, calls=(call, other))
    with pytest.raises(Refused) as refusal:
        open_leg(person, call, **REASON)
    assert refusal.value.needs == (Need.SECOND_PERSON,)
    asked = approved(cast, incident, person, call)
    opening = open_leg(person, call, now=SOON, **REASON)
    assert opening.grant.purpose == "security"
    with pytest.raises(Refused):
        open_leg(person, other, now=SOON, **REASON)
    (entry,) = entries("access:approval:given")
    assert (entry.actor, entry.subject) == (cast.security_lead.id.hex, call.hex)
    assert json.loads(entry.body)["facts"] == {
        "reference": REFERENCE,
        "approval": asked.hex,
        "person": person.id.hex,
        "answer": "yes",
    }


def test_n07_nobody_approves_what_they_asked_for(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    incident = opened(cast, cast.dpo, calls=(call,))
    asked = approvals.ask(cast.dpo.id, incident, call, NOW)
    with pytest.raises(MandateError, match="never the one who asked"):
        approvals.answer(cast.dpo.id, asked, allow=True, now=NOW)
    (entry,) = entries("access:approval:refused")
    assert json.loads(entry.body)["facts"]["answer"] == "oneself"
    assert approvals.inbox(cast.dpo.id, NOW).waiting == ()
    assert [one.id for one in approvals.inbox(cast.security_lead.id, NOW).waiting] == [asked]
    with pytest.raises(Refused):
        open_leg(cast.dpo, call, **REASON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.update(decided_by=cast.dpo, decided_at=NOW, allowed=True)


def test_n07_a_refusal_is_seen_by_who_asked_and_may_be_asked_again(
    cast: Cast, open_leg: Open
) -> None:
    call, person = enter("anna.astrom"), cast.administrator
    incident = opened(cast, person, calls=(call,))
    asked = approvals.ask(person.id, incident, call, NOW)
    with pytest.raises(MandateError, match="asked already"):
        approvals.ask(person.id, incident, call, NOW)
    approvals.answer(cast.dpo.id, asked, allow=False, now=NOW)
    (own,) = approvals.inbox(person.id, NOW).own
    assert (own.state, own.by, own.reference) == (State.REFUSED, "Daniel Ek", REFERENCE)
    with pytest.raises(Refused):
        open_leg(person, call, **REASON)
    approvals.ask(person.id, incident, call, SOON)
    view = incidents.incident(person.id, incident, SOON)
    assert view.asked[call].state is State.WAITING


def test_an_answer_comes_in_time_or_not_at_all_and_a_yes_ends_after_a_day(
    cast: Cast, open_leg: Open
) -> None:
    call, person = enter("anna.astrom"), cast.administrator
    incident = opened(cast, person, calls=(call,))
    asked = approvals.ask(person.id, incident, call, NOW)
    late = NOW + WAITS
    assert approvals.inbox(cast.dpo.id, late).waiting == ()
    assert approvals.inbox(person.id, late).own[0].state is State.OVER
    with pytest.raises(NotVisible):
        approvals.answer(cast.dpo.id, asked, allow=True, now=late)
    again = approvals.ask(person.id, incident, call, late)
    approvals.answer(cast.dpo.id, again, allow=True, now=late)
    with pytest.raises(MandateError, match="have the approval"):
        approvals.ask(person.id, incident, call, late)
    open_leg(person, call, now=late + LASTS - timedelta(microseconds=1), **REASON)
    with pytest.raises(Refused):
        open_leg(person, call, now=late + LASTS, **REASON)


@pytest.mark.parametrize("name", ["anna", "mikko", "administrator", "auditor", "trainer"])
def test_only_the_officer_and_the_security_lead_open_and_answer(cast: Cast, name: str) -> None:
    person, call = getattr(cast, name), enter("anna.astrom")
    incident = opened(cast, cast.administrator, calls=(call,))
    asked = approvals.ask(cast.administrator.id, incident, call, NOW)
    for attempt in (
        lambda: incidents.open_incident(person.id, "INC-2", 30, NOW),
        lambda: incidents.name_person(person.id, incident, person.id, NOW),
        lambda: incidents.release_person(person.id, incident, cast.administrator.id, NOW),
        lambda: incidents.add_call(person.id, incident, call, NOW),
        lambda: incidents.remove_call(person.id, incident, call, NOW),
        lambda: incidents.close_incident(person.id, incident, NOW),
        lambda: approvals.answer(person.id, asked, allow=True, now=NOW),
    ):
        with pytest.raises(NotVisible):
            attempt()
    assert approvals.inbox(person.id, NOW).waiting == ()


def test_an_incident_is_seen_by_those_it_names_and_by_those_who_lead_it(cast: Cast) -> None:
    incident = opened(cast, cast.administrator)
    for person in (cast.administrator, cast.dpo, cast.security_lead):
        assert incidents.incident(person.id, incident, NOW).card.reference == REFERENCE
    for person in (cast.anna, cast.mikko, cast.auditor):
        with pytest.raises(NotVisible):
            incidents.incident(person.id, incident, NOW)
        assert incidents.incidents(person.id, NOW) == ((), False)
    incidents.release_person(cast.dpo.id, incident, cast.administrator.id, NOW)
    with pytest.raises(NotVisible):
        incidents.incident(cast.administrator.id, incident, NOW)


def test_a_case_is_not_opened_up_as_an_incident(cast: Cast) -> None:
    case = mandates.open_mandate(
        "case", "CASE-1", ends_at=NOW + timedelta(days=1), by="system:rights", now=NOW
    )
    with pytest.raises(NotVisible):
        incidents.add_call(cast.dpo.id, case, enter("anna.astrom"), NOW)
    with pytest.raises(NotVisible):
        incidents.incident(cast.dpo.id, case, NOW)


def test_nobody_asks_for_a_call_that_the_incident_does_not_give_them(cast: Cast) -> None:
    call, other = enter("anna.astrom"), enter("anna.astrom")
    incident = opened(cast, cast.administrator, cast.auditor, calls=(call,))
    for person, wanted in (
        (cast.administrator, other),
        (cast.administrator, uuid4()),
        (cast.auditor, call),
        (cast.mikko, call),
    ):
        with pytest.raises(NotVisible):
            approvals.ask(person.id, incident, wanted, NOW)
    with pytest.raises(NotVisible):
        approvals.ask(cast.administrator.id, uuid4(), call, NOW)
    assert not Approval.objects.exists()


def test_n07_a_manager_too_needs_the_incident_and_the_second_person(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    with pytest.raises(Refused):
        open_leg(cast.mikko, call, **REASON)
    incident = opened(cast, cast.mikko, calls=(call,))
    with pytest.raises(Refused) as refusal:
        open_leg(cast.mikko, call, **REASON)
    assert refusal.value.needs == (Need.SECOND_PERSON,)
    approved(cast, incident, cast.mikko, call)
    assert open_leg(cast.mikko, call, now=SOON, **REASON).grant.purpose == "security"


def test_an_answer_is_worth_nothing_when_the_approver_was_not_one(cast: Cast) -> None:
    call, person = enter("anna.astrom"), cast.administrator
    incident = opened(cast, person, calls=(call,))
    asked = approvals.ask(person.id, incident, call, NOW)
    enrol.end_role(cast.security_lead.id, "security_lead", by="system:init", now=NOW)
    with pytest.raises(NotVisible):
        approvals.answer(cast.security_lead.id, asked, allow=True, now=SOON)


def test_an_approver_with_the_role_of_those_who_ask_still_needs_another(
    cast: Cast, open_leg: Open
) -> None:
    call, person = enter("anna.astrom"), cast.administrator
    Role.objects.create(person=person, kind=RoleKind.DPO, valid_from=NOW, granted_by="x")
    incident = opened(cast, person, calls=(call,))
    asked = approvals.ask(person.id, incident, call, SOON)
    with pytest.raises(MandateError):
        approvals.answer(person.id, asked, allow=True, now=SOON)
    with pytest.raises(Refused):
        open_leg(person, call, now=SOON, **REASON)


def test_n18_requests_and_approvals_die_with_the_call(cast: Cast) -> None:
    call = enter("anna.astrom")
    incident = opened(cast, cast.administrator, calls=(call,))
    approved(cast, incident, cast.administrator, call)
    Call.objects.filter(id=call).delete()
    assert not Approval.objects.exists()
    assert Mandate.objects.filter(id=incident).exists()


@pytest.mark.django_db(transaction=True)
def test_n07_an_incident_opens_where_nothing_else_holds_a_transaction(cast: Cast) -> None:
    """As over HTTP: each look brings the transaction of its own entry."""
    incident = opened(cast, cast.administrator)
    found, _ = incidents.incidents(cast.administrator.id, NOW)
    view = incidents.incident(cast.administrator.id, incident, NOW)
    assert [one.id for one in found] == [view.card.id] == [incident]
