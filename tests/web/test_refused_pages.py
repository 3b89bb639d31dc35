"""ASVS 16.3.2: whoever asks for a page that is not theirs is in the log, and no address is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit import reading
from vaiti.web.http import refusals, wiring
from web.conftest import SignIn
from web.world import World

KIND = "access:page:refused"


def noted() -> list[tuple[str, dict[str, object]]]:
    return [(one.actor, one.facts) for one in reversed(reading.entries(kind=KIND).entries)]


def test_who_asks_for_a_page_of_another_role_is_in_the_log_and_what_they_typed_is_not(
    world: World, cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    anna = sign_in(cast.anna)
    for address in ("/state/?actor=Mikko", "/cases/" + "0" * 32 + "/"):
        assert anna.get(address).status_code == 404
    assert noted() == [
        (cast.anna.id.hex, {"page": "state/", "count": 1}),
        (cast.anna.id.hex, {"page": "cases/*/", "count": 1}),
    ]
    foreign = f"/calls/{world.call('oskar.lind').hex}/"
    for client, address in (
        (stranger, "/state/"),
        (anna, "/calls/"),
        (anna, "/no/such/address"),
        (anna, "/notice/of/99/"),
        (anna, foreign),
    ):
        client.get(address)
    assert len(noted()) == 2
    assert len(reading.entries(kind="access:call:refused").entries) == 1


def test_a_flood_of_tries_is_counted_and_does_not_fill_the_log(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    anna = sign_in(cast.anna)
    for _again in range(12):
        anna.get("/state/")
    assert [facts["count"] for _who, facts in noted()] == [1, 10]
    later = NOW + refusals.HOUR
    wiring.install(replace(world.wiring(), clock=lambda: later))
    sign_in(cast.anna).get("/state/")
    assert [facts["count"] for _who, facts in noted()] == [1, 10, 1]


def test_one_person_has_so_many_entries_an_hour_whatever_they_try() -> None:
    refusals.ENTRIES.forget()
    given = [refusals.ENTRIES.allows("anna", NOW) for _each in range(refusals.MOST_AN_HOUR + 5)]
    assert given.count(True) == refusals.MOST_AN_HOUR
    assert refusals.ENTRIES.allows("anna", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "State (/state/)"), ("fi", "Tila (/state/)"), ("sv", "Läge (/state/)")],
)
def test_the_log_says_in_words_which_page_it_was(
    world: World, cast: Cast, sign_in: SignIn, language: str, said: str
) -> None:
    sign_in(cast.anna).get("/state/")
    assert said in sign_in(cast.auditor, language).get(f"/log/?kind={KIND}").content.decode()
