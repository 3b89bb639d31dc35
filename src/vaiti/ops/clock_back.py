"""Whether the clock was set back: what is due is due later then, and instants are told twice."""

from datetime import datetime, timedelta
from pathlib import Path

from vaiti.due import alarms
from vaiti.ops.state_files import read_state

ALARM = "clock_set_back"
SMALL = timedelta(minutes=1)
"""What a time service may correct in one step is no news."""


class SetBack:
    """Compares the present with the latest instant seen, by this worker or the one before."""

    def __init__(self, state: Path) -> None:
        told = read_state(state)
        self._latest = datetime.fromisoformat(str(told["at"])) if told else None

    def look(self, now: datetime) -> bool:
        """Whether an alarm was raised: somebody must see it, and which day is the right one."""
        latest, self._latest = self._latest, now
        if latest is None or latest - now <= SMALL:
            return False
        detail = (
            f"from {latest.isoformat(timespec='seconds')} to {now.isoformat(timespec='seconds')}"
        )
        return alarms.raise_alarm(ALARM, "machine", detail, now, event=True)
