"""The worker's eye on the recorder: silence and refusal are alarms as long as they last, and so is
what comes before a refusal."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vaiti.due import alarms
from vaiti.ops.recorders import FRONT, FRONT_STATE, said_at, states_of
from vaiti.ops.state_files import read_state
from vaiti.register import outages

RECORDER = "recorder"
NO_CALL = "no call is taken"
SILENT, REFUSING = "recorder_silent", "recorder_refusing"
NEAR = "recorder_near_limit"
FOUR_FIFTHS = 0.8
SILENCE = timedelta(seconds=15)
"""The recorder writes its state each second."""


def watch_recorders(run: Path, processes: int, now: datetime) -> None:
    """Raises or clears the alarms that the recorders' state files call for, and notes for the gap
    register when no calls could be taken. Several take calls as long as one of them does."""
    what = NO_CALL if processes == 1 else "others take calls"
    states = dict(states_of(run, processes))
    alive = {name: told for name, told in states.items() if told and _speaks(told, now)}
    for name in states:
        settle(SILENT, name not in alive, f"the recorder says nothing; {what}", now, name)
    for name, told in alive.items():
        refusing = told["state"] == "refusing"
        settle(REFUSING, refusing, f"no call is taken: {told['reason']}", now, name)
    front = read_state(run / FRONT_STATE) if processes > 1 else None
    passed_on = processes == 1 or (front is not None and _speaks(front, now))
    if not passed_on:
        alarms.raise_alarm(SILENT, FRONT, f"the front says nothing; {NO_CALL}", now)
    _forget_others((*states, *([] if passed_on else [FRONT])), now)
    if not alive or not passed_on:
        outages.silent(RECORDER, now)
        return
    _note_pulse(list(alive.values()), front, now)
    _before_limits(list(alive.values()), now)


def _forget_others(names: Collection[str], now: datetime) -> None:
    """Nothing is wrong with what is not among the processes any more, or speaks again."""
    for alarm in alarms.standing():
        if alarm.kind in (SILENT, REFUSING) and alarm.key not in names:
            alarms.clear(alarm.kind, alarm.key, now)


def _speaks(told: Mapping[str, Any], now: datetime) -> bool:
    return now - said_at(told) <= SILENCE


def _note_pulse(
    alive: Sequence[Mapping[str, Any]], front: Mapping[str, Any] | None, now: datetime
) -> None:
    """Of all of them as one: it began with the eldest that lives, or with the front, without which
    none is reached; it takes calls as long as one does."""
    started_us = min(int(told["started_us"]) for told in alive)
    at_us = max(int(told["at_us"]) for told in alive)
    if front is not None:
        started_us = max(started_us, int(front["started_us"]))
        at_us = min(at_us, int(front["at_us"]))
    reasons = [str(told["reason"]) if told["state"] == "refusing" else "" for told in alive]
    outages.seen(RECORDER, started_us, at_us, min(reasons), now)


def _before_limits(alive: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """While there is time to do something: from four fifths of either limit on."""
    calls, most = (sum(int(told.get(of, 0)) for told in alive) for of in ("calls", "most_calls"))
    detail = f"calls={calls} most={most}"
    settle(NEAR, bool(most) and calls >= FOUR_FIFTHS * most, detail, now, "calls")
    told = min(alive, key=lambda one: int(one.get("free_bytes", 0)))
    free, least = int(told.get("free_bytes", 0)), int(told.get("least_free_bytes", 0))
    detail = f"free_mib={free >> 20} least_mib={least >> 20}"
    settle(NEAR, FOUR_FIFTHS * free <= least, detail, now, "disk")


def settle(kind: str, wrong: bool, detail: str, now: datetime, key: str = "recorder") -> None:
    if wrong:
        alarms.raise_alarm(kind, key, detail, now)
    else:
        alarms.clear(kind, key, now)
