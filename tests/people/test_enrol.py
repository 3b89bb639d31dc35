"""Entering people: every change has its dates, its granter and its entry in the log."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from cast import EMPLOYER, NOW, Cast
from vaiti.audit.models import Content, Leaf
from vaiti.people import book, enrol
from vaiti.people.enrol import EnrolmentError
from vaiti.people.models import Person, Role

LATER = NOW + timedelta(hours=1)
BY = "system:init"


def add(login: str = "maja.lind", name: str = "Maja Lind", employer: str = EMPLOYER) -> UUID:
    return enrol.add_person(
        login=login,
        name=name,
        employer=employer,
        employers=[EMPLOYER],
        language="sv",
        by=BY,
        now=NOW,
    )


def kinds_about(subject: UUID) -> list[str]:
    contents = Content.objects.filter(subject=subject.hex, actor=BY)
    return sorted(contents.values_list("leaf__kind", flat=True))


def test_a_new_agent_is_entered_with_role_team_and_device(db: None) -> None:
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
    assert not Content.objects.filter(body__contains="Maja").exists()


def test_n24_an_employer_outside_the_list_is_refused(db: None) -> None:
    with pytest.raises(EnrolmentError, match="employer"):
        add(employer="Call Centre Ltd")
    assert not Person.objects.exists()
    assert not Leaf.objects.exists()


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
    (lambda _: add(name="a\nb"), "name"),
    (lambda c: enrol.rename(c.anna.id, " ", by=BY, now=NOW), "name"),
    (lambda _: enrol.rename(uuid4(), "X", by=BY, now=NOW), "no such person"),
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
    assert Person.objects.count() == 11
    assert Role.objects.count() == 11
