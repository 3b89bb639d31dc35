"""The worker's eye on the recorder: silence and refusal are alarms as long as they last."""

from datetime import datetime, timedelta
from pathlib import Path

from vaiti.due import alarms
from vaiti.ops.state_files import read_state
from vaiti.register import outages
from vaiti.values.clock import from_micros

RECORDER = "recorder"
SILENT, REFUSING = "recorder_silent", "recorder_refusing"
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


def settle(kind: str, wrong: bool, detail: str, now: datetime) -> None:
    if wrong:
        alarms.raise_alarm(kind, "recorder", detail, now)
    else:
        alarms.clear(kind, "recorder", now)
