"""The state page: what happened stands until it is marked as seen, by whom, and on record."""

import re

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit import reading
from vaiti.due import alarms
from web.conftest import SignIn
from web.world import World


@pytest.mark.parametrize("who", ["administrator", "dpo"])
def test_what_happened_stands_until_somebody_marks_it_as_seen(
    world: World, cast: Cast, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    alarms.raise_alarm("line_not_recorded", "pbx", "a call was refused", NOW, event=True)
    action, count = shown_alarm(client)
    assert client.post(action, {"count": count}).headers["Location"] == "/state/"
    assert "No alarm is standing" in client.get("/state/").content.decode()
    (entry,) = reading.entries(kind="due:alarm:seen").entries
    assert entry.actor == getattr(cast, who).id.hex
    assert entry.facts == {"alarm": "line_not_recorded", "key": "pbx", "count": 1}
    alarms.raise_alarm("line_not_recorded", "pbx", "a call was refused", NOW, event=True)
    assert shown_alarm(client)[0] != action


def shown_alarm(client: Client) -> tuple[str, str]:
    page = client.get("/state/").content.decode()
    found = re.search(r'action="(/state/\w+/seen)".*?name="count" value="(\d+)"', page)
    assert found
    return found[1], found[2]


def test_what_happened_again_meanwhile_is_not_marked_unseen(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.administrator, "sv")
    alarms.raise_alarm("line_not_recorded", "pbx", "a call was refused", NOW, event=True)
    action, count = shown_alarm(client)
    alarms.raise_alarm("line_not_recorded", "pbx", "a call was refused", NOW, event=True)
    for wrong in (count, "", "-1", "9" * 40, "två"):
        answer = client.post(action, {"count": wrong})
        assert answer.status_code == 409
        assert "Larmet markerades inte" in answer.content.decode()
    assert [alarm.count for alarm in alarms.standing()] == [2]
    assert not reading.entries(kind="due:alarm:seen").entries


def test_nobody_else_marks_an_alarm_and_no_state_is_marked(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    alarms.raise_alarm("line_not_recorded", "pbx", "a call was refused", NOW, event=True)
    alarms.raise_alarm("recorder_silent", "recorder", "nothing is said", NOW)
    event, state = (f"/state/{one.id.hex}/seen" for one in alarms.standing())
    if "silent" in next(one.kind for one in alarms.standing()):
        event, state = state, event
    for person in (cast.anna, cast.mikko, cast.auditor):
        assert sign_in(person).post(event, {"count": "1"}).status_code == 404
    client = sign_in(cast.administrator)
    assert client.post(state, {"count": "1"}).status_code == 409
    assert client.post(f"/state/{'0' * 32}/seen", {"count": "1"}).status_code == 409
    assert client.get(event).status_code == 405
    assert len(alarms.standing()) == 2


@pytest.mark.parametrize("who", ["administrator", "dpo"])
def test_n16_how_many_calls_have_no_agent_is_a_line(
    world: World, cast: Cast, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    world.call("anna.astrom")
    known = client.get("/state/").content.decode()
    assert "Every call of the last day has its agent." in known
    world.call("nobody.1")
    unknown = client.get("/state/").content.decode()
    assert "1 part of a call, of 2 in the last day, has no known agent" in unknown


def test_where_an_alarm_stands_is_told_by_its_name_with_the_key_behind_it(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    case, anna = "5" * 32, cast.anna.id.hex
    label = cast.service_line.label
    told = {
        ("canary_missed", cast.service_line.number, "unknown"): label,
        ("one_sided_calls", f"line {cast.service_line.number}", "9 of 20 in a day"): label,
        ("people:report", anna, f"reported by {cast.mikko.id.hex}"): "Anna Åström",
        ("rights:case_waits", f"{case}:slow_10", "number=R-2026-2 stage=slow_10"): "R-2026-2",
        ("retention:day_open", "2026-05-02", "calls=1"): "2.5.2026",
        ("residency", "webhook:duty", "undeclared"): "Messages to a program: duty",
        ("worker_away", "worker", ""): "The worker",
    }
    for kind, key, detail in told:
        alarms.raise_alarm(kind, key, detail, NOW)
    alarms.raise_alarm("recorder_silent", "recorder-2", "", NOW)
    page = sign_in(cast.administrator).get("/state/").content.decode()
    for (_kind, key, _detail), name in told.items():
        assert f'{name} <code class="key soft">{key}</code>' in page
    assert 'data-label="Where"><code class="key soft">recorder-2</code>' in page
