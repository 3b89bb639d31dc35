"""Whatever a field holds, no address answers with a plain failure; a NUL is a 400 with its page."""

import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import Cast
from vaiti.web import urls
from web.catalogues import WEB
from web.conftest import SignIn
from web.world import World

ONE = "0" * 32
ADDRESSES = sorted("/" + re.sub(r"<\w+:\w+>", ONE, str(one.pattern)) for one in urls.urlpatterns)
SOURCES = [*WEB.rglob("*.py"), *WEB.rglob("templates/**/*.html")]
NAME = re.compile(r"""(?:GET|POST)\.get(?:list)?\(\s*"(\w+)"|"(\w+)" in request|\sname="(\w+)\"""")
FIELDS = sorted({"".join(one) for file in SOURCES for one in NAME.findall(file.read_text())})
FORM = "application/x-www-form-urlencoded"
HOSTILE = (
    '{"id": "\\u0000", "type": [{}]}',
    "9" * 5000,
    "\x01\x1f\x7f\ufffe\U0001f4de",
    "' OR 1=1 --",
)


def test_the_fields_are_found_in_the_sources() -> None:
    assert {"login", "password", "next", "number", "purpose", "reference", "count"} <= set(FIELDS)
    assert len(ADDRESSES) > 15


Sent = tuple[str, str, str]
"""An address, the name of a field, its text."""


@st.composite
def sent(draw: st.DrawFn) -> Sent:
    """A NUL somewhere in a name or in a text."""
    address = draw(st.sampled_from([one for one in ADDRESSES if one != "/healthz"]))
    name = draw(st.one_of(st.sampled_from([*FIELDS, "csrfmiddlewaretoken"]), st.text(max_size=5)))
    before, after = draw(st.tuples(st.text(max_size=8), st.text(max_size=8)))
    inside = draw(st.booleans())
    return (address, f"{name}\0", before) if inside else (address, name, f"{before}\0{after}")


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent(), st.booleans())
def _refuses_every_nul(client: Client, what: Sent, form: bool) -> None:
    address, *field = what
    name, text = (quote(part.encode("utf-8", "replace")) for part in field)
    fields = f"other=1&{name}={text}"
    answer = (
        client.post(address, fields, content_type=FORM)
        if form
        else client.get(f"{address}?{fields}")
    )
    assert answer.status_code == 400
    says = answer.content.decode()
    # to a program in the language of the documentation
    assert "kunde inte läsas" in says or (address.startswith("/api/") and "cannot be read" in says)


def test_a_nul_in_any_field_of_any_query_or_form_is_answered_400_with_its_page(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    _refuses_every_nul(sign_in(cast.administrator, "sv"))


def test_a_stranger_with_a_nul_gets_the_page_in_the_browsers_language(stranger: Client) -> None:
    asked = {"Accept-Language": "fi"}
    answer = stranger.post("/sign-in", {"login": "a\0b", "password": "x"}, headers=asked)
    assert answer.status_code == 400
    assert '<html lang="fi">' in answer.content.decode()
    assert stranger.get("/log/?kind=a%00b").status_code == 302, "first of all one signs in"
    body = b"--b\r\nContent-Disposition: form-data; name=login\r\n\r\na\0b\r\n--b--\r\n"
    parts = stranger.post("/sign-in", body, content_type="multipart/form-data; boundary=b")
    assert parts.status_code == 400


def test_a_cookie_with_a_nul_makes_a_stranger_and_no_failure(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator)
    client.cookies["sessionid"] = "abcdefgh\0" + "0" * 23
    assert client.get("/state/").headers["Location"].startswith("/sign-in")
    client.cookies["vaiti-known"] = "\0"
    assert client.post("/sign-in", {"login": "nobody", "password": "x"}).status_code == 403


def test_n20_a_recording_that_an_administrator_sends_anywhere_becomes_no_call(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator)
    before = set(world.store.names())
    for address in sorted(ADDRESSES, key="/sign-out".__eq__):
        sent = client.put(address, b"RIFF", content_type="audio/wav")
        refused = (401, 405) if address.startswith(("/scim/", "/api/")) else (404, 405)
        assert sent.status_code in refused
        wave = SimpleUploadedFile("call.wav", b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav")
        assert client.post(address, {"file": wave, "recording": wave}).status_code < 500
    assert set(world.store.names()) == before
    assert count_of("register_call") == 0


def count_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


TURNS = [0, *(pytest.param(turn, marks=pytest.mark.whole) for turn in range(1, len(HOSTILE)))]
"""At each address each text has its turn, as a query and as a form; a run tries two of them."""


@pytest.mark.parametrize("turn", TURNS)
def test_whatever_the_fields_hold_no_address_fails(
    world: World, cast: Cast, sign_in: SignIn, turn: int
) -> None:
    client = sign_in(cast.administrator)
    for number, address in enumerate(sorted(ADDRESSES, key="/sign-out".__eq__)):
        query, form = (HOSTILE[(number + turn + one) % len(HOSTILE)] for one in (0, 2))
        assert client.get(address, dict.fromkeys(FIELDS, query)).status_code < 500, address
        assert client.post(address, dict.fromkeys(FIELDS, form)).status_code < 500, address
