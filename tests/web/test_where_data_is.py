"""N-26 on the pages: where data is, who comes from outside, and when a recording was looked at."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit import reading
from vaiti.ops.networks import Countries
from vaiti.register import checking
from vaiti.register.checking import Found
from vaiti.register.models import Call
from vaiti.values.ids import ObjectId
from vaiti.web import abroad
from vaiti.web.http import wiring
from vaiti.web.http.wiring import DataPlace
from web.conftest import SignIn
from web.world import World

PLACES = (
    DataPlace("machine", "Posti", "FI", "our own machine", "attested", True, NOW),
    DataPlace("store", "A provider", "SE", "DPA 2026", "checked", True, None),
    DataPlace("webhook:crm", "", "", "", "undeclared", False, None),
)


def test_the_state_page_says_how_far_recordings_have_moved(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    path = world.folder / "store-move.json"
    wiring.install(replace(world.wiring(), worker=world.folder / "worker.json"))
    told = {"total": 40, "objects": 10, "octets": 5, "kept": 1, "left": 30}
    client = sign_in(cast.dpo)
    assert "Kept back" not in client.get("/state/").content.decode()
    for state, ago, words in (
        ("moving", 0, "on their way"),
        ("moving", 10, "was cut off"),
        ("stopped", 0, "was cut off"),
        ("left", 0, "vaiti store status"),
        ("done", 60, "All is moved"),
    ):
        at = (NOW - timedelta(minutes=ago)).isoformat()
        path.write_text(json.dumps({**told, "state": state, "at": at}))
        page = client.get("/state/").content.decode()
        assert words in page and "Moved: 10 of 40. Kept back: 1." in page, state
    at = (NOW - timedelta(days=2)).isoformat()
    path.write_text(json.dumps({**told, "state": "done", "at": at}))
    assert "Kept back" not in client.get("/state/").content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Where data is", "attested on", "not declared", "Messages to a program: crm")),
        ("fi", ("Missä tiedot ovat", "vahvistettu", "ei ilmoitettu", "Viestit ohjelmalle: crm")),
        ("sv", ("Var uppgifterna finns", "intygad", "inte angiven", "program: crm")),
    ],
)
def test_n25_the_state_page_says_where_everything_lies(
    world: World, cast: Cast, sign_in: SignIn, language: str, words: tuple[str, ...]
) -> None:
    wiring.install(replace(world.wiring(), places=lambda now: PLACES))
    page = sign_in(cast.administrator, language).get("/state/").content.decode()
    for word in (*words, "A provider", "DPA 2026"):
        assert word in page


def test_n26_whoever_comes_from_outside_is_refused_before_anything_opens(
    world: World, cast: Cast, sign_in: SignIn, stranger: Client
) -> None:
    call = world.call("anna.astrom")
    path = world.folder / "networks.csv"
    path.write_text("8.8.8.0/24,US\n193.166.0.0/15,FI\n")
    client, there = sign_in(cast.anna), "8.8.8.8"
    table = Countries(path, "refuse")
    told = {"country_refused": table.refused, "country_of": table.country_of}
    wiring.install(replace(world.wiring(), **told))
    abroad.NOTED.forget()
    for address in (f"/calls/{call.hex}/", "/calls/", "/api/v1/me"):
        assert client.get(address, REMOTE_ADDR=there).status_code == 403
    answer = client.post(f"/calls/{call.hex}/listen", {"leg": "1"}, REMOTE_ADDR=there)
    assert answer.status_code == 403
    assert "outside of the European Economic Area" in answer.content.decode()
    (entry,) = reading.entries(kind="access:abroad:refused").entries
    assert (entry.actor, entry.facts) == (cast.anna.id.hex, {"country": "US"})
    assert not reading.entries(kind="access:listening:opened").entries
    assert stranger.get("/sign-in", REMOTE_ADDR=there).status_code == 403
    assert client.get("/healthz", REMOTE_ADDR=there).status_code == 200
    assert client.get(f"/calls/{call.hex}/", REMOTE_ADDR="193.166.1.1").status_code == 200
    legs = {"leg": str(Call.objects.get(id=call).legs.get().id)}
    for here in ("193.166.1.1", "10.0.0.1"):
        assert client.post(f"/calls/{call.hex}/listen", legs, REMOTE_ADDR=here).status_code == 303
    opened = reading.entries(kind="access:listening:opened").entries
    assert {str(one.facts.get("country")) for one in opened} == {"FI", "None"}


def test_n04_the_page_says_when_the_recording_was_compared(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom")
    client, at = sign_in(cast.anna), f"/calls/{call.hex}/"
    assert "Unchanged since it was sealed" not in client.get(at).content.decode()
    object_id = ObjectId(Call.objects.get(id=call).object_id.hex)
    checking.note([Found(call, object_id, True)], NOW - timedelta(days=2))
    page = client.get(at).content.decode()
    assert "Unchanged since it was sealed" in page
    assert "checked on" in page
    checking.note([Found(call, object_id, False)], NOW)
    assert "Not what was sealed" in client.get(at).content.decode()
