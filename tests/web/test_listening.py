"""Opening, hearing, drawing; who may, for what, and how it ends."""

import io
import json
import re
import wave
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client

from cast import NOW, Cast
from vaiti.access.models import Listening
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import enrol
from vaiti.people.models import Person
from vaiti.playback.listen import FIRST_BODY, MAX_BODY
from vaiti.register import pictures
from vaiti.register.admission import MADE_UP
from vaiti.register.models import Call, Leg, Picture, State
from vaiti.values.clock import to_micros
from vaiti.web import verifying
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

MINUTE = timedelta(minutes=1)


@dataclass
class Ear:
    """A signed-in browser and one opened recording."""

    client: Client
    call: UUID
    listening: str

    def get(self, part: str, query: str = "", **headers: str) -> HttpResponse:
        address = f"/calls/{self.call.hex}/{part}/{self.listening}{query}"
        return self.client.get(address, headers=headers)  # type: ignore[return-value]

    def sound(self, asked: str = "", channel: str = "both") -> HttpResponse:
        headers = {"Range": asked} if asked else {}
        return self.get("audio", f"?channel={channel}", **headers)

    def state(self, query: str = "") -> dict[str, object]:
        found: dict[str, object] = json.loads(self.get("status", query).content)
        return found


Open = Callable[..., Ear]


@pytest.fixture
def opened(sign_in: SignIn) -> Open:
    def act(person: Person, call: UUID, **given: str) -> Ear:
        client = sign_in(person)
        leg = Leg.objects.filter(call=call).order_by("ordinal").first()
        assert leg is not None
        answer = client.post(f"/calls/{call.hex}/listen", {"leg": str(leg.id), **given})
        assert answer.status_code == 303, answer.content
        return Ear(client, call, answer["Location"].rpartition("/")[2])

    return act


def frames(sound: bytes) -> tuple[int, int, np.ndarray[tuple[int], np.dtype[np.int16]]]:
    with wave.open(io.BytesIO(sound)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return file.getnchannels(), file.getframerate(), data


def test_n28_an_agent_hears_their_own_call_with_one_click(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=20))
    answer = ear.sound()
    assert answer.status_code == 206
    channels, rate, data = frames(answer.content)
    assert (channels, rate, len(data)) == (2, 8000, 20 * 8000 * 2)
    agent, customer = data[0::2], data[1::2]
    assert np.abs(customer[: 3 * 8000]).max() > 10_000, "the customer speaks first"
    assert np.abs(agent[: 3 * 8000]).max() < 100
    assert np.abs(agent[5 * 8000 : 7 * 8000]).max() > 10_000
    entry = Leaf.objects.get(kind="access:listening:opened")
    assert json.loads(entry.body)["facts"]["purpose"] == "verify"


def test_a_colleague_a_stranger_and_the_managers_manager_hear_nothing(
    world: World, cast: Cast, sign_in: SignIn, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.anna, call)
    leg = Leg.objects.get().id
    for person in (cast.leila, cast.henrik, cast.dpo, cast.auditor, cast.administrator):
        client = sign_in(person)
        given = {"leg": leg, "purpose": "verify", "reference": "2026-118"}
        assert client.post(f"/calls/{call.hex}/listen", given).status_code == 404
        for part in ("audio", "listening"):
            assert Ear(client, call, ear.listening).get(part).status_code == 404
    assert Listening.objects.count() == 1


def test_n33_a_copied_address_does_not_play_in_another_session(
    world: World, cast: Cast, sign_in: SignIn, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    other = Ear(sign_in(cast.anna), ear.call, ear.listening)
    assert ear.sound().status_code == 206
    assert other.sound().status_code == 404


def test_a_listening_belongs_to_its_call(world: World, cast: Cast, opened: Open) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    ear.call = world.call("anna.astrom", seconds=2)
    assert ear.sound().status_code == 404


def test_a_part_that_is_not_of_the_call_is_nothing(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call, other = world.call("anna.astrom", seconds=2), world.call("anna.astrom", seconds=2)
    client = sign_in(cast.anna)
    leg = Leg.objects.get(call=other).id
    for given in (str(leg), "", "x", "999999"):
        assert client.post(f"/calls/{call.hex}/listen", {"leg": given}).status_code == 404
    assert not Listening.objects.exists()


@pytest.mark.parametrize(
    ("purpose", "reference", "said"),
    [
        ("", "2026-118", "Choose the purpose for which you listen."),
        ("training", "", "Give a reference of 3 to 40 letters"),
        ("training", "0401234567", "It may not look like a telephone number."),
        ("curiosity", "2026-118", "Choose the purpose for which you listen."),
        ("security", "2026-118", "This purpose needs the approval of a second person."),
    ],
)
def test_n29_a_manager_states_purpose_and_reference(
    world: World, mikko: Client, purpose: str, reference: str, said: str
) -> None:
    call = world.call("anna.astrom", seconds=2)
    leg = Leg.objects.get().id
    given = {"leg": leg, "purpose": purpose, "reference": reference}
    whole = mikko.post(f"/calls/{call.hex}/listen", given)
    assert whole.status_code == 422
    assert said in whole.content.decode()
    assert f'value="{reference}"' in whole.content.decode()
    part = mikko.post(f"/calls/{call.hex}/listen", given, headers={"HX-Request": "true"})
    assert part.status_code == 422
    assert part["HX-Retarget"] == f"#listen-{leg}"
    assert said in part.content.decode()
    assert "<html" not in part.content.decode()
    assert not Listening.objects.exists()


@pytest.fixture
def mikko(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.mikko)


def test_the_agent_sees_that_their_call_was_heard_and_for_what(
    world: World, cast: Cast, sign_in: SignIn, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.mikko, call, purpose="training", reference="2026-118")
    assert ear.sound().status_code == 206
    page = sign_in(cast.anna, "sv").get(f"/calls/{call.hex}/").content.decode()
    assert "Din chef" in page
    assert "Intern utbildning av personalen" in page
    assert "Mikko" not in page
    theirs = ear.client.get(f"/calls/{call.hex}/").content.decode()
    assert "Who has listened" not in theirs


def test_a_script_gets_the_player_and_a_browser_without_one_its_page(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.anna, call)
    page = ear.get("listening").content.decode()
    assert "<html" in page
    assert f'src="/calls/{call.hex}/audio/{ear.listening}?channel=both"' in page
    given = {"leg": Leg.objects.get().id, "docked": "1"}
    part = ear.client.post(f"/calls/{call.hex}/listen", given, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert "Opened for Anna Åström on 23.11.2026 at 14:00" in part.content.decode()


@pytest.fixture
def long(world: World, cast: Cast, opened: Open) -> Ear:
    return opened(cast.anna, world.call("anna.astrom", seconds=20))


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("", 206, "bytes 0-640043/640044"),
        ("bytes=0-", 206, "bytes 0-262143/640044"),
        ("bytes=0-0", 206, "bytes 0-0/640044"),
        ("bytes=43-46", 206, "bytes 43-46/640044"),
        ("bytes=-100", 206, "bytes 639944-640043/640044"),
        ("bytes=640000-999999", 206, "bytes 640000-640043/640044"),
        ("bytes=640044-", 416, "bytes */640044"),
        ("bytes=-0", 416, "bytes */640044"),
        ("bytes=0-1,5-6", 206, "bytes 0-640043/640044"),
    ],
)
def test_ranges(long: Ear, asked: str, status: int, span: str) -> None:
    answer = long.sound(asked)
    assert answer.status_code == status
    assert answer["Content-Range"] == span
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in answer.headers


def test_no_reply_is_larger_than_a_mebibyte_and_replies_fit_together(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=40))
    first = ear.sound()
    assert len(first.content) == MAX_BODY
    assert len(ear.sound("bytes=0-").content) == FIRST_BODY
    second = ear.sound(f"bytes={MAX_BODY}-")
    whole = first.content + second.content
    assert len(whole) == 44 + 40 * 32_000
    assert ear.sound("bytes=500000-500099").content == whole[500_000:500_100]


@pytest.mark.parametrize("channel", ["agent", "customer"])
def test_one_lane_alone(world: World, cast: Cast, opened: Open, channel: str) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=12))
    channels, _, data = frames(ear.sound(channel=channel).content)
    both = frames(ear.sound().content)[2]
    assert channels == 1
    assert np.array_equal(data, both[0 if channel == "agent" else 1 :: 2])
    assert ear.sound(channel="everything").status_code == 400


def test_each_reply_is_counted_as_heard(world: World, cast: Cast, opened: Open) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=20))
    ear.sound("bytes=44-32043")
    ear.sound("bytes=64044-96043")
    spans = [end - begin for begin, end in Listening.objects.get().heard]
    assert spans == [1_000_000, 1_000_000]


def test_the_lanes_are_drawn_with_holds_and_silences(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=24, hold=(9, 12)))
    page = ear.get("lanes").content.decode()
    assert page.count("<svg") == 4
    assert "Anna Åström · 23.11.2026 at 14:00" in page
    assert re.search('data-seek="12.00">0:09–0:12</button> <span class="soft">3 s', page)
    assert 'data-silences="8.00-12.00 20.00-24.00"' in page
    assert page.count('class="hold" x="375" y="0" width="125"') == 2
    assert len(page) < 40_000


def unpacks(data: bytes) -> bool:
    try:
        zlib.decompress(data)
    except zlib.error:
        return False
    return True


def test_the_lanes_are_made_once_and_kept_sealed(world: World, cast: Cast, opened: Open) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=24, hold=(9, 12)))
    first = re.sub("lanes-[0-9a-f]{32}", "", ear.get("lanes").content.decode())
    kept = bytes(Picture.objects.get().sealed)
    assert not any(unpacks(kept[at:]) for at in range(len(kept)))
    again = re.sub("lanes-[0-9a-f]{32}", "", ear.get("lanes").content.decode())
    assert again == first
    assert bytes(Picture.objects.get().sealed) == kept


def test_n19_a_call_on_its_way_out_gets_no_picture(world: World, cast: Cast, opened: Open) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=24))
    leg = Leg.objects.get()
    bounds = (leg.call_id, to_micros(leg.started_at), to_micros(leg.ended_at))
    Call.objects.update(state=State.DESTROYING)
    pictures.keep(*bounds, b"too late")
    assert "svg" not in ear.get("lanes").content.decode()
    assert pictures.kept(*bounds) == b""


def test_the_right_may_end_while_listening_and_the_player_is_told_why(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.mikko, call, purpose="training", reference="2026-118")
    assert ear.state() == {"alive": True}
    enrol.leave_team(cast.anna.id, cast.team_1.id, by="system:test", now=NOW)
    wiring.install(world.wiring(NOW + timedelta(seconds=1)))
    assert ear.sound().status_code == 404
    state = ear.state()
    assert state["alive"] is False
    assert state["title"] == "You may not hear this recording any more"
    assert state["final"] is True


def test_a_listening_that_rested_ends_and_says_how_to_go_on(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    wiring.install(world.wiring(NOW + 11 * MINUTE))
    assert ear.sound().status_code == 404
    assert ear.state()["title"] == "This listening has ended"
    page = ear.get("listening")
    assert page.status_code == 200
    assert "Press Listen to open the recording again." in page.content.decode()
    assert "could not be drawn" not in page.content.decode()


def test_n19_from_the_due_instant_on_there_is_nothing(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.anna, call)
    due = Call.objects.get(id=call).due_at
    wiring.install(world.wiring(due))
    for address in (f"/calls/{call.hex}/", f"/calls/{call.hex}/audio/{ear.listening}"):
        assert ear.client.get(address).status_code in {404, 302}


def test_without_keys_a_recording_stays_closed_and_the_page_says_so(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    world.stop_keys()
    answer = ear.sound()
    assert answer.status_code == 503
    assert "Recordings cannot be opened right now" in answer.content.decode()
    state = ear.state()
    assert (state["title"], state["final"]) == ("Recordings cannot be opened right now", False)
    assert "cannot be drawn just now" in ear.get("lanes").content.decode()
    assert ear.get("listening").status_code == 200, "the page itself needs no key"
    world.start_keys()
    assert ear.sound().status_code == 206


def corrupt(world: World) -> None:
    """Flips a bit of the only recording."""
    sealed = next((world.folder / "store").rglob("*.vs"))
    changed = bytearray(sealed.read_bytes())
    changed[5000] ^= 1
    sealed.chmod(0o600)
    sealed.write_bytes(changed)


def test_n04_a_flipped_byte_is_refused_and_raises_an_alarm(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=4)
    ear = opened(cast.anna, call)
    corrupt(world)
    answer = ear.sound()
    assert answer.status_code == 500
    assert "This recording is damaged" in answer.content.decode()
    assert ear.state("?at=0")["title"] == "This recording is damaged"
    assert [(one.kind, one.key) for one in alarms.standing()] == [("recording_damaged", call.hex)]


def test_n04_a_check_says_whether_the_recording_is_unchanged(
    world: World, cast: Cast, opened: Open
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom"))
    address = f"/calls/{ear.call.hex}/verify/{ear.listening}"
    assert "Unchanged since it was sealed" in ear.client.post(address).content.decode()
    fragment = ear.client.post(address, headers={"HX-Request": "true"}).content.decode()
    assert fragment.startswith('<span class="verdict" role="status">')
    corrupt(world)
    found = ear.client.post(address, headers={"HX-Request": "true"}).content.decode()
    assert 'role="alert"' in found
    assert alarms.standing()[0].kind == "recording_damaged"
    noted = Leaf.objects.filter(kind="access:recording:verified").order_by("at")
    assert sorted(json.loads(one.body)["facts"]["intact"] for one in noted) == [False, True, True]


def test_only_who_has_the_recording_open_may_check_it(
    world: World, cast: Cast, opened: Open, sign_in: SignIn
) -> None:
    ear = opened(cast.anna, world.call("anna.astrom"))
    address = f"/calls/{ear.call.hex}/verify/{ear.listening}"
    assert sign_in(cast.mikko).post(address).status_code == 404
    assert ear.client.get(address).status_code == 405
    verifying.CHECKS.forget()
    answers = [ear.client.post(address).status_code for _ in range(verifying.CHECKS.most + 1)]
    assert answers == [200] * verifying.CHECKS.most + [429]


def test_a_store_that_lost_the_object_is_told_from_a_dead_key(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.anna, call)
    next((world.folder / "store").rglob("*.vs")).unlink()
    assert ear.sound().status_code == 503
    assert ear.state("?at=0")["title"] == "This recording cannot be read right now"


def test_a_destroyed_key_makes_the_recording_nothing(
    world: World, cast: Cast, opened: Open
) -> None:
    call = world.call("anna.astrom", seconds=2)
    ear = opened(cast.anna, call)
    world.keys.destroy_call(call.hex)  # type: ignore[arg-type]
    assert ear.sound().status_code == 404
    assert ear.state("?at=0")["title"] == "You may not hear this recording any more"


@pytest.mark.parametrize("at", ["?at=1", "?at=9999", "?at=x", "?at=-1", "?at=²", ""])
def test_the_status_takes_any_second(world: World, cast: Cast, opened: Open, at: str) -> None:
    ear = opened(cast.anna, world.call("anna.astrom", seconds=2))
    assert ear.state(at) == {"alive": True}


def test_a_call_that_the_demo_made_up_says_that_it_has_no_sound(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    call = world.call("anna.astrom")
    Call.objects.update(recorder=MADE_UP)
    client = sign_in(cast.anna)
    page = client.get(f"/calls/{call.hex}/").content.decode()
    assert "This call of the demo has no sound" in page
    assert '/listen"' not in page
    leg = Leg.objects.get().id
    answer = client.post(f"/calls/{call.hex}/listen", {"leg": str(leg)})
    assert "This call of the demo has no sound" in answer.content.decode()
    part = client.post(
        f"/calls/{call.hex}/listen", {"leg": str(leg)}, headers={"HX-Request": "true"}
    )
    assert "made up to fill the register" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert not Listening.objects.exists()
