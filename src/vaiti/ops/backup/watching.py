"""What the worker does about backups: tells what was destroyed, ends old ones, misses new ones."""

from datetime import datetime, timedelta

from vaiti.due import alarms
from vaiti.ops.backup.making import keep_mark, tell_tombstones, told_until
from vaiti.ops.backup.newest import newest_at
from vaiti.ops.backup.places import keys_place, recordings_place, register_place
from vaiti.ops.settings import Settings
from vaiti.ops.steps import Step
from vaiti.retention import backups
from vaiti.values.clock import to_micros
from vaiti.vault.backup_file import KEYS, REGISTER

ALARM = "backup_late"
TELL = timedelta(minutes=10)
"""What was destroyed early within so long before a loss is not known to a restore."""
COPIES_MARK = "copies.json"
ASK, LOOK, COPIES = 10.0, 3600.0, 4 * 3600.0
"""Seconds. Copies of recordings are looked through often enough to be gone within the day."""


def backup_steps(settings: Settings) -> list[Step]:
    """None where the settings name no place for backups."""
    if not settings.backup.kind:
        return []
    return [
        Step("tombstones", ASK, lambda now: tell_tombstones(settings, now, TELL)),
        Step("backups", LOOK, lambda now: look(settings, now)),
        Step("copies", COPIES, lambda now: forget_copies(settings, now)),
    ]


def forget_copies(settings: Settings, now: datetime) -> int:
    """Destroys the copies of recordings that were destroyed since the last time; how many.

    Only of those: a register that is empty, or was restored, must not take other copies for lost.
    """
    if not settings.backup.recordings:
        return 0
    mark, last = settings.run / COPIES_MARK, now - timedelta(days=settings.backup.days)
    forgotten = backups.forget_destroyed(recordings_place(settings), told_until(mark, last), now)
    if forgotten.until:
        keep_mark(mark, to_micros(forgotten.until))
    return forgotten.copies


def look(settings: Settings, now: datetime) -> None:
    """Destroys backups whose time is over; an alarm where the newest is too old."""
    for kind, place, hours in (
        (REGISTER, register_place(settings), settings.backup.late_hours),
        (KEYS, keys_place(settings), settings.key_backup.late_hours),
    ):
        backups.end_expired(place, now)
        newest = newest_at(place, kind)
        if newest is None or now - newest > timedelta(hours=hours):
            alarms.raise_alarm(ALARM, kind, newest.isoformat() if newest else "none", now)
        else:
            alarms.clear(ALARM, kind, now)
