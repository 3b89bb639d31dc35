"""Counts each byte of sound that leaves, outside of the database, as it leaves (N-09).

A file a day of the grants, each record the id of the listening or the copy (16 bytes) and how many
bytes (8, big-endian). What the log says was handed out is held against it every day: sound that
left and that no entry explains is found, and so is a count that somebody took away.
"""

import os
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from vaiti.values.clock import from_micros
from vaiti.vault.grant import Opening
from vaiti.vault.store import StoreError

FOLDER: Final = "egress"
RECORD: Final = struct.Struct(">16sQ")
SETTLES: Final = timedelta(hours=2)
"""After a day: by then what was opened on it has its last entry."""

_installed: list[Path] = []


class Uncounted(StoreError):
    """What leaves cannot be counted, so nothing leaves."""


def count_into(folder: Path | None) -> None:
    """From now on each byte is counted there. Handed in by ops at the start of a process."""
    _installed[:] = [folder] if folder else []


def count(opening: Opening, length: int) -> None:
    """Raises Uncounted."""
    if not _installed or not length:
        return
    day = from_micros(opening.grant.not_before_us).date().isoformat()
    record = RECORD.pack(UUID(hex=opening.listening_id).bytes, length)
    try:
        _installed[0].mkdir(mode=0o700, exist_ok=True)
        file = os.open(_installed[0] / day, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, record)
        finally:
            os.close(file)
    except OSError as error:
        raise Uncounted("the count of what leaves cannot be written") from error


def days(folder: Path) -> list[date]:
    """The days of which there is a count, the oldest first."""
    if not folder.is_dir():
        return []
    found = (one.name for one in folder.iterdir() if one.is_file())
    return sorted(date.fromisoformat(one) for one in found)


def counted(folder: Path, day: date) -> "Counter[UUID]":
    """Bytes by listening or copy. A record that was cut off counts as nothing."""
    text = (folder / day.isoformat()).read_bytes()
    whole = len(text) - len(text) % RECORD.size
    found: Counter[UUID] = Counter()
    for raw, length in RECORD.iter_unpack(text[:whole]):
        found[UUID(bytes=raw)] += length
    return found


def settled(day: date, now: datetime) -> bool:
    """Whether everything of the day has its entry by now, if it has one at all."""
    ends = datetime.combine(day + timedelta(days=1), time.min, now.tzinfo)
    return ends + SETTLES <= now


def unexplained(
    left: Mapping[UUID, int],
    heard: Mapping[UUID, int],
    taken: Mapping[UUID, int],
    running: Iterable[UUID] = (),
) -> dict[UUID, int]:
    """By listening or copy how many bytes no entry explains; below 0 where more was heard than was
    counted. Of a copy less may leave than was rendered for it. `running` are not over."""
    wrong = dict[UUID, int]()
    for one in {*left, *heard} - set(running):
        rest = left.get(one, 0) - heard.get(one, 0)
        if one in taken:
            rest = max(0, rest - taken[one])
        if rest:
            wrong[one] = rest
    return wrong
