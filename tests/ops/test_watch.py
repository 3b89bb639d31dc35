"""The worker raises an alarm while the recorder is silent or refuses, and clears it after."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from vaiti.capture.recorder.state import RecorderState, write_state
from vaiti.due import alarms
from vaiti.ops.watch import NEAR, REFUSING, SILENT, watch_recorders
from vaiti.values.clock import to_micros

pytestmark = pytest.mark.django_db


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
    watch_recorders(tmp_path, 1, now)
    assert standing() == [SILENT]
    write_state(path, state(now))
    watch_recorders(tmp_path, 1, now)
    assert standing() == []
    write_state(path, replace(state(now), state="refusing", reason="disk_full"))
    watch_recorders(tmp_path, 1, now)
    assert standing() == [REFUSING]
    assert alarms.standing()[0].detail.endswith("disk_full")
    watch_recorders(tmp_path, 1, now + timedelta(minutes=1))
    assert standing() == [REFUSING, SILENT]
    write_state(path, state(now + timedelta(minutes=1)))
    watch_recorders(tmp_path, 1, now + timedelta(minutes=1))
    assert standing() == []
    path.write_text("{")
    watch_recorders(tmp_path, 1, now)
    assert standing() == [SILENT]


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
        watch_recorders(tmp_path, 1, now)
        assert standing() == alarm
