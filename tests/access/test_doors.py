"""Who sees which rows: the doors of the list and of the call, with their entries in the log."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from access_world import Entries
from cast import NOW, SINCE, Cast
from drawn import without_drawn
from manifests import TEST_LINE, enter
from vaiti.access import doors, limits
from vaiti.access.doors import Need, NotVisible, Page
from vaiti.people import delegation, enrol
from vaiti.people.models import Membership, Person, Team
from vaiti.register.filters import Filters
from vaiti.register.models import Call

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
BY = "system:init"


def listed(person: Person) -> Page:
    return doors.list_calls(person.id, ALL, None, NOW)


def agents(person: Person) -> set[str]:
    return {row.agent for row in listed(person).rows}


@pytest.fixture
def calls_of_all(cast: Cast) -> None:
    for device in ("anna.astrom", "leila.virtanen", "sofia.holm", "oskar.lind"):
        enter(device)
    enter("hot.desk", line=TEST_LINE)


@pytest.mark.usefixtures("calls_of_all")
def test_n28_n29_each_role_sees_its_own_rows(cast: Cast) -> None:
    assert agents(cast.anna) == {"Anna Åström"}
    assert agents(cast.oskar) == {"Oskar Lind"}
    assert agents(cast.mikko) == {"Anna Åström", "Leila Virtanen"}
    assert agents(cast.henrik) == {"Sofia Holm"}
    (row,) = listed(cast.administrator).rows
    assert row.call.line_number == TEST_LINE


@pytest.mark.usefixtures("calls_of_all")
@pytest.mark.parametrize("name", ["dpo", "auditor", "rights_handler"])
def test_other_roles_see_no_rows_yet(cast: Cast, name: str) -> None:
    page = listed(getattr(cast, name))
    assert (page.rows, page.count, page.agents, page.lines) == ((), 0, (), ())


def test_n16_two_agents_of_one_name_see_only_their_own_calls(cast: Cast) -> None:
    enrol.rename(cast.leila.id, "Anna Åström", by=BY, now=NOW)
    own, others = enter("anna.astrom"), enter("leila.virtanen")
    assert {row.call.id for row in listed(cast.anna).rows} == {own}
    assert {row.call.id for row in listed(cast.leila).rows} == {others}


def test_n16_a_change_of_name_leaves_own_calls_own(cast: Cast) -> None:
    call = enter("anna.astrom")
    enrol.rename(cast.anna.id, "Anna Lindqvist", by=BY, now=NOW)
    assert agents(cast.anna) == {"Anna Lindqvist"}
    assert doors.see_call(cast.anna.id, call, NOW).legs[0].leg.agent == "Anna Lindqvist"


def test_n29_a_manager_sees_who_is_a_subordinate_now(cast: Cast) -> None:
    call = enter("anna.astrom")
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=NOW)
    enrol.join_team(cast.anna.id, cast.team_2.id, by=BY, now=NOW)
    before = NOW - timedelta(microseconds=1)
    assert doors.see_call(cast.mikko.id, call, before).parts == 1
    with pytest.raises(NotVisible):
        doors.see_call(cast.mikko.id, call, NOW)
    assert agents(cast.mikko) == set()
    assert agents(cast.henrik) == {"Anna Åström"}


def test_n29_neither_the_managers_manager_nor_a_peer_sees(cast: Cast) -> None:
    call = enter("anna.astrom")
    managers = Team.objects.create(name="Managers")
    Membership.objects.create(person=cast.mikko, team=managers, valid_from=SINCE)
    Membership.objects.create(person=cast.eeva, team=managers, leads=True, valid_from=SINCE)
    for person in (cast.eeva, cast.henrik, cast.leila, cast.administrator):
        with pytest.raises(NotVisible):
            doors.see_call(person.id, call, NOW)
        assert "Anna Åström" not in agents(person)


def test_n27_a_leaver_is_cut_off_at_that_instant(cast: Cast) -> None:
    call = enter("anna.astrom")
    enrol.depart(cast.anna.id, by=BY, now=NOW)
    with pytest.raises(NotVisible):
        listed(cast.anna)
    with pytest.raises(NotVisible):
        doors.see_call(cast.anna.id, call, NOW)


def test_access_ends_with_the_role(cast: Cast) -> None:
    call = enter("anna.astrom")
    enrol.end_role(cast.anna.id, "service_agent", by=BY, now=NOW)
    enrol.end_role(cast.mikko.id, "manager", by=BY, now=NOW)
    for person in (cast.anna, cast.mikko):
        assert listed(person).rows == ()
        with pytest.raises(NotVisible):
            doors.see_call(person.id, call, NOW)


def test_n19_a_call_past_its_due_instant_is_not_there_though_its_row_is(cast: Cast) -> None:
    call = enter("anna.astrom")
    due_at = Call.objects.get(id=call).due_at
    doors.see_call(cast.anna.id, call, due_at - timedelta(microseconds=1))
    with pytest.raises(NotVisible):
        doors.see_call(cast.anna.id, call, due_at)
    assert Call.objects.filter(id=call).exists()


def test_n28_a_colleague_and_a_missing_call_look_alike_and_the_log_knows(
    cast: Cast, entries: Entries
) -> None:
    call, missing = enter("anna.astrom"), uuid4()
    for asked in (call, missing):
        with pytest.raises(NotVisible) as refusal:
            doors.see_call(cast.leila.id, asked, NOW)
        assert str(refusal.value) == ""
    refused = {entry.subject: entry for entry in entries("access:call:refused")}
    assert set(refused) == {call.hex, missing.hex}
    assert {entry.actor for entry in refused.values()} == {cast.leila.id.hex}
    assert json.loads(refused[call.hex].body)["facts"]["exists"] is True
    assert json.loads(refused[missing.hex].body)["facts"]["exists"] is False


def test_n28_a_transferred_call_shows_each_agent_their_own_part(cast: Cast) -> None:
    call = enter("anna.astrom", "oskar.lind")
    for person, ordinal in ((cast.anna, 1), (cast.oskar, 2)):
        view = doors.see_call(person.id, call, NOW)
        assert [(part.leg.person_id, part.leg.ordinal) for part in view.legs] == [
            (person.id, ordinal)
        ]
        assert view.parts == 2
    assert [part.leg.person_id for part in doors.see_call(cast.mikko.id, call, NOW).legs] == [
        cast.anna.id
    ]


def test_a_view_tells_what_is_asked_before_listening(cast: Cast) -> None:
    call = enter("anna.astrom")
    assert doors.see_call(cast.anna.id, call, NOW).legs[0].asks == ()
    asks = doors.see_call(cast.mikko.id, call, NOW).legs[0].asks
    assert asks == (Need.PURPOSE, Need.REFERENCE)


def test_every_list_and_every_view_has_one_entry_without_numbers_or_names(
    cast: Cast, entries: Entries
) -> None:
    call = enter("anna.astrom")
    filters = Filters(zone=ZoneInfo("Europe/Helsinki"), number="+358401234", agent=cast.anna.id)
    doors.list_calls(cast.anna.id, filters, None, NOW)
    doors.see_call(cast.anna.id, call, NOW)
    (listing,), (view,) = entries("access:calls:listed"), entries("access:call:seen")
    facts = json.loads(listing.body)["facts"]
    assert facts == {"rows": 1, "filters": "agent number", "first": True}
    assert (view.actor, view.subject) == (cast.anna.id.hex, call.hex)
    for entry in (listing, view):
        assert "401234" not in without_drawn(entry.body)
        assert "Anna" not in entry.body


@pytest.mark.usefixtures("calls_of_all")
def test_a_page_offers_only_the_agents_and_lines_within_reach(cast: Cast) -> None:
    page = listed(cast.mikko)
    assert [name for _, name in page.agents] == ["Anna Åström", "Leila Virtanen"]
    assert len(page.lines) == 4
    test_only = listed(cast.administrator)
    assert test_only.agents == ()
    assert test_only.lines == ((TEST_LINE, "Test line"),)


@pytest.fixture
def in_team() -> Iterator[None]:
    limits.install(limits.Limits(limits.Managers.IN_TEAM))
    yield
    limits.install(limits.Limits())


@pytest.mark.usefixtures("in_team")
def test_n29_a_setting_limits_the_manager_to_what_was_said_while_in_the_team(cast: Cast) -> None:
    before = enter("anna.astrom", start=NOW - timedelta(hours=5))
    moved = NOW - timedelta(hours=4)
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=moved)
    enrol.join_team(cast.anna.id, cast.team_2.id, by=BY, now=moved)
    on_the_instant = enter("anna.astrom", start=moved)
    enter("leila.virtanen")
    assert agents(cast.mikko) == {"Leila Virtanen"}
    assert {row.call.id for row in listed(cast.henrik).rows} == {on_the_instant}
    assert dict(listed(cast.henrik).agents)[cast.anna.id] == "Anna Åström"
    assert doors.see_call(cast.henrik.id, on_the_instant, NOW).parts == 1
    for manager in (cast.mikko, cast.henrik):
        with pytest.raises(NotVisible):
            doors.see_call(manager.id, before, NOW)


@pytest.mark.usefixtures("in_team")
def test_n29_who_comes_back_brings_what_they_said_in_the_team_before(cast: Cast) -> None:
    was = enter("anna.astrom", start=NOW - timedelta(hours=5))
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=NOW - timedelta(hours=4))
    between = enter("anna.astrom", start=NOW - timedelta(hours=3))
    assert agents(cast.mikko) == set()
    enrol.join_team(cast.anna.id, cast.team_1.id, by=BY, now=NOW - timedelta(hours=2))
    found = {row.call.id for row in listed(cast.mikko).rows}
    assert was in found
    assert between not in found


@pytest.mark.usefixtures("in_team")
def test_n29_a_stand_in_reaches_no_further_back_than_the_manager(cast: Cast) -> None:
    call = enter("anna.astrom", start=NOW - timedelta(hours=3))
    delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.henrik.id,
        begins=NOW - timedelta(hours=1),
        ends=NOW + timedelta(days=3),
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW - timedelta(hours=1),
    )
    assert doors.see_call(cast.henrik.id, call, NOW).parts == 1
    with pytest.raises(NotVisible):
        doors.see_call(cast.henrik.id, call, NOW + timedelta(days=3))
