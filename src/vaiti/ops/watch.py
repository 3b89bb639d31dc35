"""The worker's eye on the recorder: silence and refusal are alarms as long as they last."""

from datetime import datetime, timedelta
from pathlib import Path

from vaiti.due import alarms
from vaiti.ops.state_files import read_state
from vaiti.values.clock import from_micros

SILENT, REFUSING = "recorder_silent", "recorder_refusing"
SILENCE = timedelta(seconds=15)
"""The recorder writes its state each second."""


def watch_recorder(state: Path, now: datetime) -> None:
    """Raises or clears the alarms that the recorder's state file calls for."""
    told = read_state(state)
    silent = told is None or now - from_micros(int(told["at_us"])) > SILENCE
    settle(SILENT, silent, "the recorder says nothing; no call is taken", now)
    if told is not None and not silent:
        refusing = told["state"] == "refusing"
        settle(REFUSING, refusing, f"no call is taken: {told['reason']}", now)


def settle(kind: str, wrong: bool, detail: str, now: datetime) -> None:
    if wrong:
        alarms.raise_alarm(kind, "recorder", detail, now)
    else:
        alarms.clear(kind, "recorder", now)
