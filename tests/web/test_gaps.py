"""The page of the gap register: counts, rows, and who says why."""

from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from manifests import SERVICE
from vaiti.audit import reading
from vaiti.register import outages
from vaiti.register.matching import SECOND, Rules, Stretch
from vaiti.register.reconciling import Told, compare
from vaiti.values.clock import to_micros
from web.conftest import SignIn
from web.world import World

MORNING = NOW - timedelta(hours=3)


@pytest.fixture
def missing(world: World) -> None:
    """One call of three was recorded; the recorder was away at the second."""
    world.call("anna.astrom", start=MORNING, seconds=60)
    back = to_micros(MORNING + timedelta(minutes=6))
    outages.seen("recorder", 0, to_micros(MORNING + timedelta(minutes=4)), "", NOW)
    outages.seen("recorder", back, back, "", NOW)
    told = []
    for minutes in (0, 5, 9):
        first = to_micros(MORNING + timedelta(minutes=minutes))
        told.append(Told(Stretch(SERVICE, first, first + 60 * SECOND)))
    compare(told, source="pbx", rules=Rules(), by="system:test", now=NOW)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("A call was not recorded", "The recorder did not run.", "33.33 %", "1 of 3 calls")),
        ("fi", ("Puhelu jäi tallentamatta", "Tallennin ei ollut käynnissä.", "avoin")),
        ("sv", ("Ett samtal spelades inte in", "Inspelaren var inte i gång.", "öppet")),
    ],
)
def test_n22_what_is_missing_is_counted_and_listed_with_its_cause(
    missing: None, cast: Cast, sign_in: SignIn, language: str, says: tuple[str, ...]
) -> None:
    shown = text(sign_in(cast.dpo, language), "/gaps/")
    for one in says:
        assert one in shown
    assert shown.count('data-label="') == 6 * 3  # two calls and the stretch


def test_the_list_is_narrowed_by_state_and_kind_and_survives_nonsense(
    missing: None, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator)
    assert text(client, "/gaps/?kind=missing").count('href="/gaps/') == 2 + 2  # menu, show all
    assert "No gap is like this" in text(client, "/gaps/?state=closed")
    assert "No gap is like this" in text(client, "/gaps/?page=9999")
    assert "Open now" in text(client, "/gaps/?state=x&kind=' OR 1&page=-1")


def test_who_says_why_is_named_and_it_is_in_the_log(
    missing: None, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.dpo)
    row = text(client, "/gaps/?kind=missing").split('nowrap" data-label="Began"><a href="')[1]
    address = row.split('"')[0]
    for wrong in ({"why": ""}, {"why": " ", "state": "closed"}, {"why": "x", "state": "open"}):
        assert client.post(address, wrong).status_code == 422
    answer = client.post(address, {"why": "cable pulled & put back", "state": "explained"})
    assert answer.headers["Location"] == address
    assert "explained: cable pulled &amp; put back (Daniel Ek)" in text(client, address)
    client.post(address, {"why": "told the board", "state": "closed"})
    assert client.post(address, {"why": "again", "state": "closed"}).status_code == 422
    assert "Say why" not in text(client, address)
    entries = reading.entries(kind="register:gap:settled").entries
    assert sorted(str(entry.facts["state"]) for entry in entries) == ["closed", "explained"]


def test_an_empty_register_says_what_it_rests_on(world: World, cast: Cast, sign_in: SignIn) -> None:
    shown = text(sign_in(cast.administrator), "/gaps/")
    assert "have not been compared yet" in shown
    assert "No gap is known" in shown


def test_nobody_else_reads_it(missing: None, cast: Cast, sign_in: SignIn) -> None:
    officer = sign_in(cast.dpo)
    address = text(officer, "/gaps/").split('data-label="Began"><a href="')[1].split('"')[0]
    client = sign_in(cast.auditor)
    for path in ("/gaps/", address, f"/gaps/{'0' * 32}/"):
        assert client.get(path).status_code == 404
    assert client.post(address, {"why": "x", "state": "closed"}).status_code == 404
