"""Keys: what the key store's file holds, and what the key process says that it holds."""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import quote

from vaiti.promises.older.places import Limits, Looked, Tally
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable

PLACE = "keys"


def look(keystore: Path, keys: KeyClient, limit: Limits, now: datetime) -> Looked:
    """A destruction day's key dies when its day is over; an intake key when nothing needs it."""
    tally = Tally(PLACE)
    days, intake, calls = _file(keystore, tally)
    try:
        told = keys.describe()
        days, intake = days | set(told.days), intake | set(told.intake_days)
        calls = max(calls, told.calls)
    except (KeysUnavailable, KeysRefused):
        if not keystore.exists():
            tally.fault = "the key process does not answer, and its file cannot be read"
    over = now.astimezone(limit.zone).date() - timedelta(days=1)
    for day in sorted(days):
        tally.saw(_begins(day, limit), f"day key {day}", _begins(over, limit))
    for day in sorted(intake):
        tally.saw(_begins(day, limit), f"intake key {day}", limit.calls)
    tally.counted += calls
    return tally.result()


def _begins(day: date, limit: Limits) -> datetime:
    return datetime.combine(day, time(), limit.zone)


def _file(path: Path, tally: Tally) -> tuple[set[date], set[date], int]:
    """Its days, its intake days, its calls' keys, as they stand on the disk.

    The key process holds the file for itself alone, so it is read as one that nobody writes. What
    died has left it; only a key of the last moments may be missing in it.
    """
    try:
        found = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error:
        return set(), set(), 0
    try:
        days = _days(found.execute("SELECT day FROM day UNION SELECT day FROM call"))
        intake = _days(found.execute("SELECT day FROM intake"))
        (calls,) = found.execute("SELECT count(*) FROM call").fetchone()
    except sqlite3.Error:
        return set(), set(), 0  # in the middle of a write: the key process says what it holds
    finally:
        found.close()
    return days, intake, int(calls)


def _days(rows: Iterable[tuple[str]]) -> set[date]:
    return {date.fromisoformat(day) for (day,) in rows}
