"""The worker raises an alarm while the recorder is silent or refuses, and clears it after."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from vaiti.capture.recorder.state import RecorderState, write_facts, write_state
from vaiti.due import alarms
from vaiti.ops.heartbeat import recorders_live
from vaiti.ops.recorder_looks import look_at_recorder
from vaiti.ops.recorders import Group, group_of
from vaiti.ops.settings import FILE, read_settings
from vaiti.ops.watch import FRONT_KEEPER_LOST, NEAR, REFUSING, SILENT, watch_recorders
from vaiti.register.gaps import What
from vaiti.register.models import Gap
from vaiti.values.clock import to_micros

pytestmark = pytest.mark.django_db

CONTROLLER = {"name": "x", "business_id": "1-2", "privacy_contact": "a@example.fi"}


def state(now: datetime) -> RecorderState:
    return RecorderState(
        state="accepting",
        reason="",
        at_us=to_micros(now),
        started_us=to_micros(now),
        pid=1,
        journal="",
        listening=(),
        calls=0,
        recording=0,
        recorded=0,
        sockets=0,
        packets=0,
        drops={},
        strangers=0,
        wrong_credentials=0,
        lag_ms=0.0,
        waiting_bytes=0,
        free_bytes=1,
        orders_us=0,
    )


def standing() -> list[str]:
    return [alarm.kind for alarm in alarms.standing()]


def test_silence_and_refusal_are_alarms_as_long_as_they_last(now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "recorder.json"
    watch_recorders(Group(tmp_path), now)
    assert standing() == [SILENT]
    write_state(path, state(now))
    watch_recorders(Group(tmp_path), now)
    assert standing() == []
    write_state(path, replace(state(now), state="refusing", reason="disk_full"))
    watch_recorders(Group(tmp_path), now)
    assert standing() == [REFUSING]
    assert alarms.standing()[0].detail.endswith("disk_full")
    watch_recorders(Group(tmp_path), now + timedelta(minutes=1))
    assert standing() == [REFUSING, SILENT]
    write_state(path, state(now + timedelta(minutes=1)))
    watch_recorders(Group(tmp_path), now + timedelta(minutes=1))
    assert standing() == []
    path.write_text("{")
    watch_recorders(Group(tmp_path), now)
    assert standing() == [SILENT]


def test_a_recorder_beside_takes_calls_too_and_must_share_what_makes_them_ours(
    now: datetime, tmp_path: Path
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "second"
    for folder in (ours, theirs):
        (folder / "run").mkdir(parents=True)
    settings = read_settings(
        {"controller": CONTROLLER, "recorder": {"beside": ["../second"]}}, ours
    )
    write_state(theirs / "run" / "recorder.json", state(now))
    watch_recorders(group_of(settings), now)
    assert [(one.key, one.detail) for one in alarms.standing()] == [
        ("recorder", "the recorder says nothing; others take calls")
    ]
    assert not Gap.objects.exists() and recorders_live(group_of(settings), now) == [False, True]
    apart = [one.says for one in look_at_recorder(settings, now) if one.about == "second/recorder"]
    assert "since start" in apart[0] and "no pause holds" in apart[1] and "other lines" in apart[2]
    copied = "".join(f"{name} = {value!r}\n" for name, value in CONTROLLER.items())
    several = f"[controller]\n{copied}[recorder]\nprocesses = 4\n"
    (theirs / FILE).write_text(several)
    assert "processes = 4" in [one.says for one in look_at_recorder(settings, now)][2]
    (theirs / FILE).write_text(several.replace("4", "1"))
    (theirs / "journal").symlink_to(ours / "journal")
    (theirs / "run" / "orders.json").symlink_to(ours / "run" / "orders.json")
    assert [one.about for one in look_at_recorder(settings, now)] == ["recorder", "second/recorder"]
    watch_recorders(group_of(settings), now + timedelta(minutes=1))
    assert [one.key for one in alarms.standing()] == ["recorder", "second/recorder"]


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ({"calls": 8, "most_calls": 10}, {"calls": 7, "most_calls": 10}),
        ({"free_bytes": 12, "least_free_bytes": 10}, {"free_bytes": 13, "least_free_bytes": 10}),
    ],
)
def test_an_alarm_comes_before_the_limit_and_goes_with_it(
    near: dict[str, int], far: dict[str, int], now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "recorder.json"
    for facts, alarm in ((far, []), (near, [NEAR]), (far, [])):
        write_state(path, replace(state(now), **facts))
        watch_recorders(Group(tmp_path), now)
        assert standing() == alarm


def test_of_two_recorders_one_takes_the_calls_while_the_other_is_dead(
    now: datetime, tmp_path: Path
) -> None:
    settings = read_settings(
        {
            "controller": CONTROLLER,
            "recorder": {"processes": 2},
        },
        tmp_path,
    )
    (tmp_path / "run").mkdir()
    files = [tmp_path / "run" / name for name in ("recorder.json", "recorder-2.json")]

    def tell(at: datetime, *of: RecorderState, lasting: bool | None = None) -> list[str]:
        for path, each in zip(files, of, strict=False):
            write_state(path, each)
        front = {"at_us": to_micros(at), "started_us": to_micros(now), "recorders": [1, 2]}
        write_facts(tmp_path / "run" / "front.json", {**front, "lasting": lasting})
        watch_recorders(group_of(settings), at)
        return sorted(f"{each.kind} {each.key}" for each in alarms.standing())

    def looks(at: datetime) -> list[str]:
        return [f"{one.verdict} {one.about}" for one in look_at_recorder(settings, at)]

    def stretches() -> list[str]:
        return list(Gap.objects.filter(kind=What.STRETCH).values_list("cause", flat=True))

    both = replace(state(now), calls=7, most_calls=10)
    assert tell(now, both, both) == [], "seven of ten in each are fourteen of twenty"
    assert looks(now) == ["ok front", "ok recorder", "ok recorder-2"]
    assert tell(now, both, both, lasting=False) == [f"{FRONT_KEEPER_LOST} front"]
    assert looks(now)[0] == "warn front"
    assert tell(now, both, both, lasting=True) == []
    later = now + timedelta(minutes=1)
    alone = replace(both, at_us=to_micros(later))
    assert tell(later, alone) == [f"{SILENT} recorder-2"]
    assert looks(later)[1:] == ["ok recorder", "FAIL recorder-2"]
    assert recorders_live(group_of(settings), later) == [True, False]
    young = replace(alone, started_us=to_micros(later))
    assert tell(later, alone, young) == []
    assert tell(later, young, young) == [], "the first began again while the second was there"
    full = replace(young, state="refusing", reason="disk_full")
    assert tell(later, young, full) == [f"{REFUSING} recorder-2"]
    assert stretches() == [], "calls were taken all the time"
    assert tell(later, full, full) == [f"{REFUSING} recorder", f"{REFUSING} recorder-2"]
    assert stretches() == ["disk_full"]
    watch_recorders(group_of(settings), later + timedelta(minutes=1))
    assert f"{SILENT} front" in [f"{each.kind} {each.key}" for each in alarms.standing()]
    assert sorted(stretches()) == ["disk_full", "recorder_down"]
    write_state(files[0], replace(young, at_us=to_micros(later + timedelta(minutes=1))))
    watch_recorders(Group(tmp_path / "run"), later + timedelta(minutes=1))
    assert standing() == [], "and nothing is said of processes that are no more"
