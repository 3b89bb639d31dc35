"""What is wrong is said in three languages, with what to do, and nothing else."""

import json
import re

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import path

from cast import NOW, Cast
from vaiti.vault.keyclient import KeysUnavailable
from vaiti.web import urls
from vaiti.web.http import errors
from web.conftest import SignIn
from web.world import World

LANGUAGES = ("fi", "sv", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(errors.SENTENCES))
def test_every_error_page_says_what_happened_and_what_to_do(name: str, language: str) -> None:
    request = RequestFactory().get("/calls/", headers={"Accept-Language": language})
    page = errors.show(request, name)
    status, title, _advice = errors.SENTENCES[name]
    text = " ".join(re.sub(r"<[^>]*>", " ", page.content.decode()).split())
    assert page.status_code == status
    assert f'<html lang="{language}">' in page.content.decode()
    assert (title in text) == (language == "en")
    assert ("hx-retarget" in {name.lower() for name in page.headers}) is False


def test_only_what_may_pass_offers_to_try_again_and_what_broke_gives_its_time() -> None:
    request = RequestFactory().get("/calls/?sort=1")
    request.moment = NOW
    pages = {name: errors.show(request, name).content.decode() for name in errors.SENTENCES}
    again = {name for name, page in pages.items() if 'href="/calls/?sort=1"' in page}
    timed = {name for name, page in pages.items() if "2026-11-23 12:00:00 UTC" in page}
    assert again == {"pace", "broken", "database", "keys", "store"}, "not a damaged recording"
    assert timed == {"broken", "database", "keys", "store", "damaged", "decoder"}


def test_an_error_in_answer_to_the_pages_script_takes_the_place_of_the_content() -> None:
    request = RequestFactory().get("/calls/", headers={"HX-Request": "true"})
    page = errors.show(request, "broken")
    assert page["HX-Retarget"] == "#main"
    assert page["HX-Reselect"] == "#main"


RAISED: dict[str, type[Exception]] = {
    "database": OperationalError,
    "memory": MemoryError,
    "keys": KeysUnavailable,
    "broken": RuntimeError,
}


def fail(request: HttpRequest) -> HttpResponse:
    raise RAISED[request.GET["with"]]("secret detail")


urlpatterns = [*urls.urlpatterns, path("fail", fail)]
handler500 = urls.handler500


@pytest.mark.parametrize(
    ("raised", "name", "status"),
    [
        ("database", "database", 503),
        ("memory", "database", 503),
        ("keys", "keys", 503),
        ("broken", "broken", 500),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_an_exception_becomes_its_page_and_tells_nothing(
    cast: Cast, sign_in: SignIn, raised: str, name: str, status: int
) -> None:
    client = sign_in(cast.anna, "sv")
    page = client.get(f"/fail?with={raised}")
    assert page.status_code == status
    assert errors.SENTENCES[name][1] not in page.content.decode(), "it is said in Swedish"
    assert "Försök igen" in page.content.decode()
    assert "secret" not in page.content.decode()
    assert page["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_page_without_a_database_still_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, stranger: Client
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    known = Client(raise_request_exception=False)
    known.cookies["sessionid"] = "x" * 32
    page = known.get("/calls/", headers={"Accept-Language": "fi"})
    assert page.status_code == 503
    assert "Rekisteriin ei saada yhteyttä juuri nyt" in page.content.decode()
    assert json.loads(stranger.get("/healthz").content) == {
        "ok": False,
        "database": False,
        "keys": True,
        "worker": True,
        "decoders": False,
    }


def test_health_tells_what_is_away(world: World, stranger: Client) -> None:
    well = stranger.get("/healthz")
    assert well.status_code == 200
    rest = {"database": True, "worker": True, "decoders": True}
    assert json.loads(well.content) == {"ok": True, "keys": True, **rest}
    world.stop_keys()
    ill = stranger.get("/healthz")
    assert ill.status_code == 503
    assert json.loads(ill.content) == {"ok": False, "keys": False, **rest}


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("put", "/calls/", "GET, POST, HEAD"),
        ("post", "/account/", "GET, HEAD"),
        ("get", "/account/password", "POST"),
        ("get", "/sign-out", "POST"),
        ("get", f"/calls/{'0' * 32}/listen", "POST"),
    ],
)
def test_a_wrong_method_is_told_in_words(
    cast: Cast, sign_in: SignIn, method: str, address: str, allowed: str
) -> None:
    answer = getattr(sign_in(cast.anna), method)(address)
    assert answer.status_code == 405
    assert answer["Allow"] == allowed
    assert "Go to the first page" in answer.content.decode()
