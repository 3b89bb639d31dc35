"""Second factors and sessions on the pages: the second step, who must have one, one's devices."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from authenticator import WRONG, code_of, new_secret, wrong_code
from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import factors, totp
from vaiti.people.models import Person, Session
from vaiti.people.sessions import SignInRules
from vaiti.people.throttle import MAX_FAILURES, MAX_OF_ADDRESS
from vaiti.web.http import wiring
from web.conftest import PASSWORD, SignIn
from web.world import World

STEP = timedelta(seconds=totp.STEP_S)


def demand_factors(world: World, minutes: float = 0) -> None:
    """From now on, `minutes` after the cast's instant, roles that need two factors need them."""
    now = NOW + timedelta(minutes=minutes)
    wiring.install(replace(world.wiring(now), sign_in=SignInRules()))


@pytest.fixture
def strict(world: World) -> Iterator[None]:
    demand_factors(world)
    yield


def with_app(person: Person) -> str:
    sealed = new_secret()
    factors.add_totp(person.id, sealed, code_of(sealed), "Telephone", NOW)
    return sealed


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize("who", ["administrator", "dpo"])
def test_n27_who_runs_or_guards_the_register_reaches_nothing_without_a_second_factor(
    strict: None, cast: Cast, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    for place in ("/", "/state/", "/log/", "/calls/", "/account/", "/nothing"):
        assert client.get(place)["Location"] == "/account/security/", place
    assert client.post("/account/password", {})["Location"] == "/account/security/"
    fragment = client.get("/calls/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/account/security/")
    assert "Your account needs a second factor" in text(client, "/account/security/")
    assert client.post("/sign-out")["Location"] == "/sign-in"


def test_an_agent_needs_none(strict: None, cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.anna).get("/calls/").status_code == 200


def test_enrolling_an_app_opens_the_house_and_shows_recovery_codes_once(
    strict: None, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator)
    page = text(client, "/account/security/app")
    assert "<svg" in page
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert secret is not None
    key = base64.b32decode(secret[1].replace(" ", ""))
    wrong = client.post("/account/security/app", {"code": wrong_code(key), "name": "Mine"})
    assert (wrong.status_code, "was not added" in wrong.content.decode()) == (422, True)
    code = totp.code_at(key, totp.step_of(NOW))
    done = client.post("/account/security/app", {"code": code, "name": "Mine"}).content.decode()
    shown = re.findall(r"<code>((?:[a-z2-7]{4}-){5}[a-z2-7]{4})</code>", done)
    assert len(shown) == factors.CODES
    assert shown[0] not in text(client, "/account/security/")
    assert client.get("/state/").status_code == 200
    assert secret[1] not in text(client, "/account/security/app")


def test_the_second_step_is_asked_for_and_takes_a_code_once(
    world: World, cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    sign_in(cast.anna)
    sealed = with_app(cast.anna)
    demand_factors(world, 5)
    given = {"login": "anna.astrom", "password": PASSWORD, "next": "/calls/?direction=in"}
    assert stranger.post("/sign-in", given)["Location"] == "/sign-in/second"
    assert stranger.get("/calls/").status_code == 302  # not in yet
    assert "Code of your app" in text(stranger, "/sign-in/second")
    assert stranger.post("/sign-in/second", {"code": WRONG[1]}).status_code == 403
    code = code_of(sealed, 10)
    answer = stranger.post("/sign-in/second", {"code": code})
    assert answer["Location"] == "/calls/?direction=in"
    assert Session.objects.latest("started_at").how == "password+totp"
    again = Client()
    again.post("/sign-in", given)
    assert again.post("/sign-in/second", {"code": code}).status_code == 403


def test_the_second_step_waits_five_minutes_and_needs_the_first(
    world: World, cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    assert stranger.get("/sign-in/second")["Location"] == "/sign-in"
    sign_in(cast.anna)
    sealed = with_app(cast.anna)
    stranger.post("/sign-in", {"login": "anna.astrom", "password": PASSWORD})
    demand_factors(world, 6)
    given = {"code": code_of(sealed, 12)}
    assert stranger.post("/sign-in/second", given)["Location"] == "/sign-in"


def test_too_many_codes_are_told_to_wait(
    world: World, cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    sign_in(cast.anna)
    with_app(cast.anna)
    stranger.post("/sign-in", {"login": "anna.astrom", "password": PASSWORD})
    for _ in range(MAX_FAILURES):
        assert stranger.post("/sign-in/second", {"code": WRONG[0]}).status_code == 403
    assert stranger.post("/sign-in/second", {"code": WRONG[0]}).status_code == 429


def test_how_one_signs_in_is_changed_in_a_fresh_session_only(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    with_app(cast.anna)
    demand_factors(world, 11)
    again = "/sign-in?again=1&next=%2Faccount%2Fsecurity%2F"
    assert again.replace("&", "&amp;") in text(client, "/account/security/")
    (card,) = factors.factors_of(cast.anna.id)
    for address in ("codes", "passkey/options", "passkey", f"factors/{card.id.hex}/remove"):
        assert client.post(f"/account/security/{address}")["Location"] == again, address
    assert client.get("/account/security/app")["Location"] == again
    assert factors.factors_of(cast.anna.id) == [card]
    assert 'value="anna.astrom"' in text(client, again)
    client.post("/sign-in", {"login": "anna.astrom", "password": PASSWORD})
    assert not Session.objects.exists(), "the old session is over, the new one not begun"


def test_a_factor_is_removed_but_an_administrators_last_one_stays(
    strict: None, cast: Cast, sign_in: SignIn
) -> None:
    anna, admin = sign_in(cast.anna), sign_in(cast.administrator)
    for client, person in ((anna, cast.anna), (admin, cast.administrator)):
        with_app(person)
        (card,) = factors.factors_of(person.id)
        address = f"/account/security/factors/{card.id.hex}/remove"
        answer = client.post(address)
        assert answer.status_code == (303 if person == cast.anna else 422)
    assert "Add another one before" in answer.content.decode()
    assert factors.kinds_of(cast.anna.id) == frozenset()
    assert factors.kinds_of(cast.administrator.id) == {"totp"}


def test_sessions_are_listed_with_their_browser_and_ended_from_afar(
    cast: Cast, sign_in: SignIn
) -> None:
    here, there = sign_in(cast.anna), sign_in(cast.anna)
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
    third = Client()
    given = {"login": "anna.astrom", "password": PASSWORD}
    third.post("/sign-in", given, headers={"User-Agent": firefox})
    page = text(here, "/account/security/")
    assert "Firefox, Linux" in page
    assert page.count("this browser") == 1
    row = Session.objects.get(browser="Firefox, Linux")
    here.post(f"/account/security/sessions/{row.id.hex}/end")
    assert third.get("/calls/")["Location"].startswith("/sign-in?ended=1")
    here.post("/account/security/sessions/end-others")
    assert there.get("/calls/").status_code == 302
    assert here.get("/calls/").status_code == 200


def test_nobody_ends_anothers_session(cast: Cast, sign_in: SignIn) -> None:
    anna, leila = sign_in(cast.anna), sign_in(cast.leila)
    row = Session.objects.get(person=cast.anna)
    leila.post(f"/account/security/sessions/{row.id.hex}/end")
    leila.post("/account/security/sessions/end-others")
    assert anna.get("/calls/").status_code == 200


def test_a_session_without_use_for_an_hour_has_ended(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    demand_factors(world, 61)
    assert client.get("/calls/")["Location"].startswith("/sign-in?ended=1")


def test_a_stranger_does_not_close_a_login_to_the_browser_that_knows_it(
    cast: Cast, sign_in: SignIn, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaiti.people.throttle.MAX_FAILURES", 2)  # a hash of time each
    own = sign_in(cast.anna)
    own.post("/sign-out")
    given = {"login": "anna.astrom", "password": "wrong"}
    for _ in range(2):
        stranger.post("/sign-in", given)
    right = {"login": "anna.astrom", "password": PASSWORD}
    assert stranger.post("/sign-in", right).status_code == 429
    assert own.post("/sign-in", right)["Location"] == "/calls/"
    own.post("/sign-out")
    for _ in range(2):  # a known browser is no way round the count either
        assert own.post("/sign-in", given).status_code == 403
    assert own.post("/sign-in", right).status_code == 429


def test_one_address_does_not_try_many_logins(
    world: World, cast: Cast, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaiti.people.throttle.MAX_OF_ADDRESS", 3)
    assert MAX_OF_ADDRESS == 50
    for number in range(3):
        given = {"login": f"no.body{number}", "password": "wrong"}
        assert stranger.post("/sign-in", given).status_code == 403
    given = {"login": "some.body", "password": "wrong"}
    assert stranger.post("/sign-in", given).status_code == 429
    assert stranger.post("/sign-in", given, REMOTE_ADDR="192.0.2.9").status_code == 403
    forged = {"X-Forwarded-For": "192.0.2.77"}
    assert stranger.post("/sign-in", given, headers=forged).status_code == 429
    wiring.install(replace(world.wiring(), behind_proxy=True))
    told = {"X-Forwarded-For": "127.0.0.1, 192.0.2.77"}
    assert stranger.post("/sign-in", given, headers=told).status_code == 403


def test_a_passkey_that_nobody_asked_for_is_refused(
    cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    sign_in(cast.anna)
    for response in ("", "{}", "[]", '{"rawId": "AA"}', "x" * 30_000):
        stranger.post("/sign-in/passkey/options")
        assert stranger.post("/sign-in/passkey", {"response": response}).status_code == 403
    assert stranger.post("/sign-in/passkey", {"response": "{}"}).status_code == 403
    refused = Leaf.objects.filter(kind="people:session:refused", actor="unknown")
    assert any('"step":"passkey"' in entry.body for entry in refused)
