"""A second person's approval before another's call is heard, where the settings want one."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from access_world import Entries, Open, Resume
from cast import NOW, SINCE, Cast
from manifests import enter
from vaiti.access import limits, mandates, permits
from vaiti.access.doors import Need, NotVisible, Refused, see_call
from vaiti.access.errors import MandateError
from vaiti.access.limits import Limits
from vaiti.access.models import Permit
from vaiti.access.permit_rules import MOVES, PermitRules, State, Word, fault, may_answer, state_at
from vaiti.people import enrol, returning
from vaiti.people.models import Membership, Person
from vaiti.register import calls
from vaiti.register.models import Call

REFERENCE = "2026-118"
WHY = {"purpose": "verify", "reference": REFERENCE}
SOON = NOW + timedelta(minutes=1)
RULES = PermitRules(purposes=("verify", "training"))


@pytest.fixture
def wanted() -> Iterator[None]:
    before = limits.limits()
    limits.install(Limits(permits=RULES))
    yield
    limits.install(before)


@pytest.fixture
def boss(cast: Cast, wanted: None) -> Person:
    """Eeva, who leads the team in which Mikko is a member."""
    Membership.objects.create(person=cast.mikko, team=cast.team_3, leads=False, valid_from=SINCE)
    return cast.eeva


def ask(person: Person, call: UUID, now: datetime = NOW, reference: str = REFERENCE) -> UUID:
    return permits.ask(person.id, calls.legs(call)[0].id, "verify", reference, now)


def state_of(person: Person, call: UUID, now: datetime) -> State:
    return see_call(person.id, call, now).permits[0].state


def test_n29_a_manager_hears_once_a_second_person_has_said_yes_and_only_so(
    cast: Cast, boss: Person, open_leg: Open, entries: Entries
) -> None:
    call, other = enter("anna.astrom"), enter("anna.astrom")
    with pytest.raises(Refused) as refusal:
        open_leg(cast.mikko, call, **WHY)
    assert refusal.value.needs == (Need.APPROVAL,)
    asked = ask(cast.mikko, call)
    (waiting,) = permits.inbox(boss.id, NOW).waiting
    assert (waiting.id, waiting.purpose, waiting.reference) == (asked, "verify", REFERENCE)
    permits.answer(boss.id, asked, "yes", "", SOON)
    assert open_leg(cast.mikko, call, now=SOON, **WHY).grant.purpose == "verify"
    for changes in ({"reference": "2026-119"}, {"purpose": "training"}):
        with pytest.raises(Refused):
            open_leg(cast.mikko, call, now=SOON, **(WHY | changes))
    with pytest.raises(Refused):
        open_leg(cast.mikko, other, now=SOON, **WHY)
    assert open_leg(cast.mikko, other, now=SOON, purpose="rights", reference=REFERENCE)
    (given,) = entries("access:permit:given")
    assert (given.actor, given.subject) == (boss.id.hex, call.hex)
    facts = {"permit": asked.hex, "person": cast.mikko.id.hex, **WHY, "answer": "yes"}
    assert json.loads(given.body)["facts"] == facts
    opened = [json.loads(one.body)["facts"] for one in entries("access:listening:opened")]
    by_purpose = {one["purpose"]: one.get("permit") for one in opened}
    assert by_purpose == {"verify": asked.hex, "rights": None}


def test_a_yes_ends_in_its_time_and_when_it_is_taken_back_the_sound_stops(
    cast: Cast, boss: Person, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    call = enter("anna.astrom")
    permits.answer(boss.id, ask(cast.mikko, call), "yes", "", NOW)
    last = NOW + RULES.lasts - timedelta(microseconds=1)
    opening = open_leg(cast.mikko, call, now=last, **WHY)
    with pytest.raises(NotVisible):
        resume(cast.mikko, opening, NOW + RULES.lasts)
    assert state_of(cast.mikko, call, NOW + RULES.lasts) is State.OVER
    again = ask(cast.mikko, call, NOW + RULES.lasts)
    later = NOW + RULES.lasts + timedelta(minutes=1)
    permits.answer(boss.id, again, "yes", "", later)
    opening = open_leg(cast.mikko, call, now=later, **WHY)
    permits.answer(boss.id, again, "back", "", later)
    with pytest.raises(NotVisible):
        resume(cast.mikko, opening, later)
    assert state_of(cast.mikko, call, later) is State.WITHDRAWN
    assert len(entries("access:permit:withdrawn")) == 1
    with pytest.raises(MandateError, match="any more"):
        permits.answer(boss.id, again, "back", "", later)


def test_a_no_has_a_reason_that_the_one_who_asked_reads(cast: Cast, boss: Person) -> None:
    call = enter("anna.astrom")
    asked = ask(cast.mikko, call)
    with pytest.raises(MandateError, match="asked already"):
        ask(cast.mikko, call)
    for reason in ("", "ring 040 123 4567"):
        with pytest.raises(MandateError, match="Say why"):
            permits.answer(boss.id, asked, "no", reason, NOW)
    permits.answer(boss.id, asked, "no", "The case is closed.", NOW)
    (own,) = permits.inbox(cast.mikko.id, NOW).own
    assert (own.state, own.by, own.reason) == (State.REFUSED, boss.name, "The case is closed.")
    assert ask(cast.mikko, call, SOON) != asked


def test_nobody_answers_for_themselves_nor_for_those_whom_they_do_not_lead(
    cast: Cast, boss: Person, entries: Entries
) -> None:
    call = enter("anna.astrom")
    asked = ask(cast.mikko, call)
    for name in ("mikko", "henrik", "anna", "oskar", "dpo", "security_lead", "administrator"):
        person = getattr(cast, name)
        with pytest.raises(NotVisible):
            permits.answer(person.id, asked, "yes", "", NOW)
        assert permits.inbox(person.id, NOW).waiting == ()
    with pytest.raises(IntegrityError), transaction.atomic():
        Permit.objects.update(answered_by=cast.mikko)
    assert entries("access:permit:given") == []


def test_where_nobody_leads_the_one_who_asks_the_officer_answers(
    cast: Cast, wanted: None, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    asked = ask(cast.mikko, call)
    with pytest.raises(NotVisible):
        permits.answer(cast.eeva.id, asked, "yes", "", NOW)
    permits.answer(cast.dpo.id, asked, "yes", "", NOW)
    assert open_leg(cast.mikko, call, **WHY)
    enrol.end_role(cast.dpo.id, "dpo", by="system:init", now=NOW)
    with pytest.raises(MandateError, match="Nobody is here"):
        ask(cast.mikko, call, SOON, "2026-119")


def test_an_approval_gives_no_right_that_was_not_there(
    cast: Cast, boss: Person, open_leg: Open
) -> None:
    """Asked for and given while Anna was his; a right that ends ends it, whoever approved."""
    call, foreign = enter("anna.astrom"), enter("sofia.holm")
    for stranger in (cast.auditor, cast.leila, cast.dpo):
        with pytest.raises(NotVisible):
            ask(stranger, call)
    with pytest.raises(NotVisible):
        ask(cast.mikko, foreign)
    permits.answer(boss.id, ask(cast.mikko, call), "yes", "", NOW)
    Permit.objects.create(
        call_id=foreign, person=cast.mikko, **WHY, asked_at=NOW, state="given",
        ends_at=NOW + RULES.lasts, answered_by=boss, answered_at=NOW,
    )  # fmt: skip
    Membership.objects.filter(person=cast.anna).update(valid_to=SOON)
    for each in (call, foreign):
        with pytest.raises(NotVisible):
            open_leg(cast.mikko, each, now=SOON, **WHY)


def test_a_trainer_asks_too_and_own_calls_need_nobody(
    cast: Cast, wanted: None, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    made = mandates.open_mandate(
        "activity", "ACT-1", ends_at=NOW + timedelta(days=1), by="x", now=NOW, cap=5
    )
    mandates.name_person(made, cast.trainer.id, by="x", now=NOW)
    mandates.add_call(made, call, by="x", now=NOW)
    with pytest.raises(Refused) as refusal:
        open_leg(cast.trainer, call, purpose="training", reference="ACT-1")
    assert refusal.value.needs == (Need.APPROVAL,)
    assert open_leg(cast.anna, call)
    with pytest.raises(MandateError, match="need no approval"):
        permits.ask(cast.anna.id, calls.legs(call)[0].id, "verify", "", NOW)


def test_by_default_nobody_asks_and_more_than_the_approval_is_said_first(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    assert open_leg(cast.mikko, call, **WHY)
    with pytest.raises(Refused) as refusal:
        ask(cast.mikko, call, reference="")
    assert refusal.value.needs == (Need.REFERENCE,)
    assert not Permit.objects.exists()


def test_n18_a_request_dies_with_its_call(cast: Cast, boss: Person) -> None:
    call = enter("anna.astrom")
    ask(cast.mikko, call)
    Call.objects.filter(id=call).delete()
    assert not Permit.objects.exists()


def test_the_life_of_a_request_is_a_table_in_which_nothing_comes_back() -> None:
    ends = {State.REFUSED, State.WITHDRAWN, State.OVER}
    assert {state for state, _ in MOVES} == set(State) - ends
    assert {MOVES[one] for one in MOVES} == set(State) - {State.WAITING}
    for state in State:
        assert state_at(state, NOW, NOW) is (state if state in ends else State.OVER)
        assert state_at(state, SOON, NOW) is state
    assert (State.WAITING, Word.BACK) not in MOVES


def test_whoever_answers_is_never_the_one_who_asked() -> None:
    everything = product(("leader", "dpo"), ("manager", "dpo", "agent"), *[(False, True)] * 3)
    for answers, role, oneself, leads, led in everything:
        rules = PermitRules(answers=answers)
        may = may_answer(rules, {role}, oneself=oneself, leads=leads, led=led)
        by_lead = answers == "leader" and led and leads and role == "manager"
        by_office = role == "dpo" and (answers == "dpo" or not led)
        assert may == (not oneself and (by_lead or by_office))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (PermitRules(purposes=("security",)), "always asked"),
        (PermitRules(roles=("auditor",)), "roles lists"),
        (PermitRules(answers="anybody"), "answers is"),
        (PermitRules(lasts_hours=0), "from 1 to 168"),
    ],
)
def test_a_setting_that_would_weaken_it_is_refused(rules: PermitRules, said: str) -> None:
    assert said in fault(rules)
    assert not fault(PermitRules())


def test_a_yes_of_before_does_not_come_back_with_who_comes_back(
    cast: Cast, boss: Person, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    permits.answer(boss.id, ask(cast.mikko, call), "yes", "", NOW)
    assert open_leg(cast.mikko, call, **WHY)
    enrol.depart(cast.mikko.id, by="system:init", now=NOW, at=SOON)
    back = SOON + timedelta(minutes=1)
    returning.come_back(cast.mikko.id, by="system:init", now=back)
    enrol.grant_role(cast.mikko.id, "manager", by="system:init", now=back)
    Membership.objects.create(person=cast.mikko, team=cast.team_1, leads=True, valid_from=back)
    with pytest.raises(Refused) as refusal:
        open_leg(cast.mikko, call, now=back, **WHY)
    assert refusal.value.needs == (Need.APPROVAL,)
