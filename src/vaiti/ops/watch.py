"""The worker's eye on the recorder: silence and refusal are alarms as long as they last, and so is
what comes before a refusal."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vaiti.due import alarms
from vaiti.ops.state_files import read_state
from vaiti.register import outages
from vaiti.values.clock import from_micros

RECORDER = "recorder"
SILENT, REFUSING = "recorder_silent", "recorder_refusing"
NEAR = "recorder_near_limit"
FOUR_FIFTHS = 0.8
SILENCE = timedelta(seconds=15)
"""The recorder writes its state each second."""


def watch_recorder(state: Path, now: datetime) -> None:
    """Raises or clears the alarms that the recorder's state file calls for, and notes for the gap
    register when no calls could be taken."""
    told = read_state(state)
    silent = told is None or now - from_micros(int(told["at_us"])) > SILENCE
    settle(SILENT, silent, "the recorder says nothing; no call is taken", now)
    if told is None or silent:
        outages.silent(RECORDER, now)
    else:
        refusing = told["state"] == "refusing"
        reason = str(told["reason"]) if refusing else ""
        started_us, at_us = int(told["started_us"]), int(told["at_us"])
        outages.seen(RECORDER, started_us, at_us, reason, now)
        settle(REFUSING, refusing, f"no call is taken: {told['reason']}", now)
        _before_limits(told, now)


def _before_limits(told: Mapping[str, Any], now: datetime) -> None:
    """While there is time to do something: from four fifths of either limit on."""
    calls, most = int(told.get("calls", 0)), int(told.get("most_calls", 0))
    detail = f"calls={calls} most={most}"
    settle(NEAR, bool(most) and calls >= FOUR_FIFTHS * most, detail, now, "calls")
    free, least = int(told.get("free_bytes", 0)), int(told.get("least_free_bytes", 0))
    detail = f"free_mib={free >> 20} least_mib={least >> 20}"
    settle(NEAR, FOUR_FIFTHS * free <= least, detail, now, "disk")


def settle(kind: str, wrong: bool, detail: str, now: datetime, key: str = "recorder") -> None:
    if wrong:
        alarms.raise_alarm(kind, key, detail, now)
    else:
        alarms.clear(kind, key, now)
