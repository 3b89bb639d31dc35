"""Signing in and out, the session, the language, one's own account."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.ops.django_config import django_settings
from vaiti.people import enrol, signin
from vaiti.people.models import Person
from vaiti.people.throttle import MAX_FAILURES
from vaiti.web.http import wiring
from web.conftest import PASSWORD, SignIn
from web.world import World

BETTER = "fyra blå cyklar ute"


@pytest.fixture
def anna(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.anna)


def try_in(client: Client, login: str, password: str) -> str:
    response = client.post("/sign-in", {"login": login, "password": password})
    assert response.status_code == 403
    return str(response.content.decode())


def same(page: str, *names: str) -> str:
    """A page without what differs by design: the typed login and the form's token."""
    for name in names:
        page = page.replace(name, "")
    head, _, rest = page.partition('name="csrfmiddlewaretoken" value="')
    while rest:
        page = head + rest.partition('"')[2]
        head, _, rest = page.partition('name="csrfmiddlewaretoken" value="')
    return page


def test_a_stranger_is_sent_to_sign_in_and_back_afterwards(
    stranger: Client, cast: Cast, sign_in: SignIn
) -> None:
    sign_in(cast.anna)
    away = stranger.get("/calls/?from=1.11.2026")
    assert away.status_code == 302
    assert away["Location"] == "/sign-in?next=%2Fcalls%2F%3Ffrom%3D1.11.2026"
    given = {"login": "anna.astrom", "password": PASSWORD, "next": "/calls/?from=1.11.2026"}
    assert stranger.post("/sign-in", given)["Location"] == "/calls/?from=1.11.2026"


@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-Proto": "https"}])
@pytest.mark.parametrize(
    ("origin", "status"), [("https://vaiti.example", 302), ("https://evil.example", 403)]
)
def test_forms_come_through_a_proxy_with_tls_and_from_nowhere_else(
    cast: Cast, sign_in: SignIn, origin: str, status: int, forwarded: dict[str, str]
) -> None:
    sign_in(cast.anna)
    given = django_settings({}, "x", ["vaiti.example"], secure=True)
    names = (
        *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECURE_PROXY_SSL_HEADER"),
        *("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE"),
    )
    with override_settings(**{name: given[name] for name in names}):
        client = Client(enforce_csrf_checks=True)
        headers = {"Host": "vaiti.example", **forwarded}
        page = client.get("/sign-in", headers=headers).content.decode()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"login": "anna.astrom", "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = client.post("/sign-in", form, headers={**headers, "Origin": origin})
    assert answer.status_code == status
    if status == 302 and forwarded:
        found = {name: each["secure"] for name, each in client.cookies.items() if each["path"]}
        assert found == {"__Host-sessionid": True, "__Secure-vaiti-known": True}
    assert ("Strict-Transport-Security" in answer.headers) is bool(forwarded)


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/" + "x" * 600]
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    stranger: Client, cast: Cast, sign_in: SignIn, address: str
) -> None:
    sign_in(cast.anna)
    given = {"login": "anna.astrom", "password": PASSWORD, "next": address}
    assert stranger.post("/sign-in", given)["Location"] == "/calls/"


def test_an_unknown_name_and_a_wrong_password_look_the_same(
    stranger: Client, cast: Cast, sign_in: SignIn
) -> None:
    sign_in(cast.anna)
    known = try_in(stranger, "anna.astrom", "wrong")
    unknown = try_in(Client(), "nobody.here", "wrong")
    assert same(known, "anna.astrom") == same(unknown, "nobody.here")


@pytest.mark.parametrize("login", ["anna.astrom", "nobody.here"])
def test_too_many_tries_are_told_to_wait_whoever_they_are(
    stranger: Client, cast: Cast, sign_in: SignIn, login: str
) -> None:
    sign_in(cast.anna)
    for _ in range(MAX_FAILURES):
        try_in(stranger, login, "wrong")
    response = stranger.post("/sign-in", {"login": login, "password": PASSWORD})
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "Try again at 14:15." in response.content.decode()


def test_the_session_gets_a_new_name_at_sign_in(
    stranger: Client, cast: Cast, sign_in: SignIn
) -> None:
    sign_in(cast.anna)
    stranger.get("/sign-in")
    before = stranger.cookies["sessionid"].value
    stranger.post("/sign-in", {"login": "anna.astrom", "password": PASSWORD})
    after = stranger.cookies["sessionid"]
    assert after.value != before
    assert not Session.objects.filter(session_key=before).exists()
    assert after["samesite"] == "Strict"
    assert after["httponly"]


def test_signing_out_ends_the_session_and_is_logged(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna)
    key = client.cookies["sessionid"].value
    assert client.get("/sign-out").status_code == 405
    away = client.post("/sign-out")
    assert (away["Location"], away["Clear-Site-Data"]) == ("/sign-in", '"cache", "storage"')
    assert not Session.objects.filter(session_key=key).exists()
    assert Leaf.objects.filter(kind="people:session:closed", actor=cast.anna.id.hex).exists()
    assert client.get("/calls/").status_code == 302


def test_n27_a_leavers_session_ends_at_the_next_request(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    assert client.get("/calls/").status_code == 200
    enrol.depart(cast.anna.id, by="system:test", now=NOW)
    wiring.install(world.wiring(NOW + timedelta(seconds=1)))
    away = client.get("/calls/")
    assert away.status_code == 302
    assert away["Location"].startswith("/sign-in?ended=1")
    assert "You have been signed out" in client.get(away["Location"]).content.decode()


def test_a_form_without_its_token_changes_nothing_and_says_so(cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.anna)
    careful = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = careful.post("/sign-in", {"login": "anna.astrom", "password": PASSWORD})
    assert response.status_code == 403
    assert "The form had expired" in response.content.decode()
    assert careful.get("/calls/").status_code == 302


def test_the_language_is_kept_with_the_session_and_the_person(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna, "sv")
    assert "Mina samtal" in client.get("/calls/").content.decode()
    answer = client.post("/language", {"language": "fi", "next": "/calls/?from=1.11.2026"})
    assert answer["Location"] == "/calls/?from=1.11.2026"
    page = client.get("/calls/")
    assert "Omat puheluni" in page.content.decode()
    assert page["Content-Language"] == "fi"
    assert Person.objects.get(id=cast.anna.id).language == "fi"
    assert client.post("/language", {"language": "de"}).status_code == 400


@pytest.mark.parametrize(
    ("accepts", "word"),
    [("sv-FI,en", "Logga in"), ("fi", "Kirjaudu"), ("de", "Sign in"), ("en-GB", "Sign in")],
)
def test_a_stranger_is_met_in_the_browsers_language(
    stranger: Client, accepts: str, word: str
) -> None:
    page = stranger.get("/sign-in", headers={"Accept-Language": accepts})
    assert word in page.content.decode()


def test_a_person_changes_their_password(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna)
    given = {"present": PASSWORD, "wanted": BETTER, "again": BETTER}
    answer = client.post("/account/password", given)
    assert answer.status_code == 303
    assert "The password was changed." in client.get(answer["Location"]).content.decode()
    assert signin.sign_in("anna.astrom", BETTER, NOW) is not None


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(
    cast: Cast, sign_in: SignIn
) -> None:
    here, elsewhere = sign_in(cast.anna), sign_in(cast.anna)
    assert elsewhere.get("/account/").status_code == 200
    given = {"present": PASSWORD, "wanted": BETTER, "again": BETTER}
    assert here.post("/account/password", given).status_code == 303
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/")["Location"].startswith("/sign-in?ended=1")
    signin.set_password(cast.anna.id, BETTER + " snabbt", by="system:init", now=NOW)
    assert here.get("/account/").status_code == 302


@pytest.mark.parametrize(
    ("present", "wanted", "again", "said"),
    [
        ("wrong", BETTER, BETTER, "The present password is not right"),
        (PASSWORD, "short", "short", "Use at least 12 characters"),
        (PASSWORD, BETTER, BETTER + "x", "not typed the same way twice"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing_and_says_why(
    anna: Client, present: str, wanted: str, again: str, said: str
) -> None:
    given = {"present": present, "wanted": wanted, "again": again}
    answer = anna.post("/account/password", given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert signin.sign_in("anna.astrom", PASSWORD, NOW) is not None
