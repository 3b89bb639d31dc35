"""The pages of training and secrecy, and what somebody without them meets."""

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from cast import NOW, READY_UNTIL, Cast
from vaiti.ops.first.training import COURSE, UNDERTAKING
from vaiti.people import secrecy, training
from vaiti.people.expiry import Term
from vaiti.people.models import Person, TrainingRecord, Undertaking
from vaiti.people.readiness import readiness
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.test_listening import Open, opened
from web.world import World

__all__ = ["opened"]

TERM = Term(12, ZoneInfo("Europe/Helsinki"))
BY = "system:test"
USE, SECRETS = "use_of_system", "secrets_and_customer_data"


@pytest.fixture
def course(cast: Cast) -> None:
    training.load_course(tomllib.loads(COURSE.read_text()), TERM, by=BY, now=NOW)
    secrecy.publish(tomllib.loads(UNDERTAKING.read_text()), TERM, by=BY, now=NOW)


def begin_anew(person: Person) -> None:
    TrainingRecord.objects.filter(person=person).update(valid_to=NOW)
    Undertaking.objects.filter(person=person).update(valid_to=NOW)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def answers(section: str) -> dict[str, str]:
    (table,) = (
        one for one in tomllib.loads(COURSE.read_text())["section"] if one["kind"] == section
    )
    return {
        f"q{number}": str([answer.get("right", False) for answer in one["answer"]].index(True))
        for number, one in enumerate(table["question"])
    }


def send(client: Client, section: str, **changed: str) -> tuple[int, str]:
    page = text(client, f"/training/{section}/questions")
    (version,) = re.findall(r'name="course" value="([0-9a-f]{32})"', page)
    given = {"course": version} | answers(section) | changed
    done = client.post(f"/training/{section}/questions", given)
    return done.status_code, done.content.decode()


def test_n31_n34_somebody_new_is_led_through_course_and_undertaking_to_their_calls(
    world: World, cast: Cast, sign_in: SignIn, course: None
) -> None:
    call = world.call("anna.astrom", seconds=2)
    begin_anew(cast.anna)
    client = sign_in(cast.anna)
    page = text(client, "/calls/", 403)
    for why in (call, uuid4()):
        assert (
            'href="/training/"' in text(client, f"/calls/{why.hex}/why", 403).partition("<main")[2]
        )
    assert 'href="/training/"' in page
    assert 'href="/undertaking/"' in page
    page = text(client, "/training/")
    assert page.count("Missing") == 2
    for section in (USE, SECRETS):
        place = f"/training/{section}/1"
        assert place in page
        while "questions" not in place:
            shown = text(client, place)
            place = re.findall(r'class="button" href="([^"]+)"', shown)[0]
        assert send(client, section)[0] == 302
    assert readiness(cast.anna.id, NOW).trained
    main = text(client, "/calls/", 403).partition("<main")[2]
    assert 'href="/training/"' not in main
    page = text(client, "/undertaking/")
    assert "I, Anna Åström, have read this" in page
    (version,) = re.findall(r'name="version" value="([^"]+)"', page)
    refused = client.post("/undertaking/", {"version": version})
    assert refused.status_code == 422
    assert not readiness(cast.anna.id, NOW).sworn
    assert client.post("/undertaking/", {"version": version, "read": "1"}).status_code == 302
    assert call.hex in text(client, "/calls/")
    given = Undertaking.objects.get(person=cast.anna, source="")
    assert (given.language, given.version_id, given.valid_to) == ("en", version, None)
    assert "gave this undertaking on 23.11.2026" in text(client, "/undertaking/")


def test_a_wrong_answer_is_explained_and_the_right_one_not_given_away(
    world: World, cast: Cast, sign_in: SignIn, course: None
) -> None:
    client = sign_in(cast.anna, "sv")
    status, page = send(client, USE, q0="0")
    assert status == 422
    assert page.count('class="wrong"') == 1
    assert "Väntan före svar spelas aldrig in." in page
    assert "Ja: från svar till slut" not in page
    assert page.count(" checked") == 5
    status, page = send(client, USE, q0="99", q1="x")
    assert (status, page.count("Välj ett svar.")) == (422, 2)


def test_answers_to_a_course_that_has_changed_are_asked_again(
    world: World, cast: Cast, sign_in: SignIn, course: None
) -> None:
    client = sign_in(cast.anna)
    status, page = send(client, USE, course="0" * 32)
    assert status == 422
    assert "The course has changed meanwhile" in page
    for address in ("/training/none/1", f"/training/{USE}/9", f"/training/{USE}/0"):
        text(client, address, 404)
    answer = client.post("/undertaking/", {"version": "0", "read": "1"})
    assert answer.status_code == 422


def test_without_a_course_or_a_text_the_page_says_whom_to_ask(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    assert "No course has been loaded" in text(client, "/training/")
    text(client, f"/training/{USE}/1", 404)


@pytest.mark.parametrize("part", ["list", "call", "none", "fragment"])
def test_n31_the_page_for_what_is_missing_is_the_same_for_every_call(
    world: World, cast: Cast, sign_in: SignIn, part: str
) -> None:
    own = world.call("anna.astrom", seconds=2)
    client = sign_in(cast.anna)
    begin_anew(cast.anna)
    address = {"list": "/calls/", "none": f"/calls/{'0' * 32}/"}.get(part, f"/calls/{own.hex}/")
    headers = {"HX-Request": "true"} if part == "fragment" else {}
    answer = client.get(address, headers=headers)
    assert answer.status_code == 403
    assert "Before you see calls" in answer.content.decode()
    assert own.hex not in answer.content.decode().replace(f'value="{address}"', "")
    assert (answer.headers.get("HX-Retarget") == "#main") is (part == "fragment")


def test_n31_training_that_expires_during_playback_stops_the_sound(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    end = NOW + timedelta(seconds=30)
    TrainingRecord.objects.filter(person=cast.anna).update(valid_to=end)
    assert ear.sound().status_code == 206
    wiring.install(world.wiring(end))
    assert ear.sound().status_code == 404
    state = ear.state()
    assert (state["alive"], state["final"]) == (False, True)
    assert "your training" in str(state["title"])
    assert b"<svg" not in ear.get("lanes").content
    assert ear.get("listening").status_code == 403


@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_n33_every_player_reminds_of_secrecy(
    world: World, cast: Cast, opened: Open, language: str
) -> None:
    said = {
        "sv": "Du har tystnadsplikt",
        "fi": "Sinua sitoo vaitiolovelvollisuus",
        "en": "You are bound by secrecy",
    }
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    ear.client.post("/language", {"language": language, "next": "/"})
    assert said[language] in ear.get("listening").content.decode()


@pytest.mark.parametrize(
    ("days", "weight"), [(31, None), (30, "warn"), (8, "warn"), (7, "bad"), (0, "bad")]
)
def test_the_end_is_announced_on_every_page(
    world: World, cast: Cast, sign_in: SignIn, days: int, weight: str | None
) -> None:
    end = TERM.midnight_after(NOW.date() + timedelta(days=days))
    TrainingRecord.objects.filter(person=cast.anna).update(valid_to=end)
    page = text(sign_in(cast.anna), "/account/")
    assert ("Your training expires" in page) is (weight is not None)
    if weight:
        assert f'class="message {weight}" role="status"' in page


Look = Callable[[Person], str]


@pytest.fixture
def look(sign_in: SignIn) -> Look:
    def act(person: Person) -> str:
        page = text(sign_in(person), "/training/people/")
        return page.partition("<main")[2]

    return act


def test_n31_managers_see_their_people_and_administrators_everybody(
    world: World, cast: Cast, look: Look, sign_in: SignIn
) -> None:
    begin_anew(cast.leila)
    soon = TERM.midnight_after(NOW.date() + timedelta(days=3))
    TrainingRecord.objects.filter(person=cast.anna).update(valid_to=soon)
    seen = look(cast.mikko)
    assert seen.index("Leila Virtanen") < seen.index("Anna Åström")
    assert "1 person of 2 may hear no calls yet." in seen
    assert "26.11.2026" in seen
    assert "Sofia Holm" not in seen
    everybody = look(cast.administrator)
    assert everybody.index("Leila Virtanen") < everybody.index("Anna Åström")
    assert "Sofia Holm" in everybody
    assert (READY_UNTIL - timedelta(days=1)).strftime("%Y") in everybody
    for person in (cast.sofia, cast.auditor, cast.rights_handler):
        text(sign_in(person), "/training/people/", 404)
