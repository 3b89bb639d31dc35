"""Single sign-on against a house with real sockets and signatures (tests/web/house.py)."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from cast import EMPLOYER, NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import enrol, factors, sso
from vaiti.people.models import Person, Role, Session, Subject
from vaiti.people.providers import Provider
from vaiti.people.sessions import SignInRules
from vaiti.web.http import wiring
from vaiti.web.http.sso_client import House as Client_
from web.house import CLIENT, SECRET, House
from web.world import World

MANAGERS, AGENTS = "6f1c0000-managers", "6f1c0000-agents"
Install = Callable[..., Provider]


@pytest.fixture
def house() -> Iterator[House]:
    made = House(NOW.timestamp())
    made.start()
    made.claims = {"preferred_username": "Anna.Astrom", "name": "Anna Åström", "groups": [AGENTS]}
    yield made
    made.stop()


@pytest.fixture
def install(world: World, house: House, cast: Cast) -> Install:
    """Puts the house on the sign-in page, `minutes` after the cast's instant."""

    def act(minutes: float = 0, **changes: Any) -> Provider:  # noqa: ANN401
        provider = Provider(
            name="firm",
            label="Sign in with the firm",
            issuer=house.issuer,
            client_id=CLIENT,
            secret_file="firm.secret",
            unknown="link",
            employer=EMPLOYER,
            roles={MANAGERS: "manager", AGENTS: "sales_agent"},
        )
        provider = replace(provider, **changes)
        now = NOW + timedelta(minutes=minutes)
        house.now = now.timestamp()
        wiring.install(
            replace(world.wiring(now), sign_in=SignInRules(), houses=(Client_(provider, SECRET),))
        )
        return provider

    return act


def follow(address: str) -> str:
    """What a browser does at the other house: it is sent back, with a code."""
    parts = urlsplit(address)
    there = http.client.HTTPConnection(parts.netloc, timeout=60)
    there.request("GET", f"{parts.path}?{parts.query}")
    back = there.getresponse().headers["Location"]
    there.close()
    return back.removeprefix("http://testserver")


def come(client: Client, query: str = "") -> Any:  # noqa: ANN401 - Django's test response
    away = client.get(f"/sign-in/sso/firm{query}")
    return client.get(follow(away["Location"]))


def roles(person: Person) -> set[str]:
    return set(Role.objects.filter(person=person, valid_to=None).values_list("kind", flat=True))


def test_the_page_offers_the_house_and_coming_back_opens_a_session(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    install()
    page = stranger.get("/sign-in?next=/calls/%3Fdirection%3Din").content.decode()
    assert "Sign in with the firm" in page
    answer = come(stranger, "?next=/calls/%3Fdirection%3Din")
    assert (answer.status_code, "sessionid" in answer.cookies) == (200, True)
    assert 'content="0; url=/calls/?direction=in"' in answer.content.decode()
    assert stranger.get("/calls/").status_code == 200
    assert Session.objects.get().how == "sso"
    assert Subject.objects.get().person_id == cast.anna.id
    assert house.asked[0]["scope"] == "openid profile"
    linked = Leaf.objects.get(kind="people:subject:linked")
    assert "s-1" not in linked.body


def test_the_cookie_of_the_way_is_lax_short_and_signed(install: Install, stranger: Client) -> None:
    install()
    cookie = stranger.get("/sign-in/sso/firm").cookies["vaiti-sso"]
    assert (cookie["samesite"], cookie["httponly"], cookie["max-age"]) == ("Lax", True, 600)
    stranger.cookies["vaiti-sso"] = cookie.value + "x"
    assert stranger.get("/sign-in/sso/firm/back?code=1&state=1").status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["vaiti", "another"]},
        {"aud": ["vaiti", "another"], "azp": "another"},
        {"nonce": "of another sign-in"},
        {"exp": int(NOW.timestamp()) - 61},
        {"iat": int(NOW.timestamp()) + 3600},
        {"exp": "tomorrow"},
        {"sub": ""},
        {"sub": "x" * 300},
    ],
    ids="-".join,
)
def test_a_token_that_proves_nothing_opens_nothing(
    install: Install, stranger: Client, house: House, claims: dict[str, Any]
) -> None:
    install()
    house.claims |= claims
    answer = come(stranger)
    assert answer.status_code == 403
    assert "was not accepted" in answer.content.decode()
    assert not Session.objects.exists()
    refused = Leaf.objects.get(kind="people:session:refused")
    assert '"step":"sso"' in refused.body


@pytest.mark.parametrize("broken", ["none", "stranger"])
def test_an_unsigned_or_strangely_signed_token_opens_nothing(
    install: Install, stranger: Client, house: House, broken: str
) -> None:
    install()
    house.broken = broken
    assert come(stranger).status_code == 403


def test_state_code_and_issuer_are_held_to(install: Install, stranger: Client) -> None:
    install()
    back = follow(stranger.get("/sign-in/sso/firm")["Location"])
    assert Client().get(back).status_code == 403  # another browser
    other = stranger.get("/sign-in/sso/firm")["Location"]
    assert stranger.get(back).status_code == 403  # an older question's answer
    back = follow(stranger.get("/sign-in/sso/firm")["Location"])
    assert stranger.get(back.replace("iss=http", "iss=https")).status_code == 403
    back = follow(other)
    assert stranger.get("/sign-in/sso/nowhere").status_code == 404


def test_keys_may_change_and_may_be_of_another_kind(
    install: Install, stranger: Client, house: House
) -> None:
    install()
    assert come(stranger).status_code == 200
    assert come(Client()).status_code == 200
    assert house.key_fetches == 1
    house.key, house.kid = ec.generate_private_key(ec.SECP256R1()), "2"
    assert come(Client()).status_code == 403  # asked for once a minute at most
    install(2)
    assert come(Client()).status_code == 200


def test_roles_follow_the_groups_and_the_officer_is_told_of_what_widens(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    install()
    house.claims["groups"] = [MANAGERS, "another"]
    come(stranger)
    assert roles(cast.anna) == {"service_agent", "manager"}
    (told,) = alarms.standing()
    assert (told.kind, told.key) == ("people:hearing_widened", "sso")
    assert Role.objects.get(person=cast.anna, kind="manager").granted_by == "system:sso:firm"
    install(1)
    house.claims["groups"] = []
    come(stranger)
    assert roles(cast.anna) == {"service_agent"}, "what was granted by hand stays"
    ended = Leaf.objects.get(kind="people:role:ended")
    assert ended.actor == "system:sso:firm"


def test_too_many_groups_to_name_change_nothing_and_are_said(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    install()
    house.claims |= {"groups": None, "_claim_names": {"groups": "src1"}}
    assert "they are too many" in come(stranger).content.decode()
    assert roles(cast.anna) == {"service_agent"}


def test_nobody_unknown_gets_in_unless_the_setting_says_so(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    provider = install(unknown="refuse")
    assert "no account here yet" in come(stranger).content.decode()
    sso.link(cast.anna.id, provider, "s-1", by="system:test", now=NOW)
    assert come(stranger).status_code == 200
    house.claims |= {"sub": "s-2", "preferred_username": "stina.strand", "name": "Stina Strand"}
    install(1)
    assert come(Client()).status_code == 403  # link needs an account of this login
    house.claims["preferred_username"] = "anna.astrom"
    assert come(Client()).status_code == 403  # who is linked is not linked to a second subject
    house.claims["preferred_username"] = "stina.strand"
    install(2, unknown="create")
    assert come(Client()).status_code == 200
    stina = Person.objects.get(login="stina.strand")
    assert (stina.name, stina.employer, roles(stina)) == ("Stina Strand", EMPLOYER, {"sales_agent"})


def test_n27_a_leaver_is_not_let_in_by_another_house(
    install: Install, stranger: Client, cast: Cast
) -> None:
    install()
    come(stranger)
    enrol.depart(cast.anna.id, by="system:test", now=NOW)
    install(1)
    assert "Your account here has ended" in come(Client()).content.decode()


def test_n27_an_administrator_needs_two_factors_there_or_here(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    install()
    house.claims |= {"preferred_username": "aino.laine", "groups": [], "amr": ["pwd"]}
    come(stranger)
    assert stranger.get("/state/")["Location"] == "/account/security/"
    assert "show first that it is you" in stranger.get("/account/security/").content.decode()
    house.claims["amr"] = ["pwd", "mfa"]
    other = Client()
    come(other)
    assert other.get("/state/").status_code == 200
    assert Session.objects.order_by("-how")[0].how == "sso+second"


def test_n27_a_level_counts_as_two_factors_as_keycloak_tells_it(
    install: Install, stranger: Client, cast: Cast, house: House
) -> None:
    install(strong_levels=("2", "gold"))
    asked = stranger.get("/sign-in/sso/firm")["Location"]
    assert parse_qs(urlsplit(asked).query)["acr_values"] == ["2 gold"]
    house.claims |= {"preferred_username": "aino.laine", "groups": []}
    for level, reached in (("1", 302), ("0", 302), ("2", 200), (2, 200), ("gold", 200)):
        house.claims["acr"] = level
        client = Client()
        come(client)
        assert client.get("/state/").status_code == reached, level


def test_a_factor_here_is_asked_for_after_the_other_house(
    install: Install, stranger: Client, cast: Cast
) -> None:
    install()
    factors.add(cast.anna.id, "totp", "Telephone", NOW, secret=factors.new_secret())
    assert 'url=/sign-in/second"' in come(stranger).content.decode()
    assert stranger.get("/calls/").status_code == 302


def test_showing_it_once_more_needs_a_recent_sign_in_there(
    install: Install, stranger: Client, house: House
) -> None:
    install(unknown="link")
    come(stranger)
    again = stranger.get("/sign-in?again=1&next=/account/security/").content.decode()
    assert "/sign-in/sso/firm?next=%2Faccount%2Fsecurity%2F&amp;again=1" in again
    query = "?again=1&next=/account/security/"
    assert come(stranger, query).status_code == 403  # it does not say when
    assert (house.asked[-1]["prompt"], house.asked[-1]["max_age"]) == ("login", "0")
    house.claims["auth_time"] = int(NOW.timestamp()) - 3600
    assert come(stranger, query).status_code == 403
    house.claims["auth_time"] = int(NOW.timestamp()) - 5
    assert come(stranger, query).status_code == 200
    assert "/account/security/app" in stranger.get("/account/security/").content.decode()


def test_a_house_that_does_not_answer_is_said_with_what_to_do(
    install: Install, stranger: Client, house: House
) -> None:
    install()
    house.stop()
    answer = stranger.get("/sign-in/sso/firm")
    assert answer.status_code == 403
    assert "Sign in with the firm cannot be reached right now" in answer.content.decode()
