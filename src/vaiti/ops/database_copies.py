"""Whether the database server keeps deleted rows beyond the declared horizon: it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vaiti.ops.sections.copies import LONGEST_DAYS, Copies

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

ALARM = "database_keeps"
ASKED = (
    "SELECT current_setting('archive_mode'), current_setting('max_slot_wal_keep_size'),"
    " (SELECT count(*) FROM pg_replication_slots WHERE NOT active)"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a server says of its write-ahead log, in which deleted rows stand: that it is archived,
    and that it is kept without end for a slot that nobody reads."""

    archived: bool = False
    endless: bool = False


def ask(database: "BaseDatabaseWrapper") -> Kept:
    """SQLite's log is emptied with each destruction. Raises DatabaseError."""
    if database.vendor != "postgresql":
        return Kept()
    with database.cursor() as cursor:
        cursor.execute(ASKED)
        archive, most, unread = cursor.fetchone()
    return Kept(archived=archive != "off", endless=most == "-1" and bool(unread))


def faults(kept: Kept, copies: Copies) -> Iterator[tuple[str, str]]:
    """A code and a sentence that says what to change, for each. Pure."""
    if kept.archived and not copies.database_archive_days:
        yield (
            "archive_undeclared",
            "the database server archives its write-ahead log (archive_mode), in which deleted "
            "rows stand, and nothing says for how long; have the archive delete itself and write "
            f"its days, {LONGEST_DAYS} at most, as database_archive_days in [copies], or set "
            "archive_mode = off",
        )
    if kept.endless:
        yield (
            "slot_endless",
            "a replication slot that nobody reads makes the database server keep its write-ahead "
            "log without end; drop the slot, or set max_slot_wal_keep_size",
        )


def watch(copies: Copies, now: datetime) -> None:
    """An alarm while the server keeps what was deleted for nobody knows how long. For each day."""
    from django.db import connection

    from vaiti.due import alarms

    codes = " ".join(code for code, _ in faults(ask(connection), copies))
    if codes:
        alarms.raise_alarm(ALARM, "", codes, now)
    else:
        alarms.clear(ALARM, "", now)
