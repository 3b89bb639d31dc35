"""Folders looked through by name, header and instant of the last write."""

import os
import re
import stat
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from vaiti.promises.older.places import Limits, Looked, Tally
from vaiti.vault.store import Store, StoreError

JOURNAL = re.compile(r"[0-9a-f]{32}/[0-9]{6}\.vj")
JOURNAL_MAGIC = b"VAITIJ1\n"
OPEN = 1  # the kind of record that names its intake day
SOUND = (b"RIFF", b"OggS", b"fLaC", b"ID3", b".snd", b"#!AMR", JOURNAL_MAGIC)
"""How files with sound begin, and a journal."""
SEALED_NAMES = (".vs", ".vj")
PEM = b"-----BEGIN"
LASTING = frozenset({"checkpoints", "secrets", "vaiti.toml"})
"""What stands in a data folder for as long as the register."""
LOOKED_AT_ELSEWHERE = frozenset({"journal", "keys", "backups"})


class Named:
    """The sealed objects that rows name, by the first eight bytes of their names."""

    def __init__(self, names: Iterable[str]) -> None:
        found = array("Q", (int(name[:16], 16) for name in names))
        self._sorted = np.unique(np.frombuffer(found, dtype=np.uint64)) if found else found

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        wanted = int(name[:16], 16)
        at = bisect_left(self._sorted, wanted)
        return at < len(self._sorted) and int(self._sorted[at]) == wanted


def look_at_store(store: Store, named: Named, held: Named, limit: Limits) -> Looked:
    """Objects that are too old, that no row names a day after they came, and what is none.

    Older versions, marks of deletion and unfinished uploads are things of their own.
    """
    tally = Tally("store")
    try:
        for one in store.listed():
            kept = one.whole and one.object_id in held
            tally.saw(one.at, f"store/{one.name}", None if kept else limit.calls)
            if one.whole and one.object_id in named:
                continue
            if one.at < limit.settled or one.object_id is None:
                tally.is_strange(f"store/{one.name}")
    except (StoreError, OSError) as error:
        tally.fault = str(error)
    return tally.result()


def look_at_journal(root: Path, limit: Limits) -> Looked:
    """Each file is as old as its last write, or as the oldest intake day that it names."""
    tally = Tally("journal")
    for name, written in _files(root, tally):
        if JOURNAL.fullmatch(name):
            begun = _oldest_day(root / name, tally, limit)
            tally.saw(min(written, begun or written), f"journal/{name}", limit.calls)
        elif not name.endswith("/lock"):
            tally.saw(written, f"journal/{name}", limit.calls)
    return tally.result()


def look_at_temporary(folders: Iterable[Path], limit: Limits) -> Looked:
    """What is ours in folders that we share, and has sound or a journal in it."""
    tally = Tally("temporary")
    for folder in dict.fromkeys(one.resolve() for one in folders):
        for path, written in _own_files_in(folder, tally):
            if path.name.endswith(SEALED_NAMES) or _begins(path, SOUND):
                tally.saw(written, str(path), limit.calls)
    return tally.result()


def look_at_others(root: Path, limit: Limits, skipped: frozenset[str]) -> Looked:
    """Every other file of the data folder but those that are there for good, and certificates."""
    tally = Tally("others")
    for name, written in _files(root, tally, LASTING | LOOKED_AT_ELSEWHERE | skipped):
        if written >= limit.calls or not _lasts(root / name):
            tally.saw(written, name, limit.calls)
    return tally.result()


def look_at_backups(folders: Iterable[Path], buckets: Mapping[str, Store], limit: Limits) -> Looked:
    """In buckets older versions and unfinished uploads too, each by its own instant."""
    tally = Tally("backups")
    for name, bucket in buckets.items():
        try:
            for one in bucket.listed():
                tally.saw(one.at, f"{name}/{one.name}", limit.calls)
        except (StoreError, OSError) as error:
            tally.fault = str(error)
    for folder in folders:
        for name, written in _files(folder, tally):
            tally.saw(written, f"{folder.name}/{name}", limit.calls)
    return tally.result()


def _files(
    root: Path, tally: Tally, skipped: frozenset[str] = frozenset()
) -> Iterator[tuple[str, datetime]]:
    """Every file under `root` and when it was last written; a folder that is not there has none."""
    waiting = [""]
    while waiting:
        under = waiting.pop()
        try:
            with os.scandir(root / under) as found:
                entries = [one for one in found if under or one.name not in skipped]
        except FileNotFoundError:
            continue
        except OSError as error:
            tally.fault = f"{under or root.name}: {error.strerror}"
            continue
        for entry in entries:
            name = f"{under}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif (written := _written(entry)) is not None:
                yield name, written


def _own_files_in(folder: Path, tally: Tally) -> Iterator[tuple[Path, datetime]]:
    mine = os.geteuid()
    try:
        with os.scandir(folder) as found:
            entries = [one for one in found if one.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return
    except OSError as error:
        tally.fault = f"{folder}: {error.strerror}"
        return
    for entry in entries:
        written = _written(entry)
        if written is not None and entry.stat(follow_symlinks=False).st_uid == mine:
            yield Path(entry.path), written


def _written(entry: "os.DirEntry[str]") -> datetime | None:
    """Nothing where it has gone in this moment, or is no file."""
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    plain = stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)
    return datetime.fromtimestamp(found.st_mtime, UTC) if plain else None


def _begins(path: Path, with_one_of: tuple[bytes, ...]) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16).startswith(with_one_of)
    except OSError:
        return False


def _lasts(path: Path) -> bool:
    """Of a process that has run for long, a certificate, or empty."""
    return path.suffix == ".pid" or _begins(path, (PEM,)) or path.stat().st_size == 0


def _oldest_day(path: Path, tally: Tally, limit: Limits) -> datetime | None:
    """The beginning of the oldest intake day in a journal file, from the records' own heads."""
    oldest: date | None = None
    try:
        with path.open("rb") as file:
            whole = file.seek(0, os.SEEK_END)
            if file.seek(0) or file.read(len(JOURNAL_MAGIC)) != JOURNAL_MAGIC:
                tally.is_strange(f"journal/{path.parent.name}/{path.name}")
                return None
            while len(head := file.read(21)) == 21:
                size, kind = struct.unpack_from(">IB", head)
                ends = file.tell() - 17 + size
                if kind == OPEN and ends <= whole:
                    day = _day(file.read(10))
                    oldest = min(filter(None, (oldest, day)), default=None)
                file.seek(ends)
    except FileNotFoundError:
        return None
    return datetime.combine(oldest, time(), limit.zone) if oldest else None


def _day(text: bytes) -> date | None:
    try:
        return date.fromisoformat(text.decode("ascii"))
    except ValueError:
        return None
