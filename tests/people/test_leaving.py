"""Leaving, now and on a day to come: nothing outlives it."""

from datetime import timedelta

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import book, enrol, leaving
from vaiti.people.models import DeviceUse, Membership, Role

BY = "system:init"
FRIDAY = NOW + timedelta(days=4)
JUST_BEFORE = FRIDAY - timedelta(microseconds=1)


def test_n27_a_departure_on_a_day_to_come_takes_effect_at_that_instant(cast: Cast) -> None:
    enrol.depart(cast.anna.id, by=BY, now=NOW, at=FRIDAY)
    assert book.roles(cast.anna.id, JUST_BEFORE) == {"service_agent"}
    assert cast.anna.id in book.subordinates(cast.mikko.id, JUST_BEFORE)
    assert book.at_device("anna.astrom", JUST_BEFORE) == cast.anna.id
    assert book.person(cast.anna.id, FRIDAY) is None
    assert book.roles(cast.anna.id, FRIDAY) == frozenset()
    assert cast.anna.id not in book.subordinates(cast.mikko.id, FRIDAY)
    assert book.at_device("anna.astrom", FRIDAY) is None


def test_a_departure_is_taken_back_before_it_comes(cast: Cast) -> None:
    enrol.depart(cast.anna.id, by=BY, now=NOW, at=FRIDAY)
    enrol.stay(cast.anna.id, by=BY, now=NOW)
    assert book.roles(cast.anna.id, FRIDAY) == {"service_agent"}
    assert leaving.close_leavers(FRIDAY) == 0


def test_n27_the_rows_of_a_leaver_are_closed_once_at_the_instant_of_leaving(cast: Cast) -> None:
    enrol.grant_role(cast.anna.id, "manager", by=BY, now=NOW, since=FRIDAY + timedelta(days=1))
    enrol.depart(cast.anna.id, by=BY, now=NOW, at=FRIDAY)
    assert leaving.close_leavers(JUST_BEFORE) == 0
    assert leaving.close_leavers(FRIDAY + timedelta(hours=1)) == 1
    for rows in (Role.objects, Membership.objects, DeviceUse.objects):
        ends = {row.valid_to for row in rows.filter(person=cast.anna, valid_from__lt=FRIDAY)}
        assert ends == {FRIDAY}
    late = Role.objects.get(person=cast.anna, kind="manager")
    assert late.valid_to == late.valid_from
    assert leaving.close_leavers(FRIDAY + timedelta(hours=2)) == 0
    assert Leaf.objects.filter(subject=cast.anna.id.hex, actor="system:people").count() == 1
