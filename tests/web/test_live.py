"""The agent's small page, asking a recorder's session over its real socket."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from cast import NOW, Cast
from drawn import without_drawn
from live_recorder import GATED, LiveRecorder
from vaiti.access.live import RecorderAway
from vaiti.audit.models import Leaf
from vaiti.people.models import DeviceUse, Session
from vaiti.web.http import wiring
from vaiti.web.http.recorder import RecorderClient
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db

DEVICE = "anna.astrom"
ACTS: dict[str, dict[str, str]] = {
    "pause": {"reason": "payment"},
    "resume": {},
    "forget": {"wish": "private"},
    "announced": {},
    "do-not-call": {},
}


@pytest.fixture
def recorder(world: World) -> Iterator[LiveRecorder]:
    path = world.folder / "control.sock"
    wiring.install(replace(world.wiring(), recorder=RecorderClient({"recorder": path})))
    made = LiveRecorder(path, NOW, state_header="X-Recording-State")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def anna(recorder: LiveRecorder, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.anna)


def shown(client: Client) -> str:
    answer = client.get("/live/")
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, call: str, name: str, **fields: str) -> str:
    answer = client.post(f"/live/{call}/{name}", fields)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).content.decode()


def logged(prefix: str = "call:recording:") -> list[str]:
    """What the log has of calls in progress, in its order, though all is of one instant."""
    kinds = Leaf.objects.filter(kind__startswith=prefix).order_by("at", "id")
    return [kind.removeprefix(prefix) for kind in kinds.values_list("kind", flat=True)]


def test_an_agent_sees_her_own_call_and_nobody_elses(
    recorder: LiveRecorder, anna: Client, cast: Cast, sign_in: SignIn
) -> None:
    assert "No call is being recorded for you" in shown(anna)
    recorder.call(DEVICE)
    page = shown(anna)
    assert "Recording" in page
    spaceless = re.sub(r"[\s()./-]", "", without_drawn(page))
    assert "358401234" in spaceless
    assert "1234567" not in spaceless
    assert "No call is being recorded for you" in shown(sign_in(cast.leila))


def test_the_page_stands_in_a_corner_of_the_screen(recorder: LiveRecorder, anna: Client) -> None:
    """The same controls, and nothing around them."""
    call = recorder.call(DEVICE).call_id
    small = anna.get("/live/?small=1").content.decode()
    assert '<body class="corner">' in small and '<body class="corner">' not in shown(anna)
    assert f"/live/{call}/pause" in small and f"/live/{call}/forget" in small
    assert f"/live/{call}/do-not-call" in small
    assert 'href="/live/?small=1"' in shown(anna)


def test_n22_a_pause_has_a_reason_stands_in_the_log_and_ends(
    recorder: LiveRecorder, anna: Client
) -> None:
    call = recorder.call(DEVICE).call_id
    assert "Paused: payment by card" in do(anna, call, "pause", reason="payment")
    assert recorder.states(DEVICE) == ["paused"]
    assert "Recording goes on by itself" in shown(anna)
    assert "Paused" not in do(anna, call, "resume")
    assert recorder.states(DEVICE) == ["recording"]
    assert logged() == ["paused", "resumed"]


def test_an_objection_is_announced_in_the_log_before_anything_is_given_up(
    recorder: LiveRecorder, anna: Client
) -> None:
    call = recorder.call(DEVICE).call_id
    page = do(anna, call, "forget", wish="objection")
    assert "Nothing of this call is kept" in page
    assert recorder.states(DEVICE) == ["not_recorded"]
    assert logged() == ["dropping", "dropped"]


def test_n21_d07_a_gated_line_waits_until_the_agent_says_that_it_was_announced(
    recorder: LiveRecorder, anna: Client
) -> None:
    call = recorder.call(DEVICE, line=GATED).call_id
    page = shown(anna)
    assert "Not recorded yet: waiting for the announcement" in page
    assert "The announcement was made" in page
    assert "/pause" not in page  # nothing is recorded that could pause
    page = do(anna, call, "announced")
    assert "The announcement was made" not in page
    assert "Pause: payment by card" in page
    assert recorder.states(DEVICE) == ["recording"]
    assert logged() == ["announced"]


@pytest.mark.parametrize("told", [True, False])
def test_do_not_call_keeps_the_time_and_says_whether_the_dialler_is_told(
    recorder: LiveRecorder, anna: Client, cast: Cast, told: bool
) -> None:
    wiring.install(replace(wiring.wired(), dialler_told=told))
    call = recorder.call(DEVICE).call_id
    assert ("No dialler is connected" in shown(anna)) is not told
    page = do(anna, call, "do-not-call")
    assert ("The dialler is told not to call again." in page) is told
    assert ("No dialler is told: take the number off your list yourself." in page) is not told
    fragment = anna.post(f"/live/{call}/do-not-call", headers={"HX-Request": "true"})
    assert "time is kept" in fragment.content.decode()
    first, _ = Leaf.objects.filter(kind="call:contact:objected")
    assert (first.actor, first.subject) == (cast.anna.id.hex, call)
    assert json.loads(first.body)["facts"] == {"call": call}
    assert recorder.states(DEVICE) == ["recording"]


def test_what_is_not_there_changes_nothing_and_is_not_logged(
    recorder: LiveRecorder, anna: Client
) -> None:
    mine, theirs = recorder.call(DEVICE), recorder.call("leila.virtanen", "rs2")
    for call in (theirs.call_id, "0" * 32):
        for name, fields in ACTS.items():
            assert "The call had ended already." in do(anna, call, name, **fields)
    recorder.hang_up(mine)
    assert "The call had ended already." in do(anna, mine.call_id, "pause", reason="payment")
    assert "The call had ended already." in do(anna, mine.call_id, "do-not-call")
    assert logged("call:") == []
    assert recorder.states("leila.virtanen") == ["recording"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("pause", {"reason": "boredom"}),
        ("pause", {}),
        ("forget", {"wish": "whim"}),
        ("announce", {}),
    ],
)
def test_what_cannot_be_asked_is_not_there(
    recorder: LiveRecorder, anna: Client, name: str, fields: dict[str, str]
) -> None:
    call = recorder.call(DEVICE).call_id
    assert anna.post(f"/live/{call}/{name}", fields).status_code == 404
    assert recorder.states(DEVICE) == ["recording"]
    assert logged() == []


def test_the_page_is_told_only_of_what_has_changed(recorder: LiveRecorder, anna: Client) -> None:
    recorder.call(DEVICE)
    page = shown(anna)
    key = page.partition("/live/now?as=")[2][:16]
    assert anna.get(f"/live/now?as={key}").status_code == 204
    anna.post(f"/live/{recorder.call(DEVICE, 'rs3').call_id}/pause", {"reason": "identity"})
    changed = anna.get(f"/live/now?as={key}")
    assert changed.status_code == 200
    assert "personal identity code" in changed.content.decode()


def test_what_the_page_asks_by_itself_is_no_use_of_the_session(
    world: World, recorder: LiveRecorder, anna: Client
) -> None:
    before = Session.objects.get().used_at
    later = NOW + timedelta(minutes=30)
    wiring.install(replace(wiring.wired(), clock=lambda: later))
    assert anna.get("/live/now").status_code == 200
    assert Session.objects.get().used_at == before
    assert anna.get("/live/").status_code == 200
    assert Session.objects.get().used_at == later


def test_a_shared_device_is_nobodys(recorder: LiveRecorder, anna: Client, cast: Cast) -> None:
    recorder.call(DEVICE)
    DeviceUse.objects.filter(person=cast.leila).update(valid_to=NOW)
    DeviceUse.objects.filter(person=cast.anna).update(valid_to=NOW + timedelta(days=1))
    DeviceUse.objects.create(
        person=cast.leila, device=DEVICE, valid_from=NOW - timedelta(days=1), valid_to=None
    )
    assert "No call is being recorded for you" in shown(anna)


def test_l40_the_senders_pause_is_its_own_and_its_end_is_reminded_of(
    world: World, recorder: LiveRecorder, anna: Client
) -> None:
    client = recorder.call(DEVICE)
    recorder.say(client, "paused")
    page = shown(anna)
    assert "Paused: the phone system asked for it" in page and "ends its pause itself" in page
    assert "Record again" not in page and "nearly over" not in page
    key = page.partition("/live/now?as=")[2][:16]
    later = NOW + timedelta(seconds=241)
    wiring.install(replace(wiring.wired(), clock=lambda: later))
    reminded = anna.get(f"/live/now?as={key}")
    assert reminded.status_code == 200
    assert "The pause is nearly over" in reminded.content.decode()
    recorder.say(client, "on")
    assert "Paused" not in shown(anna)


@pytest.mark.parametrize("order", [("header", "device"), ("device",)])
def test_n28_whose_a_call_in_progress_is_goes_by_its_peers_rules(
    world: World, cast: Cast, sign_in: SignIn, order: tuple[str, ...]
) -> None:
    """The sender says that Leila speaks at the telephone that is Anna's in the list."""
    path = world.folder / "control.sock"
    wiring.install(replace(world.wiring(), recorder=RecorderClient({"recorder": path})))
    made = LiveRecorder(path, NOW, agent_from=order, agent_headers=("X-Agent",))
    made.start()
    try:
        call = made.call(DEVICE, headers=("X-Agent: Leila.Virtanen",)).call_id
        own, other = (cast.leila, cast.anna) if "header" in order else (cast.anna, cast.leila)
        theirs, others = sign_in(own), sign_in(other)
        assert "Recording" in shown(theirs)
        assert "No call is being recorded for you" in shown(others)
        assert "The call had ended already." in do(others, call, "pause", reason="payment")
        assert made.states(DEVICE) == ["recording"]
        assert "Paused: payment by card" in do(theirs, call, "pause", reason="payment")
        assert logged() == ["paused"]
        places = {"recorder": path, "second/recorder": world.folder / "none.sock"}
        wiring.install(replace(wiring.wired(), recorder=RecorderClient(places)))
        page = shown(others)
        assert "One of the recorders does not answer" in page and "second/recorder" in page
        assert "does not answer" in do(others, call, "pause", reason="payment")
    finally:
        made.stop()


def test_a_recorder_that_does_not_answer_is_told_so(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    wiring.install(
        replace(world.wiring(), recorder=RecorderClient({"recorder": world.folder / "none.sock"}))
    )
    anna = sign_in(cast.anna)
    assert "Treat it as not recorded" in shown(anna)
    assert anna.post(f"/live/{'0' * 32}/pause", {"reason": "payment"}).status_code == 303
    assert logged() == []


def test_of_several_recorders_whichever_has_the_call_is_found_and_one_away_is_told(
    world: World, recorder: LiveRecorder, cast: Cast, sign_in: SignIn
) -> None:
    """The second one has a folder of its own."""
    place = world.folder / "second.sock"
    places = {"recorder": world.folder / "control.sock", "second/recorder": place}
    wiring.install(replace(wiring.wired(), recorder=RecorderClient(places)))
    anna, leila = sign_in(cast.anna), sign_in(cast.leila)
    recorder.call("leila.virtanen")
    second = LiveRecorder(place, NOW)
    second.start()
    try:
        assert "No call is being recorded for you" in shown(anna)
        call = second.call(DEVICE).call_id
        assert "Paused: payment by card" in do(anna, call, "pause", reason="payment")
        assert second.states(DEVICE) == ["paused"]
    finally:
        second.stop()
    page = do(anna, call, "resume")
    assert "One of the recorders does not answer" in page and "second/recorder" in page
    assert "No call is being recorded" not in page and "had ended already" not in page
    assert "does not answer" not in shown(leila), "hers is at the other one"
    assert logged() == ["paused"]


def test_recorders_that_hear_and_say_nothing_are_waited_for_together_and_named(
    world: World, recorder: LiveRecorder
) -> None:
    recorder.call(DEVICE)
    with contextlib.ExitStack() as open_ones:
        places = {"recorder": world.folder / "control.sock"}
        for name in ("second/recorder", "third/recorder"):
            listener = open_ones.enter_context(socket.socket(socket.AF_UNIX))
            places[name] = world.folder / f"{name[:2]}.sock"
            listener.bind(str(places[name]))
            listener.listen()
        asks = RecorderClient(places, turns=2)
        heard = asks.state([DEVICE], [])
        assert [call.device for call in heard.calls] == [DEVICE]
        assert heard.away == ("second/recorder", "third/recorder")
        with pytest.raises(RecorderAway) as away:
            asks.pause("0" * 32, [DEVICE], "payment")
        assert (away.value.names, away.value.partly) == (heard.away, True)


def test_only_agents_have_the_page(recorder: LiveRecorder, cast: Cast, sign_in: SignIn) -> None:
    for person in (cast.mikko, cast.dpo, cast.administrator, cast.auditor):
        browser = sign_in(person)
        assert browser.get("/live/").status_code == 404
        assert browser.post(f"/live/{'0' * 32}/pause", {"reason": "payment"}).status_code == 404
