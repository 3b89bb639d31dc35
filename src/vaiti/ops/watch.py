"""The worker's eye on the recorder: silence and refusal are alarms as long as they last, and so is
what comes before a refusal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vaiti.due import alarms
from vaiti.ops.recorders import FRONT, Group, said_at
from vaiti.register import outages

RECORDER = "recorder"
NO_CALL, OTHERS = "no call is taken", "others take calls"
SILENT, REFUSING = "recorder_silent", "recorder_refusing"
NEAR = "recorder_near_limit"
FRONT_KEEPER_LOST = "front_keeper_lost"
FOUR_FIFTHS = 0.8
SILENCE = timedelta(seconds=15)
"""The recorder writes its state each second."""


def watch_recorders(group: Group, now: datetime) -> None:
    """Raises or clears the alarms that the recorders' state files call for, and notes for the gap
    register when no calls could be taken. Several take calls as long as one of them does."""
    states, front = group.states(), group.front()
    alive = {name: told for name, told in states.items() if told and _speaks(told, now)}
    passed_on = group.processes == 1 or (front is not None and _speaks(front, now))
    reached = {name: told for name, told in alive.items() if passed_on or not group.is_own(name)}
    what = OTHERS if reached else NO_CALL
    for name in states:
        settle(SILENT, name not in alive, f"the recorder says nothing; {what}", now, name)
    for name, told in alive.items():
        refusing = told["state"] == "refusing"
        settle(REFUSING, refusing, f"{NO_CALL}: {told['reason']}", now, name)
    if not passed_on:
        alarms.raise_alarm(SILENT, FRONT, f"the front says nothing; {what}", now)
    apart = passed_on and front is not None and front.get("lasting") is False
    if apart:
        alarms.raise_alarm(FRONT_KEEPER_LOST, FRONT, "", now)
    _forget_others((*states, *([] if passed_on else [FRONT])), now, kept=not apart)
    if not reached:
        outages.silent(RECORDER, now)
        return
    ahead = {name: front if group.is_own(name) else None for name in reached}
    _note_pulse([(told, ahead[name]) for name, told in reached.items()], now)
    _before_limits(list(alive.values()), now)


def _forget_others(names: Collection[str], now: datetime, *, kept: bool) -> None:
    """Nothing is wrong with what is not among the processes any more, or speaks again."""
    for alarm in alarms.standing():
        past = alarm.kind in (SILENT, REFUSING) and alarm.key not in names
        if past or (kept and alarm.kind == FRONT_KEEPER_LOST):
            alarms.clear(alarm.kind, alarm.key, now)


def _speaks(told: Mapping[str, Any], now: datetime) -> bool:
    return now - said_at(told) <= SILENCE


def _note_pulse(
    reached: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]], now: datetime
) -> None:
    """Of all of them as one: it began with the eldest that lives, or with the front ahead of it,
    without which it is not reached; it takes calls as long as one does."""
    started_us = min(max(int(one["started_us"]) for one in _both(pair)) for pair in reached)
    at_us = max(min(int(one["at_us"]) for one in _both(pair)) for pair in reached)
    reasons = [str(one["reason"]) if one["state"] == "refusing" else "" for one, _ in reached]
    outages.seen(RECORDER, started_us, at_us, min(reasons), now)


def _both(
    pair: tuple[Mapping[str, Any], Mapping[str, Any] | None],
) -> Iterator[Mapping[str, Any]]:
    return (one for one in pair if one is not None)


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
