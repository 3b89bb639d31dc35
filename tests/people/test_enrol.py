"""Entering people: every change has its dates, its granter and its entry in the log."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cast import EMPLOYER, NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import book, companies, enrol, widening
from vaiti.people.enrol import EnrolmentError
from vaiti.people.machine_models import Widening
from vaiti.people.models import Person, Role, RoleKind

LATER = NOW + timedelta(hours=1)
BY = "system:init"


def add(
    login: str = "maja.lind",
    name: str = "Maja Lind",
    employer: str = EMPLOYER,
    **more: Any,  # noqa: ANN401
) -> UUID:
    given = {"login": login, "name": name, "employer": employer, "language": "sv", "now": NOW}
    return enrol.add_person(by=BY, **(given | more))


def facts_of(entry: Leaf) -> dict[str, object]:
    found: dict[str, object] = json.loads(entry.body)["facts"]
    return found


def kinds_about(subject: UUID) -> list[str]:
    contents = Leaf.objects.filter(subject=subject.hex, actor=BY)
    return sorted(contents.values_list("kind", flat=True))


def test_a_new_agent_is_entered_with_role_team_and_device(db: None) -> None:
    companies.add_company(EMPLOYER, by=BY, now=NOW)
    team = enrol.add_team("Team 9", by=BY, now=NOW)
    maja, lead = add(), add("lea.ek", "Lea Ek")
    enrol.grant_role(maja, "service_agent", by=BY, now=NOW)
    enrol.join_team(maja, team, by=BY, now=NOW)
    enrol.lead_team(lead, team, by=BY, now=NOW)
    enrol.assign_device(maja, "maja", by=BY, now=NOW)
    assert book.roles(maja, NOW) == {"service_agent"}
    assert book.subordinates(lead, NOW) == {maja}
    assert book.at_device("maja", NOW) == maja
    assert Role.objects.get(person_id=maja).granted_by == BY
    assert kinds_about(maja) == [
        "people:device:assigned",
        "people:membership:changed",
        "people:person:created",
        "people:role:granted",
    ]
    assert not Leaf.objects.filter(body__contains="Maja").exists()


def test_n24_an_employer_outside_the_list_is_refused(cast: Cast) -> None:
    with pytest.raises(EnrolmentError, match="list of companies"):
        add(employer="Call Centre Ltd")
    with pytest.raises(EnrolmentError, match="list of companies"):
        enrol.move_to_company(cast.anna.id, "Call Centre Ltd", by=BY, now=NOW)
    assert Person.objects.count() == 14
    assert not Leaf.objects.exists()


def test_n24_the_list_of_companies_is_dated_and_logged(cast: Cast) -> None:
    companies.add_company("Posti  Freight", by=BY, now=NOW)
    enrol.move_to_company(cast.anna.id, "Posti Freight", by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="still work"):
        companies.end_company("Posti Freight", by=BY, now=LATER)
    enrol.move_to_company(cast.anna.id, EMPLOYER, by=BY, now=LATER)
    companies.end_company("Posti Freight", by=BY, now=LATER)
    with pytest.raises(EnrolmentError, match="list of companies"):
        add(employer="Posti Freight", now=LATER)
    assert [one.name for one in companies.companies(NOW)] == [EMPLOYER, "Posti Freight"]
    assert [one.name for one in companies.companies(LATER)] == [EMPLOYER]
    changes = [facts_of(one) for one in Leaf.objects.filter(subject=cast.anna.id.hex)]
    assert {"change": "employer", "before": EMPLOYER, "after": "Posti Freight"} in changes


@pytest.mark.parametrize(
    ("login", "name"),
    [
        ("service", "Maja Lind"),
        ("admin1", "Maja Lind"),
        ("kundtjanst.2@posti.fi", "Maja Lind"),
        ("maja.lind", "Maja"),
        ("maja.lind", "Customer Service"),
        ("maja.lind", "Posti Asiakaspalvelu"),
        ("maja.lind", "Desk 3"),
        ("maja.lind", "Maja -"),
    ],
)
def test_n27_what_names_a_function_is_no_person(cast: Cast, login: str, name: str) -> None:
    with pytest.raises(EnrolmentError, match="person"):
        add(login, name)


def test_n27_one_person_has_one_account_and_namesakes_are_said(cast: Cast) -> None:
    with pytest.raises(EnrolmentError, match="another person"):
        add("anna.astrom2", "anna  Åström")
    other = add("anna.astrom2", "Anna Åström", namesake=True)
    entry = Leaf.objects.get(subject=other.hex)
    assert facts_of(entry) == {"employer": EMPLOYER, "namesake": True}
    enrol.depart(cast.leila.id, by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="If they come back, open it again"):
        add("leila.v", "Leila Virtanen", now=LATER)


def test_n27_nobody_widens_what_they_may_hear_themselves(cast: Cast) -> None:
    aino = cast.administrator
    me = aino.id.hex
    mine = enrol.add_team("Mine", by=BY, now=NOW)
    enrol.lead_team(aino.id, mine, by=BY, now=NOW)
    attempts: list[Callable[[], object]] = [
        lambda: enrol.grant_role(aino.id, "manager", by=me, now=NOW),
        lambda: enrol.lead_team(aino.id, cast.team_1.id, by=me, now=NOW),
        lambda: enrol.assign_device(aino.id, "anna.astrom", by=me, now=NOW),
        lambda: enrol.join_team(cast.anna.id, mine, by=me, now=NOW),
    ]
    before = Leaf.objects.count()
    for attempt in attempts:
        with pytest.raises(EnrolmentError, match="ask another administrator"):
            attempt()
    assert Leaf.objects.count() == before
    assert book.subordinates(aino.id, NOW) == frozenset()
    assert book.at_device("anna.astrom", NOW) == cast.anna.id
    enrol.grant_role(aino.id, "auditor", by=me, now=NOW, until=NOW + timedelta(days=5))
    enrol.grant_role(cast.anna.id, "manager", by=me, now=NOW)


def test_a_widening_by_a_machine_is_told_to_the_data_protection_officer(cast: Cast) -> None:
    scim = "system:scim"
    until = NOW + timedelta(days=5)
    enrol.grant_role(cast.anna.id, "auditor", by=scim, now=NOW, source="scim", until=until)
    assert alarms.standing() == []
    enrol.grant_role(cast.anna.id, "manager", by=scim, now=NOW, source="scim")
    enrol.join_team(cast.anna.id, cast.team_2.id, by=scim, now=NOW, source="scim")
    enrol.grant_role(cast.leila.id, "manager", by=BY, now=NOW)
    told = alarms.standing()
    assert [(one.kind, one.key, one.count) for one in told] == [
        ("people:hearing_widened", "scim", 2)
    ]
    assert [(one.act, one.what) for one in widening.unseen(cast.anna.id)] == [
        ("role", "manager"),
        ("joined", cast.team_2.id.hex),
    ]
    assert widening.seen(cast.anna.id, by=cast.dpo.id.hex, now=LATER) == 2
    assert alarms.standing() == []


def test_a_bulk_of_widenings_is_one_alarm_until_the_last_has_been_looked_at(cast: Cast) -> None:
    people = (cast.anna, cast.leila, cast.oskar)
    for one in people:
        enrol.grant_role(one.id, "trainer", by="system:scim", now=NOW, source="scim")
    enrol.grant_role(cast.sofia.id, "trainer", by="system:sso:firm", now=NOW, source="sso")
    assert {(one.key, one.count) for one in alarms.standing()} == {("scim", 3), ("sso", 1)}
    first, second, *_rest = widening.unseen()
    officer = cast.dpo.id.hex
    assert widening.seen_up_to(second.number, by=officer, now=LATER) == 2
    assert {one.key for one in alarms.standing()} == {"scim", "sso"}
    assert widening.seen(cast.oskar.id, by=officer, now=LATER) == 1
    assert {one.key for one in alarms.standing()} == {"sso"}
    assert widening.count_unseen() == 1
    assert Widening.objects.get(id=first.number).seen_by == officer


def test_a_role_has_its_beginning_its_end_and_its_granter(cast: Cast) -> None:
    week = LATER + timedelta(days=7)
    enrol.grant_role(cast.anna.id, "manager", by=BY, now=NOW, since=LATER, until=week)
    assert "manager" not in book.roles(cast.anna.id, NOW)
    assert "manager" in book.roles(cast.anna.id, LATER)
    assert "manager" not in book.roles(cast.anna.id, week)
    with pytest.raises(EnrolmentError, match="already"):
        enrol.grant_role(cast.anna.id, "manager", by=BY, now=NOW, until=LATER + timedelta(hours=1))
    enrol.end_role(cast.anna.id, "manager", by=BY, now=NOW)
    assert "manager" not in book.roles(cast.anna.id, LATER)
    enrol.grant_role(cast.anna.id, "manager", by=BY, now=NOW, since=LATER)


def test_n16_a_new_name_keeps_the_old_one_in_the_history(cast: Cast) -> None:
    enrol.rename(cast.anna.id, "Anna Lindqvist", by=BY, now=LATER)
    assert book.names([cast.anna.id]) == {cast.anna.id: "Anna Lindqvist"}
    assert book.former_names(cast.anna.id) == [("Anna Åström", LATER)]


def test_n27_who_leaves_loses_everything_at_that_instant(cast: Cast) -> None:
    enrol.depart(cast.anna.id, by=BY, now=LATER)
    assert book.roles(cast.anna.id, NOW) == {"service_agent"}
    assert book.person(cast.anna.id, LATER) is None
    assert book.at_device("anna.astrom", LATER) is None
    assert book.subordinates(cast.mikko.id, LATER) == {cast.leila.id}


def test_roles_end_and_teams_are_left(cast: Cast) -> None:
    enrol.end_role(cast.anna.id, "service_agent", by=BY, now=LATER)
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=LATER)
    assert book.roles(cast.anna.id, LATER) == frozenset()
    assert book.subordinates(cast.mikko.id, LATER) == {cast.leila.id}


def test_a_device_passes_from_one_agent_to_the_next_without_a_gap(cast: Cast) -> None:
    enrol.assign_device(cast.leila.id, "anna.astrom", by=BY, now=LATER)
    assert book.at_device("anna.astrom", NOW) == cast.anna.id
    assert book.at_device("anna.astrom", LATER) == cast.leila.id
    enrol.release_device("anna.astrom", by=BY, now=LATER + timedelta(hours=1))
    assert book.at_device("anna.astrom", LATER + timedelta(hours=1)) is None


REFUSALS: list[tuple[Callable[[Cast], object], str]] = [
    (lambda _: add(login="Maja Lind"), "login"),
    (lambda _: add(login="anna.astrom"), "taken"),
    (lambda _: add(name=""), "name"),
    (lambda _: add(name="a b\x00c"), "name"),
    (lambda c: enrol.rename(c.anna.id, " ", by=BY, now=NOW), "name"),
    (lambda c: enrol.rename(c.anna.id, "Anna Åström", by=BY, now=NOW), "already"),
    (lambda _: enrol.rename(uuid4(), "Xi Yu", by=BY, now=NOW), "no such person"),
    (lambda _: companies.add_company(" ", by=BY, now=NOW), "1 to 120"),
    (lambda _: companies.add_company(EMPLOYER, by=BY, now=NOW), "already"),
    (lambda _: companies.end_company("Unheard", by=BY, now=NOW), "not on the list"),
    (lambda c: enrol.move_to_company(c.anna.id, EMPLOYER, by=BY, now=NOW), "already"),
    (lambda c: enrol.depart(c.anna.id, by=BY, now=NOW, at=SINCE), "now or later"),
    (lambda c: enrol.stay(c.anna.id, by=BY, now=NOW), "no end"),
    (lambda c: enrol.grant_role(c.anna.id, "manager", by=BY, now=NOW, since=SINCE), "now or later"),
    (lambda c: enrol.assign_device(c.anna.id, "anna.astrom", by=BY, now=NOW), "already"),
    (lambda c: enrol.grant_role(c.anna.id, "king", by=BY, now=NOW), "no such role"),
    (lambda c: enrol.grant_role(c.anna.id, "service_agent", by=BY, now=NOW), "already"),
    (lambda c: enrol.grant_role(c.anna.id, "manager", by=BY, now=NOW, until=NOW), "ends after"),
    (lambda c: enrol.grant_role(c.anna.id, "manager", by=" ", now=NOW), "who does this"),
    (lambda c: enrol.end_role(c.anna.id, "manager", by=BY, now=NOW), "does not have"),
    (lambda _: enrol.add_team("Team 1", by=BY, now=NOW), "of this name"),
    (lambda _: enrol.add_team("", by=BY, now=NOW), "1 to 80"),
    (lambda c: enrol.join_team(c.anna.id, uuid4(), by=BY, now=NOW), "no such team"),
    (lambda c: enrol.join_team(c.anna.id, c.team_1.id, by=BY, now=NOW), "already"),
    (lambda c: enrol.leave_team(c.anna.id, c.team_2.id, by=BY, now=NOW), "not in this team"),
    (lambda c: enrol.assign_device(c.anna.id, "a b", by=BY, now=NOW), "user part"),
    (lambda _: enrol.release_device("unheard.of", by=BY, now=NOW), "nobody"),
]


@pytest.mark.parametrize(("attempt", "sentence"), REFUSALS)
def test_what_cannot_be_entered_is_refused_and_leaves_no_entry(
    cast: Cast, attempt: Callable[[Cast], object], sentence: str
) -> None:
    with pytest.raises(EnrolmentError, match=sentence):
        attempt(cast)
    assert not Leaf.objects.exists()
    assert Person.objects.count() == 14
    assert Role.objects.count() == 14


def test_n27_an_auditor_is_let_in_for_a_time_and_no_longer(cast: Cast) -> None:
    for until, said in ((None, "write its last day"), (timedelta(days=94), "may not last so long")):
        with pytest.raises(EnrolmentError, match=said):
            ends = NOW + until if until else None
            enrol.grant_role(cast.anna.id, "auditor", by=BY, now=NOW, until=ends)
    ends = NOW + timedelta(days=92)
    enrol.grant_role(cast.anna.id, "auditor", by=BY, now=NOW, until=ends)
    assert "auditor" in book.roles(cast.anna.id, ends - timedelta(microseconds=1))
    assert "auditor" not in book.roles(cast.anna.id, ends)


def test_n24_people_of_an_outside_company_are_auditors_and_nothing_else(cast: Cast) -> None:
    companies.add_company("Revision Ab", outside=True, by=BY, now=NOW)
    given = {"login": "rut.ros", "name": "Rut Ros", "employer": "Revision Ab", "language": "sv"}
    rut = enrol.add_person(**given, by=BY, now=NOW)
    enrol.grant_role(rut, "auditor", by=BY, now=NOW, until=NOW + timedelta(days=9))
    for role in set(RoleKind.values) - {"auditor"}:
        with pytest.raises(EnrolmentError, match="outside company"):
            enrol.grant_role(rut, role, by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="outside company"):
        enrol.move_to_company(cast.anna.id, "Revision Ab", by=BY, now=NOW)
    enrol.move_to_company(cast.auditor.id, "Revision Ab", by=BY, now=NOW)
