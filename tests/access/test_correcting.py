"""N-37: a wrong agent, line or direction is put right, with what stood before."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import TEST_LINE, enter
from vaiti.access import correcting, doors, mandates
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.due import alarms
from vaiti.people.models import Person, Role, TrainingRecord
from vaiti.people.seats import FeedRules
from vaiti.register import calls, unassigned
from vaiti.register.corrections import CorrectionRefused
from vaiti.register.filters import Filters
from vaiti.register.models import Call, Correction, Leg, State

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
STRANGE = "room-17"

pytestmark = pytest.mark.django_db


def give(by: Person, call: UUID, agent: Person | None, part: int = 1) -> bool:
    """Says that the part is this agent's, having seen whose it is."""
    leg = calls.legs(call)[part - 1]
    to = agent.id if agent else None
    return correcting.correct_agent(by.id, call, leg.id, to, was=leg.person_id, now=NOW)


def rows(person: Person) -> set[UUID]:
    return {row.call.id for row in doors.list_calls(person.id, ALL, None, NOW).rows}


def case_of(cast: Cast, call: UUID) -> None:
    made = mandates.open_mandate("case", "REF-1", ends_at=NOW + timedelta(days=1), by="x", now=NOW)
    mandates.name_person(made, cast.rights_handler.id, by="x", now=NOW)
    mandates.add_call(made, call, by="x", now=NOW)


def test_n37_a_manager_puts_the_agent_right_and_access_follows_at_once(
    cast: Cast, open_leg: Open, resume: Resume, entries: Entries
) -> None:
    call = enter("anna.astrom")
    opening = open_leg(cast.anna, call)
    assert give(cast.mikko, call, cast.sofia)
    for gone in (cast.anna, cast.mikko):
        assert call not in rows(gone)
        with pytest.raises(NotVisible):
            doors.see_call(gone.id, call, NOW)
    with pytest.raises(NotVisible):
        resume(cast.anna, opening, NOW)
    assert call in rows(cast.sofia)
    assert call in rows(cast.henrik)
    open_leg(cast.sofia, call)
    (told,) = doors.see_call(cast.sofia.id, call, NOW).corrected
    assert (told.what, told.before, told.after) == ("agent", "Anna Åström", "Sofia Holm")
    assert (told.rule, told.at) == ("subordinate_leg", NOW)
    (entry,) = entries("call:facts:corrected")
    assert (entry.actor, entry.subject) == (cast.mikko.id.hex, call.hex)
    facts = json.loads(entry.body)["facts"]
    assert (facts["before"], facts["after"]) == (cast.anna.id.hex, cast.sofia.id.hex)


def test_n37_line_and_direction_change_in_the_call_and_in_its_legs(
    cast: Cast, entries: Entries
) -> None:
    call = enter("anna.astrom", "leila.virtanen")
    was, line = (cast.service_line.id, "in"), cast.telesales_line.id
    assert correcting.correct_call(cast.mikko.id, call, line, "out", was=was, now=NOW)
    row = Call.objects.get(id=call)
    assert (row.line_id, row.direction) == (line, "out")
    legs = Leg.objects.filter(call=call).values_list("line_id", "direction")
    assert set(legs) == {(line, "out")}
    told = doors.see_call(cast.anna.id, call, NOW).corrected
    assert {(one.what, one.before, one.after) for one in told} == {
        ("line", "+358207100000", "+358207200000"),
        ("direction", "in", "out"),
    }
    assert len(entries("call:facts:corrected")) == 2
    with pytest.raises(CorrectionRefused, match="meanwhile"):
        correcting.correct_call(cast.mikko.id, call, line, "in", was=was, now=NOW)


def test_nothing_moves_to_or_from_the_test_line_nor_to_one_not_recorded(cast: Cast) -> None:
    call, test = enter("anna.astrom"), enter("anna.astrom", line=TEST_LINE)
    was = (cast.service_line.id, "in")
    for line in (cast.test_line.id, cast.unrecorded_line.id, cast.mikko.id):
        with pytest.raises(CorrectionRefused):
            correcting.correct_call(cast.mikko.id, call, line, "in", was=was, now=NOW)
    assert not correcting.offer(cast.mikko.id, test, NOW).lines
    with pytest.raises(NotVisible):
        was = (cast.test_line.id, "in")
        correcting.correct_call(cast.mikko.id, test, cast.service_line.id, "in", was=was, now=NOW)
    assert Correction.objects.count() == 0


def test_line_and_direction_need_the_right_to_every_part(cast: Cast) -> None:
    call = enter("anna.astrom", "sofia.holm")
    assert len(correcting.offer(cast.mikko.id, call, NOW).legs) == 1
    assert not correcting.offer(cast.mikko.id, call, NOW).lines
    was = (cast.service_line.id, "in")
    with pytest.raises(NotVisible):
        correcting.correct_call(cast.mikko.id, call, was[0], "out", was=was, now=NOW)
    with pytest.raises(NotVisible):
        give(cast.mikko, call, cast.leila, part=2)
    case_of(cast, call)
    assert correcting.correct_call(cast.rights_handler.id, call, was[0], "out", was=was, now=NOW)
    assert give(cast.rights_handler, call, None, part=2)


@pytest.mark.parametrize("name", ["anna", "leila", "henrik", "dpo", "administrator", "assigner"])
def test_nobody_else_puts_anything_right(cast: Cast, name: str, entries: Entries) -> None:
    call = enter("anna.astrom")
    with pytest.raises(NotVisible):
        give(getattr(cast, name), call, cast.sofia)
    (entry,) = entries("access:call:refused")
    assert json.loads(entry.body)["facts"]["door"] == "correct"


def test_n16_what_is_nobodys_is_seen_by_an_assigner_alone_who_hears_nothing(
    cast: Cast, open_leg: Open
) -> None:
    call = enter(STRANGE)
    enter(STRANGE, line=TEST_LINE)
    people = {field: getattr(cast, field) for field in cast.__dataclass_fields__}
    persons = {name: one for name, one in people.items() if isinstance(one, Person)}
    assert {name for name, one in persons.items() if call in rows(one)} == {"assigner"}
    assert rows(cast.assigner) == {call}
    (leg,) = doors.see_call(cast.assigner.id, call, NOW).legs
    assert not leg.hears
    assert not leg.purposes
    with pytest.raises(NotVisible):
        open_leg(cast.assigner, call, purpose="verify", reference="REF-1")
    found = correcting.unassigned_calls(cast.assigner.id, None, ALL, FeedRules(), NOW)
    assert [found.devices[row.id] for row in found.rows] == [STRANGE]
    with pytest.raises(NotVisible):
        correcting.unassigned_calls(cast.mikko.id, None, ALL, FeedRules(), NOW)


def test_n16_an_assigner_says_whose_it_is_and_sees_it_no_more(cast: Cast, open_leg: Open) -> None:
    call = enter(STRANGE)
    assert give(cast.assigner, call, cast.anna)
    assert rows(cast.assigner) == set()
    assert Leg.objects.get(call=call).device == ""
    open_leg(cast.anna, call)
    with pytest.raises(NotVisible):
        give(cast.assigner, call, cast.sofia)


def test_an_assigner_without_training_sees_nothing(cast: Cast) -> None:
    call = enter(STRANGE)
    TrainingRecord.objects.filter(person=cast.assigner).delete()
    with pytest.raises(Unprepared):
        give(cast.assigner, call, cast.anna)
    with pytest.raises(Unprepared):
        correcting.unassigned_calls(cast.assigner.id, None, ALL, FeedRules(), NOW)


def as_agent(cast: Cast) -> Person:
    add_role(cast.assigner, "service_agent")
    return cast.assigner


def as_leader(cast: Cast) -> Person:
    add_role(cast.mikko, "assigner")
    return cast.anna


def add_role(person: Person, kind: str) -> None:
    Role.objects.create(person=person, kind=kind, valid_from=NOW, granted_by="x")


@pytest.mark.parametrize("arrange", [as_agent, as_leader])
def test_n29_nobody_gains_hearing_by_their_own_correction(
    cast: Cast, arrange: Callable[[Cast], Person]
) -> None:
    call, agent = enter(STRANGE), arrange(cast)
    by = cast.assigner if agent == cast.assigner else cast.mikko
    with pytest.raises(CorrectionRefused, match="let you hear"):
        give(by, call, agent)
    assert give(by, call, cast.sofia)


def test_only_agents_can_be_a_calls_agent(cast: Cast) -> None:
    call = enter("anna.astrom")
    with pytest.raises(CorrectionRefused, match="of the list"):
        give(cast.mikko, call, cast.dpo)


def test_what_was_changed_meanwhile_is_not_overwritten(cast: Cast) -> None:
    call = enter("anna.astrom")
    leg = calls.legs(call)[0].id
    to, was = cast.leila.id, cast.leila.id
    with pytest.raises(CorrectionRefused, match="meanwhile"):
        correcting.correct_agent(cast.mikko.id, call, leg, to, was=was, now=NOW)


def test_n19_corrections_die_with_the_call_and_come_to_none_on_its_way_out(cast: Cast) -> None:
    call = enter("anna.astrom")
    give(cast.mikko, call, cast.leila)
    Call.objects.filter(id=call).update(state=State.DESTROYING)
    with pytest.raises(NotVisible):
        give(cast.mikko, call, cast.anna)
    Call.objects.filter(id=call).delete()
    assert Correction.objects.count() == 0


def test_n28_a_colleagues_correction_and_name_are_not_shown(cast: Cast) -> None:
    call = enter("anna.astrom", "sofia.holm")
    case_of(cast, call)
    give(cast.rights_handler, call, cast.oskar, part=2)
    seen = doors.see_call(cast.anna.id, call, NOW)
    assert seen.corrected == ()
    assert [(one.seen, one.agent) for one in seen.strip] == [(True, "Anna Åström"), (False, "")]


def test_an_alarm_stands_while_too_many_of_a_days_calls_are_nobodys(cast: Cast) -> None:
    for _ in range(9):
        enter("anna.astrom")
    call = enter(STRANGE)
    unassigned.watch(10, NOW)
    assert not alarms.standing()
    unassigned.watch(9, NOW)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.detail[:7]) == ("unassigned_agents", "1 of 10")
    give(cast.assigner, call, cast.anna)
    unassigned.watch(0, NOW)
    assert not alarms.standing()
