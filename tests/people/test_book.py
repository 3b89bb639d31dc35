"""Who is who at an instant, and who answers to whom."""

from datetime import timedelta

import pytest

from cast import NOW, SINCE, Cast
from vaiti.people import book
from vaiti.people.models import DeviceUse, Membership, Person, Role, RoleKind, Team

DAY = timedelta(days=1)


def move(person: Person, old: Team, new: Team) -> None:
    Membership.objects.filter(person=person, team=old).update(valid_to=NOW)
    Membership.objects.create(person=person, team=new, valid_from=NOW)


def test_n29_a_manager_has_the_members_of_the_team_led_and_nobody_else(cast: Cast) -> None:
    assert book.subordinates(cast.mikko.id, NOW) == {cast.anna.id, cast.leila.id}
    assert book.subordinates(cast.anna.id, NOW) == frozenset()


def test_n29_subordinates_are_those_of_the_instant_asked_about(cast: Cast) -> None:
    move(cast.anna, cast.team_1, cast.team_2)
    before = NOW - timedelta(microseconds=1)
    assert cast.anna.id in book.subordinates(cast.mikko.id, before)
    assert cast.anna.id not in book.subordinates(cast.mikko.id, NOW)
    assert cast.anna.id in book.subordinates(cast.henrik.id, NOW)


def test_n29_the_line_of_responsibility_is_one_step_long(cast: Cast) -> None:
    managers = Team.objects.create(name="Managers")
    Membership.objects.create(person=cast.mikko, team=managers, valid_from=SINCE)
    Membership.objects.create(person=cast.eeva, team=managers, leads=True, valid_from=SINCE)
    assert book.subordinates(cast.eeva.id, NOW) == {cast.mikko.id, cast.oskar.id}
    assert cast.eeva.id not in book.subordinates(cast.mikko.id, NOW)


def test_n29_leaders_of_one_team_are_peers(cast: Cast) -> None:
    Membership.objects.create(person=cast.henrik, team=cast.team_1, leads=True, valid_from=SINCE)
    assert cast.mikko.id not in book.subordinates(cast.henrik.id, NOW)
    assert book.subordinates(cast.henrik.id, NOW) == {
        cast.anna.id,
        cast.leila.id,
        cast.sofia.id,
    }


def test_n29_who_leads_a_manager_is_not_heard_by_them_in_whatever_team(cast: Cast) -> None:
    Membership.objects.create(person=cast.eeva, team=cast.team_1, valid_from=SINCE)
    assert cast.eeva.id in book.subordinates(cast.mikko.id, NOW)
    Membership.objects.create(person=cast.mikko, team=cast.team_3, valid_from=SINCE)
    assert cast.eeva.id not in book.subordinates(cast.mikko.id, NOW)
    assert cast.mikko.id not in book.subordinates(cast.eeva.id, NOW)


def test_nobody_is_their_own_subordinate(cast: Cast) -> None:
    Membership.objects.create(person=cast.mikko, team=cast.team_1, valid_from=SINCE)
    assert cast.mikko.id not in book.subordinates(cast.mikko.id, NOW)


def test_n27_a_leaver_has_nothing_and_is_nobodys(cast: Cast) -> None:
    Person.objects.filter(id__in=[cast.mikko.id, cast.sofia.id]).update(active_to=NOW)
    assert book.person(cast.mikko.id, NOW) is None
    assert book.roles(cast.mikko.id, NOW) == frozenset()
    assert book.subordinates(cast.mikko.id, NOW) == frozenset()
    assert book.subordinates(cast.henrik.id, NOW) == frozenset()
    assert book.at_device("sofia.holm", NOW) is None
    assert book.at_device("sofia.holm", NOW - DAY) == cast.sofia.id


def test_roles_have_a_beginning_and_an_end(cast: Cast) -> None:
    Role.objects.create(
        person=cast.anna, kind=RoleKind.MANAGER, valid_from=NOW, valid_to=NOW + DAY, granted_by="x"
    )
    assert book.roles(cast.anna.id, NOW - DAY) == {"service_agent"}
    assert book.roles(cast.anna.id, NOW) == {"service_agent", "manager"}
    assert book.roles(cast.anna.id, NOW + DAY) == {"service_agent"}


def test_a_device_belongs_to_who_used_it_then(cast: Cast) -> None:
    DeviceUse.objects.filter(device="anna.astrom").update(valid_to=NOW)
    DeviceUse.objects.create(person=cast.leila, device="anna.astrom", valid_from=NOW)
    assert book.at_device("anna.astrom", NOW - DAY) == cast.anna.id
    assert book.at_device("anna.astrom", NOW) == cast.leila.id
    assert book.at_device("unheard.of", NOW) is None


def test_a_device_that_two_answer_to_is_nobodys(cast: Cast) -> None:
    shared = {"device": "hot.desk", "valid_from": SINCE, "valid_to": NOW + DAY}
    DeviceUse.objects.create(person=cast.leila, **shared)
    DeviceUse.objects.create(person=cast.anna, **shared)
    assert book.at_device("hot.desk", NOW) is None


def test_a_card_tells_what_a_page_needs_and_prints_no_name(cast: Cast) -> None:
    card = book.person(cast.anna.id, NOW)
    assert card is not None
    assert (card.name, card.login, card.language) == ("Anna Åström", "anna.astrom", "sv")
    assert card.roles == {"service_agent"}
    assert "nna" not in repr(card)
    assert len(book.persons(NOW)) == 14


@pytest.mark.django_db
def test_names_are_known_for_leavers_too(cast: Cast) -> None:
    Person.objects.filter(id=cast.anna.id).update(active_to=NOW)
    assert book.names([cast.anna.id]) == {cast.anna.id: "Anna Åström"}
