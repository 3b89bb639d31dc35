"""The worker's pieces of work: one that fails stops no other, and is an alarm until it works."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from vaiti.due import alarms
from vaiti.ops.steps import ALARM, LONGEST_PAUSE, Step, run_due, write_state

pytestmark = pytest.mark.django_db(transaction=True)


class Work:
    """Fails while it is broken; counts what was done."""

    def __init__(self) -> None:
        self.broken = False
        self.done = 0

    def __call__(self, now: datetime) -> None:
        if self.broken:
            raise ValueError("the customer +358401234567 is in the way")
        self.done += 1


def test_one_that_fails_stops_no_other_and_is_an_alarm_until_it_works(
    now: datetime, tmp_path: Path
) -> None:
    bad, good = Work(), Work()
    bad.broken = True
    steps = [Step("bad", 1.0, bad), Step("good", 1.0, good)]
    for tick in range(0, 40, 2):
        run_due(steps, now, float(tick))
    assert good.done == 20
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key) == (ALARM, "bad")
    assert "ValueError at" in alarm.detail
    assert "+358" not in alarm.detail
    write_state(tmp_path / "worker.json", steps, now)
    assert list(json.loads((tmp_path / "worker.json").read_text())["failing"]) == ["bad"]
    bad.broken = False
    run_due(steps, now, 1000.0)
    assert (bad.done, alarms.standing()) == (1, [])
    write_state(tmp_path / "worker.json", steps, now)
    assert json.loads((tmp_path / "worker.json").read_text())["failing"] == {}


def test_a_worker_goes_on_over_a_disk_that_takes_no_word_of_it(
    tmp_path: Path, now: datetime
) -> None:
    aside, state = tmp_path / "worker.part", tmp_path / "worker.json"
    aside.symlink_to("/dev/full")
    assert not write_state(state, [], now)
    assert not state.exists()
    aside.unlink()
    assert write_state(state, [], now)


def test_the_pause_after_failures_grows_and_is_bounded(now: datetime) -> None:
    bad = Work()
    bad.broken = True
    step = Step("bad", 1.0, bad)
    pauses = []
    for tick in range(12):
        run_due([step], now, tick * 1000.0)
        pauses.append(step.pause())
    assert pauses[:3] == [2.0, 4.0, 8.0]
    assert pauses[-1] == LONGEST_PAUSE.total_seconds()


def test_rare_work_waits_for_its_turn_and_is_tried_sooner_after_a_failure(now: datetime) -> None:
    work = Work()
    step = Step("rare", 600.0, work)
    for tick in range(0, 1201, 30):
        run_due([step], now, float(tick))
    assert work.done == 3
    work.broken = True
    run_due([step], now, 1800.0)
    assert step.pause() == LONGEST_PAUSE.total_seconds()
