"""Pages about people: coming back, teams that change, long lists, and who confirms whom."""

import re

import pytest
from django.test import Client

from cast import EMPLOYER, NOW, SINCE, Cast
from vaiti.people import book, enrol
from vaiti.people.directory import PAGE
from vaiti.people.models import Person, Team
from web.conftest import SignIn
from web.test_people import do, text
from web.world import World


@pytest.fixture
def aino(world: World, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.administrator)


def test_n27_a_leaver_comes_back_from_the_page(aino: Client, cast: Cast) -> None:
    page = f"/people/{cast.anna.id.hex}/"
    assert "Open the account again" not in text(aino, page)
    enrol.depart(cast.anna.id, by="system:test", now=NOW)
    assert "Open the account again" in text(aino, page)
    answer = do(aino, cast.anna, "return", employer=EMPLOYER)
    after = text(aino, answer["Location"])
    assert "The account is open again." in after
    assert "Was here before" in after and "23.11.2025 – 23.11.2026" in after
    assert "came back" in after, "the history says so"
    assert book.roles(cast.anna.id, NOW) == frozenset()


def test_teams_are_renamed_and_ended_from_the_list(aino: Client, cast: Cast) -> None:
    team = cast.team_1.id.hex
    given = {"act": "team-rename", "team": team, "name": "Desk North"}
    answer = aino.post("/people/lists/", given)
    page = text(aino, answer["Location"])
    assert "Desk North" in page and "Team 1 until 23.11.2026" in page
    asked = aino.post("/people/lists/", {"act": "team-end", "team": team})
    assert "End the team Desk North?" in asked.content.decode()
    assert Team.objects.get(id=cast.team_1.id).ended_at is None
    aino.post("/people/lists/", {"act": "team-end", "team": team, "sure": "1"})
    assert Team.objects.get(id=cast.team_1.id).ended_at == NOW
    assert "Desk North" not in text(aino, "/people/lists/")
    assert book.subordinates(cast.mikko.id, NOW) == frozenset()
    refused = aino.post("/people/lists/", {"act": "team-end", "team": team, "sure": "1"})
    assert (refused.status_code, "This team has ended." in refused.content.decode()) == (422, True)


def test_a_long_list_has_pages_and_a_search_reaches_all_of_it(aino: Client, cast: Cast) -> None:
    Person.objects.bulk_create(
        Person(login=f"p{n:03}", name=f"Päivi {n:03}", employer=EMPLOYER, active_from=SINCE)
        for n in range(2 * PAGE)
    )
    first = text(aino, "/people/?state=here")
    assert "Page 1 of 3" in first
    after = re.search(r'rel="next" href="([^"]+)"', first)
    assert after and after[1] == "/people/?state=here&amp;page=2"
    last = text(aino, "/people/?state=here&page=99")
    assert "Page 3 of 3" in last and "Päivi 199" in last
    found = text(aino, "/people/?text=päivi+150")
    assert "Päivi 150" in found and "Page 1 of" not in found


def test_n27_who_confirms_somebody_is_named_and_gives_their_word(
    aino: Client, cast: Cast, sign_in: SignIn
) -> None:
    auditor = f"/people/{cast.auditor.id.hex}/"
    assert "Who confirms this person" in text(aino, auditor)
    assert "Who confirms this person" not in text(aino, f"/people/{cast.anna.id.hex}/")
    answer = do(aino, cast.auditor, "confirmer", confirmer=cast.administrator.id.hex)
    assert "Who confirms this person was changed." in text(aino, answer["Location"])
    assert do(aino, cast.administrator, "confirmer", confirmer=cast.dpo.id.hex).status_code == 422
    assert "To confirm now: 2" in text(aino, "/people/")
    page = text(aino, "/people/confirm/")
    assert "Arvid Sund" in page and "Daniel Ek" in page and "Aino Laine" not in page.split("<h1")[1]
    given = {"act": "confirmed", "person": cast.auditor.id.hex}
    assert "The person was confirmed." in text(
        aino, aino.post("/people/confirm/", given)["Location"]
    )
    daniel = sign_in(cast.dpo)
    refused = daniel.post("/people/confirm/", given)
    assert (refused.status_code, "It is not you" in refused.content.decode()) == (422, True)
    wrong = {"act": "reported", "person": cast.trainer.id.hex}
    daniel.post("/people/confirm/", wrong)
    assert "reported as wrong" in text(daniel, "/people/confirm/")
    said = text(aino, f"/people/{cast.trainer.id.hex}/")
    assert "Daniel Ek says that something is wrong with this person (23.11.2026)." in said
    assert sign_in(cast.mikko).get("/people/confirm/").status_code == 404
