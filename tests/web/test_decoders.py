"""A codec that this installation cannot decode: said everywhere, and never played as silence."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.access.models import Listening
from vaiti.audio.codecs import decodable
from vaiti.due import alarms
from vaiti.ops import decoders
from vaiti.register import codecs
from vaiti.rights.copies import Controller, Hands, Order, make
from vaiti.rights.copy_models import Package
from vaiti.rights.copy_rules import CopyRefused, Wanted
from vaiti.values.clock import to_micros
from vaiti.values.streams import Epoch
from web.conftest import SignIn
from web.world import World

START = NOW - timedelta(hours=3)
WIDE = tuple(Epoch(n, 7 + n, 9, "G722", 8000, 0, 0, to_micros(START)) for n in (0, 1))
LOST = {
    "en": ("This recording cannot be played here", "the page “State” says how"),
    "fi": ("Tätä tallennetta ei voi toistaa täällä", "sivu ”Tila” kertoo, miten"),
    "sv": ("Den här inspelningen kan inte spelas upp här", "sidan ”Läge” säger hur"),
}

PART = {
    "en": ("what you do not hear there is not silence", "cannot be played here"),
    "fi": ("se, mitä siinä kohdassa ei kuulu, ei ole hiljaisuutta", "ei voi toistaa täällä"),
    "sv": ("det som inte hörs där är inte tystnad", "kan inte spelas upp här"),
}


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Takes the library away, as on a machine on which it was never installed."""

    def away() -> None:
        for name in ("av", "av.codec"):
            monkeypatch.setitem(sys.modules, name, None)
        decodable.cache_clear()

    yield away
    monkeypatch.undo()
    decodable.cache_clear()


def standing() -> list[str]:
    decoders.watch(NOW)
    return [one.key for one in alarms.standing() if one.kind == decoders.ALARM]


def health() -> object:
    return json.loads(Client().get("/healthz").content)["decoders"]


@pytest.mark.parametrize("language", LOST)
def test_n04_without_its_decoder_a_call_stays_sealed_and_nothing_is_played_as_silence(
    world: World,
    cast: Cast,
    sign_in: SignIn,
    lose: Callable[[], None],
    language: str,
) -> None:
    call = world.call("anna.astrom", start=START, epochs=WIDE)
    leg = {"leg": str(_leg(call.hex, client := sign_in(cast.anna, language)))}
    opened = client.post(f"/calls/{call.hex}/listen", leg).headers["Location"]
    listening = opened.rsplit("/", 1)[1]
    sound = f"/calls/{call.hex}/audio/{listening}"
    assert client.get(sound).status_code == 206
    assert standing() == [] and health() is True

    lose()
    assert standing() == ["G722"] and health() is False
    heard = client.get(sound)
    assert heard.status_code == 503
    assert not heard.headers["Content-Type"].startswith("audio/")
    told = json.loads(client.get(f"/calls/{call.hex}/status/{listening}").content)
    assert told["alive"] is False and told["title"] == LOST[language][0]
    assert "<svg" not in client.get(f"/calls/{call.hex}/lanes/{listening}").content.decode()
    opens = Listening.objects.count()
    for page in (
        client.get(f"/calls/{call.hex}/"),
        client.get(opened),
        client.post(f"/calls/{call.hex}/listen", leg),
        client.post(f"/calls/{call.hex}/listen", leg, headers={"HX-Request": "true"}),
    ):
        shown = page.content.decode()
        assert all(one in shown for one in LOST[language])
        assert "data-player" not in shown and 'action="/calls/' + call.hex + '/listen"' not in shown
    assert Listening.objects.count() == opens, "nothing was opened, so nothing is logged"
    hands = Hands(cast.rights_handler.id, world.keys, world.store, world.room.secrets.seed)
    copy = Order("2026-118", "sv", (Wanted(call),), Controller("Posti", "1531864-4"))
    with pytest.raises(CopyRefused, match="decoder"):
        make(copy, hands, NOW)
    assert not Package.objects.exists()
    state = sign_in(cast.administrator, language).get("/state/").content.decode()
    assert "VAITI_WITH=codecs" in state


@pytest.mark.parametrize("language", PART)
def test_n04_what_can_be_decoded_is_played_and_the_rest_is_marked_with_its_reason(
    world: World,
    cast: Cast,
    sign_in: SignIn,
    lose: Callable[[], None],
    language: str,
) -> None:
    """The agent's side in a codec without a decoder, from the fourth second on."""
    later = to_micros(START + timedelta(seconds=4))
    mine = Epoch(0, 7, 8, "PCMA", 8000, 0, 0, to_micros(START))
    theirs = Epoch(1, 8, 8, "PCMA", 8000, 0, 0, to_micros(START))
    wide = replace(theirs, pt=9, codec="G722", first_us=later)
    call = world.call("anna.astrom", start=START, epochs=(mine, theirs, wide))
    lose()
    leg = {"leg": str(_leg(call.hex, client := sign_in(cast.anna, language)))}
    opened = client.post(f"/calls/{call.hex}/listen", leg).headers["Location"]
    listening = opened.rsplit("/", 1)[1]
    assert client.get(f"/calls/{call.hex}/audio/{listening}").status_code == 206
    page = client.get(opened).content.decode()
    assert "data-player" in page and PART[language][0] in page and "(G722)" in page
    drawn = client.get(f"/calls/{call.hex}/lanes/{listening}").content.decode()
    assert PART[language][1] in drawn.split('<ul class="gaps">', 1)[1]
    agents, customers = drawn.split('data-lane="customer"')
    assert 'class="hold"' in agents and 'class="hold"' not in customers
    assert ">0:04" in drawn or ">0.04" in drawn or ">0.00.04" in drawn
    hands = Hands(cast.rights_handler.id, world.keys, world.store, world.room.secrets.seed)
    copy = Order("2026-118", "sv", (Wanted(call),), Controller("Posti", "1531864-4"))
    with pytest.raises(CopyRefused, match="decoder"):
        make(copy, hands, NOW)


def _leg(call: str, client: Client) -> str:
    page = client.get(f"/calls/{call}/").content.decode()
    return page.split('name="leg" value="', 1)[1].split('"', 1)[0]


def test_the_day_until_which_a_codec_is_needed_only_moves_on(cast: Cast, world: World) -> None:
    world.call("anna.astrom", start=START)
    assert codecs.kept(NOW.date()) == {}, "what every installation hears is not noted"
    world.call("anna.astrom", start=START, epochs=WIDE)
    (day,) = codecs.kept(NOW.date()).values()
    wide = {"epochs": [{"codec": "G722"}]}
    codecs.note(wide, day - timedelta(days=1))
    assert codecs.kept(NOW.date()) == {"G722": day}
    codecs.note(wide, day + timedelta(days=9))  # as a hold does
    assert codecs.kept(day + timedelta(days=9)) == {"G722": day + timedelta(days=9)}
    assert codecs.kept(day + timedelta(days=10)) == {}
