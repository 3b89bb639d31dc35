"""A manager's own page: confirming, reporting, handing over."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.due import alarms
from vaiti.people import book, enrol, recertify
from vaiti.people.models import Delegation
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

DAY = timedelta(days=1)


@pytest.fixture
def mikko(world: World, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.mikko)


def do(client: Client, act: str, **typed: str) -> Any:  # noqa: ANN401
    return client.post(f"/team/do/{act}", typed)


def page(client: Client) -> str:
    return client.get("/team/").content.decode()


def test_n27_a_manager_confirms_their_team_and_the_alarm_ends(mikko: Client, cast: Cast) -> None:
    recertify.watch(timedelta(days=90), NOW)
    shown = page(mikko)
    assert "Anna Åström" in shown
    assert "Sofia" not in shown
    assert "to be confirmed since 21.2.2026" in shown
    assert do(mikko, "confirmed", team=cast.team_1.id.hex)["Location"] == "/team/?done=confirmed"
    assert "next time by 21.2.2027" in page(mikko)
    late = {one.key.partition(":")[0] for one in alarms.standing()}
    assert cast.team_1.id.hex not in late
    assert do(mikko, "confirmed", team=cast.team_2.id.hex).status_code == 422


def test_n27_a_report_reaches_the_administrator_who_settles_it(
    mikko: Client, cast: Cast, sign_in: SignIn
) -> None:
    given = {"team": cast.team_1.id.hex, "person": cast.anna.id.hex}
    assert do(mikko, "reported", **given).status_code == 302
    assert "reported" in page(mikko)
    aino = sign_in(cast.administrator)
    assert "A manager says that somebody is wrong" in aino.get("/state/").content.decode()
    address = f"/people/{cast.anna.id.hex}/"
    said = "Mikko Mäkinen says that this person is wrong in the team Team 1 (23.11.2026)."
    assert said in aino.get(address).content.decode()
    assert aino.post(f"{address}do/settled").status_code == 302
    assert said not in aino.get(address).content.decode()
    assert alarms.standing() == []


def test_n29_a_team_is_handed_over_and_taken_back(
    mikko: Client, world: World, cast: Cast, sign_in: SignIn
) -> None:
    given = {"team": cast.team_1.id.hex, "receiver": cast.eeva.id.hex, "reason": "holiday"}
    assert do(mikko, "delegation", **given, first="24.11.2026", last="30.11.").status_code == 302
    shown = page(mikko)
    assert "24.11.2026 at 00:00 – 1.12.2026 at 00:00" in shown
    assert "to come" in shown
    assert cast.anna.id in book.subordinates(cast.eeva.id, NOW + DAY)
    assert "You stand in for another manager" in page(sign_in(cast.eeva))
    handed = Delegation.objects.get().id.hex
    assert do(sign_in(cast.eeva), "delegation-end", delegation=handed).status_code == 422
    wiring.install(world.wiring(NOW + timedelta(minutes=30)))
    assert do(mikko, "delegation-end", delegation=handed).status_code == 302
    assert cast.anna.id not in book.subordinates(cast.eeva.id, NOW + DAY)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"last": ""}, "Write a day like"),
        ({"last": "31.4.2027"}, "Write a day like"),
        ({"last": "30.6.2027"}, "A delegation lasts 92 days at most"),
        ({"last": "22.11.2026"}, "A delegation begins now or later"),
        ({"reason": "flu"}, "The reason is a holiday"),
        ({"receiver": "x"}, "There is no such person"),
        ({"team": "x"}, "You hand over a team that you lead yourself"),
    ],
)
def test_what_cannot_be_handed_over_is_said_and_the_form_keeps_what_was_typed(
    mikko: Client, cast: Cast, typed: dict[str, str], said: str
) -> None:
    given = {"team": cast.team_1.id.hex, "receiver": cast.eeva.id.hex, "reason": "holiday"}
    answer = do(mikko, "delegation", **(given | {"first": "", "last": "30.11.2026"} | typed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Delegation.objects.exists()


def test_only_managers_find_the_page_and_who_leads_nobody_is_told(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    for person in (cast.anna, cast.dpo, cast.administrator):
        client = sign_in(person)
        assert client.get("/team/").status_code == 404
        assert do(client, "confirmed", team=cast.team_1.id.hex).status_code == 404
    enrol.leave_team(cast.henrik.id, cast.team_2.id, by="system:test", now=NOW)
    henrik = sign_in(cast.henrik)
    assert "You lead no team" in page(henrik)
    assert do(henrik, "promote").status_code == 404
