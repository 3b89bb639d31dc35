"""Breaking the glass: one matter, some hours, told at once, and never more than the table."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import enter
from vaiti.access import correcting, emergencies, limits, mandates, permits
from vaiti.access.decide import Act, Facts, Named, Need, Opened, Relation, decide
from vaiti.access.doors import NotVisible, Refused, Unprepared, list_calls, see_call
from vaiti.access.emergency_rules import ROLES, EmergencyRules, Stands, fault
from vaiti.access.errors import MandateError
from vaiti.access.limits import Limits
from vaiti.access.models import Emergency, Listening
from vaiti.access.permit_rules import PermitRules
from vaiti.due import alarms
from vaiti.ops.listening_watch import watch_emergencies
from vaiti.people import enrol
from vaiti.people.models import Person, TrainingRecord, Undertaking
from vaiti.register.filters import Filters

REASON = "The police wait for this call until noon."
CASE, INCIDENT = "CASE-2026-9", "INC-2026-4"
HOUR = timedelta(hours=1)
SOON = NOW + timedelta(minutes=1)
Settle = Callable[..., None]


@pytest.fixture
def settle() -> Iterator[Settle]:
    """What the settings let an emergency stand for, and for whom."""
    before = limits.limits()

    def act(*stands_for: str, permits: PermitRules | None = None) -> None:
        rules = EmergencyRules(roles=ROLES, stands_for=stands_for or ("approval",))
        limits.install(Limits(permits=permits or PermitRules(), emergency=rules))

    yield act
    limits.install(before)


def matter(kind: str, reference: str, call: UUID, *people: Person) -> UUID:
    made = mandates.open_mandate(kind, reference, ends_at=NOW + 9 * HOUR, by="x", now=NOW)
    for person in people:
        mandates.name_person(made, person.id, by="x", now=NOW)
    mandates.add_call(made, call, by="x", now=NOW)
    return made


def opened(person: Person, reference: str, hours: int = 2) -> UUID:
    return emergencies.open_emergency(person.id, reference, REASON, hours, strong=True, now=NOW)


def test_by_default_nobody_opens_one(cast: Cast, entries: Entries) -> None:
    call = enter("anna.astrom")
    matter("case", CASE, call)
    for name in ("anna", "mikko", "rights_handler", "dpo", "administrator", "auditor"):
        with pytest.raises(NotVisible):
            opened(getattr(cast, name), CASE)
    assert not emergencies.waiting()


def test_n27_it_stands_for_being_named_for_some_hours_and_the_officer_is_told_at_once(
    cast: Cast, settle: Settle, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    settle("naming")
    call, other = enter("anna.astrom"), enter("anna.astrom")
    matter("case", CASE, call)
    why = {"purpose": "rights", "reference": CASE}
    with pytest.raises(NotVisible):
        open_leg(cast.rights_handler, call, **why)
    made = opened(cast.rights_handler, CASE)
    assert [one.id for one in emergencies.waiting()] == [made]
    opening = open_leg(cast.rights_handler, call, **why)
    for wrong in ({"reference": "CASE-1"}, {"purpose": "training"}):
        with pytest.raises(Refused):
            open_leg(cast.rights_handler, call, **(why | wrong))
    with pytest.raises(NotVisible):
        open_leg(cast.rights_handler, other, **why)
    with pytest.raises(NotVisible):
        resume(cast.rights_handler, opening, NOW + 2 * HOUR)
    (entry,) = entries("access:listening:opened")
    assert json.loads(entry.body)["facts"]["emergency"] == made.hex
    row = Emergency.objects.get()
    assert (row.used, row.reason, Listening.objects.get().emergency_id) == (1, REASON, made)
    (told,) = entries("access:emergency:opened")
    assert (told.actor, told.subject) == (cast.rights_handler.id.hex, made.hex)
    assert REASON not in told.body


def test_it_stands_for_the_approval_of_everyday_listening(
    cast: Cast, settle: Settle, open_leg: Open
) -> None:
    settle("approval", permits=PermitRules(purposes=("verify",)))
    call, other = enter("anna.astrom"), enter("anna.astrom")
    matter("case", CASE, call)
    why = {"purpose": "verify", "reference": CASE}
    opened(cast.mikko, CASE)
    assert open_leg(cast.mikko, call, **why)
    for wanted, reference in ((call, "2026-1"), (other, CASE)):
        with pytest.raises(Refused) as refusal:
            open_leg(cast.mikko, wanted, purpose="verify", reference=reference)
        assert refusal.value.needs == (Need.APPROVAL,)
    assert permits.inbox(cast.dpo.id, NOW).waiting == ()


def test_n07_the_second_person_of_security_is_replaced_only_where_the_settings_say_so(
    cast: Cast, settle: Settle, open_leg: Open
) -> None:
    call, why = enter("anna.astrom"), {"purpose": "security", "reference": INCIDENT}
    matter("incident", INCIDENT, call, cast.administrator)
    settle("approval", "naming", "training")
    opened(cast.administrator, INCIDENT)
    with pytest.raises(Refused) as refusal:
        open_leg(cast.administrator, call, **why)
    assert refusal.value.needs == (Need.SECOND_PERSON,)
    settle("second_person")
    assert open_leg(cast.administrator, call, **why).grant.purpose == "security"


def test_n31_training_is_replaced_only_by_setting_for_the_matters_calls_and_the_undertaking_never(
    cast: Cast, settle: Settle, open_leg: Open
) -> None:
    call, other = enter("anna.astrom"), enter("anna.astrom")
    why = {"purpose": "rights", "reference": CASE}
    person = cast.rights_handler
    made = matter("case", CASE, call, person)
    matter("case", "CASE-2", other, person)
    TrainingRecord.objects.filter(person=person).delete()
    settle("approval", "naming")
    opened(person, CASE)
    with pytest.raises(Unprepared):
        open_leg(person, call, **why)
    settle("training")
    assert see_call(person.id, call, NOW).legs
    assert open_leg(person, call, **why)
    row = Listening.objects.get()
    assert (row.training_id, row.emergency_id) == (None, Emergency.objects.get().id)
    with pytest.raises(Unprepared):
        open_leg(person, other, purpose="rights", reference="CASE-2")
    with pytest.raises(Unprepared):
        list_calls(person.id, Filters(zone=ZoneInfo("Europe/Helsinki")), None, NOW)
    Undertaking.objects.filter(person=person).update(valid_to=SOON)
    with pytest.raises(Unprepared):
        open_leg(person, call, now=SOON, **why)
    Undertaking.objects.filter(person=person).update(valid_to=NOW + HOUR)
    assert see_call(person.id, call, SOON).legs
    mandates.close(made, by="x", now=SOON)
    with pytest.raises(Unprepared):
        see_call(person.id, call, SOON)


def test_n27_it_opens_nothing_that_the_table_does_not_give_the_role(
    cast: Cast, settle: Settle, open_leg: Open
) -> None:
    settle(*Stands)
    call = enter("sofia.holm")
    matter("case", CASE, call)
    matter("incident", INCIDENT, call)
    for name, reference in (("mikko", CASE), ("administrator", CASE), ("rights_handler", INCIDENT)):
        person = getattr(cast, name)
        opened(person, reference)
        with pytest.raises(NotVisible):
            open_leg(person, call, purpose="rights", reference=reference)
    for name in ("anna", "oskar", "auditor", "assigner", "security_lead", "trainer"):
        with pytest.raises(NotVisible):
            opened(getattr(cast, name), CASE)


def test_an_emergency_reaches_no_further_than_being_named_and_approved() -> None:
    everything = frozenset(Stands)
    roles = ("service_agent", "manager", "rights_handler", "dpo", "trainer", "administrator")
    relations = (Relation.OWN, Relation.SUBORDINATES, Relation.TEST_LINE, Relation.UNASSIGNED)
    for role, relation, kind, purpose, reference in product(
        (*roles, "auditor", "security_lead", "assigner"),
        (None, *relations),
        (Relation.CASE, Relation.INCIDENT),
        ("", "verify", "rights", "training", "security"),
        ("", CASE, "2026-1"),
    ):
        mine = frozenset([relation]) if relation else frozenset()
        given = (Act.HEAR, True, frozenset([role]), mine, True, purpose, reference)
        asked = frozenset(product(("manager", "trainer"), ("verify", "rights", "training")))
        broken = Facts(
            *given,
            mandates=frozenset([Named(kind, CASE, emergency=True)]),
            sworn=True,
            asked_of=asked,
            emergencies=frozenset([Opened(CASE, everything)]),
        )
        proper = Facts(
            *given, mandates=frozenset([Named(kind, CASE, approved=True)]), trained=True, sworn=True
        )
        found = decide(broken)
        if found.allowed:
            assert decide(proper).allowed, broken
            assert reference == CASE, broken
        assert not decide(broken.without_emergencies()).allowed
        assert not decide(Facts(*given, emergencies=broken.emergencies)).allowed


def test_in_an_emergency_nothing_is_put_right(cast: Cast, settle: Settle) -> None:
    settle(*Stands)
    call = enter("anna.astrom")
    matter("case", CASE, call)
    opened(cast.rights_handler, CASE)
    assert not see_call(cast.rights_handler.id, call, NOW).corrects
    with pytest.raises(NotVisible):
        correcting.offer(cast.rights_handler.id, call, NOW)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strong": False}, "second factor"),
        ({"reference": "CASE-0"}, "No open case"),
        ({"reference": "ACT-1"}, "No open case"),
        ({"reason": "urgent"}, "10 to 500"),
        ({"reason": "Ring the customer at 040 123 4567 now."}, "without a number"),
        ({"hours": 5}, "no longer than"),
        ({"hours": 0}, "at least an hour"),
    ],
)
def test_what_is_not_fit_is_refused_with_an_entry(
    cast: Cast, settle: Settle, entries: Entries, changes: dict[str, object], said: str
) -> None:
    settle()
    matter("case", CASE, enter("anna.astrom"))
    mandates.open_mandate("activity", "ACT-1", ends_at=NOW + HOUR, by="x", now=NOW, cap=5)
    given = {"reference": CASE, "reason": REASON, "hours": 2, "strong": True} | changes
    with pytest.raises(MandateError, match=said):
        emergencies.open_emergency(cast.dpo.id, now=NOW, **given)  # type: ignore[arg-type]
    assert len(entries("access:emergency:refused")) == 1
    assert not Emergency.objects.exists()


def test_it_waits_and_is_an_alarm_until_somebody_else_has_looked(
    cast: Cast, settle: Settle, entries: Entries
) -> None:
    settle()
    matter("case", CASE, enter("anna.astrom"))
    made = opened(cast.dpo, CASE)
    with pytest.raises(MandateError, match="open already"):
        opened(cast.dpo, CASE)
    with pytest.raises(MandateError, match="yourself"):
        emergencies.look(cast.dpo.id, made, NOW)
    for name in ("auditor", "administrator", "mikko"):
        with pytest.raises(NotVisible):
            emergencies.look(getattr(cast, name).id, made, NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Emergency.objects.update(seen_by=cast.dpo)
    watch_emergencies(NOW)
    assert [(one.kind, one.key) for one in alarms.standing()] == [(emergencies.ALARM, made.hex)]
    emergencies.look(cast.security_lead.id, made, SOON)
    watch_emergencies(SOON)
    assert not alarms.standing()
    with pytest.raises(MandateError, match="already"):
        emergencies.look(cast.security_lead.id, made, SOON)
    theirs = opened(cast.mikko, CASE)
    with pytest.raises(NotVisible):
        emergencies.look(cast.security_lead.id, theirs, SOON)
    emergencies.look(cast.dpo.id, theirs, SOON)
    assert len(entries("access:emergency:seen")) == 2


def test_it_is_ended_at_once_by_whose_it_is_or_by_who_looks_and_with_the_role(
    cast: Cast, settle: Settle, open_leg: Open, resume: Resume
) -> None:
    settle("naming")
    call, why = enter("anna.astrom"), {"purpose": "rights", "reference": CASE}
    matter("case", CASE, call)
    for ends in (cast.dpo, cast.rights_handler):
        made = opened(cast.rights_handler, CASE)
        opening = open_leg(cast.rights_handler, call, **why)
        with pytest.raises(NotVisible):
            emergencies.end(cast.auditor.id, made, NOW)
        emergencies.end(ends.id, made, NOW)
        with pytest.raises(NotVisible):
            resume(cast.rights_handler, opening, NOW)
    opened(cast.rights_handler, CASE)
    enrol.end_role(cast.rights_handler.id, "rights_handler", by="system:init", now=SOON)
    with pytest.raises(NotVisible):
        open_leg(cast.rights_handler, call, now=SOON, **why)


def test_every_use_is_in_the_list_of_the_officer_and_of_the_auditor(
    cast: Cast, settle: Settle, entries: Entries
) -> None:
    settle()
    call = enter("anna.astrom")
    matter("case", CASE, call)
    opened(cast.mikko, CASE)
    for name in ("dpo", "security_lead", "auditor"):
        (card,) = emergencies.emergencies(getattr(cast, name).id, NOW).cards
        assert (card.person, card.reference, card.reason) == ("Mikko Mäkinen", CASE, REASON)
        assert card.calls == ()
        assert card.may_look == (name == "dpo")
    (own,) = emergencies.emergencies(cast.mikko.id, NOW).cards
    assert own.calls == (call,)
    assert emergencies.emergencies(cast.henrik.id, NOW).cards == ()
    with pytest.raises(NotVisible):
        emergencies.emergencies(cast.anna.id, NOW)
    assert len(entries("access:emergencies:listed")) == 5


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (EmergencyRules(roles=("auditor",)), "never open"),
        (EmergencyRules(roles=("service_agent",)), "never open"),
        (EmergencyRules(stands_for=("undertaking",)), "stands_for lists"),
        (EmergencyRules(roles=("dpo",), stands_for=()), "change nothing"),
        (EmergencyRules(longest_hours=25), "from 1 to 24"),
    ],
)
def test_n34_a_setting_that_would_go_further_is_refused(rules: EmergencyRules, said: str) -> None:
    assert said in fault(rules)
    assert not fault(EmergencyRules())
