"""Whether the worker before this one was away without having been told to stop."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.due import alarms

ALARM = "worker_away"
SHORT = timedelta(seconds=60)
"""A worker that died is back in less; nothing is late by then."""


class Absence:
    """Reads the state of the worker before, which this one is about to replace."""

    def __init__(self, state: Path) -> None:
        self._last = last_seen(state)

    def tell(self, now: datetime) -> bool:
        """Whether an alarm was raised."""
        last, self._last = self._last, None
        if last is None or now - last <= SHORT:
            return False
        detail = f"from {last.isoformat(timespec='seconds')} to {now.isoformat(timespec='seconds')}"
        return alarms.raise_alarm(ALARM, "worker", detail, now, event=True)


def last_seen(state: Path) -> datetime | None:
    """When it was last known to work; None when it had been told to stop, or never ran."""
    try:
        told = json.loads(state.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return None if told.get("stopped") else datetime.fromisoformat(told["at"])
