"""One look at every place, and what the log says of the last one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vaiti.audit import reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.promises.older import files, keyrings, rows
from vaiti.promises.older.files import Named
from vaiti.promises.older.places import GRACE, Looked, limits
from vaiti.values.clock import from_micros, to_micros
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import FolderStore, Store
from vaiti.vault.two_stores import TwoStores

PLACES = ("database", "store", "journal", "keys", "temporary", "backups", "others")
ACTOR = "system:prover"


@dataclass(frozen=True, slots=True)
class Where:
    """`temporary` are folders that are shared with others, `buckets` hold backups elsewhere.
    `cases`: how long a closed case is kept."""

    folder: Path
    store: Store
    journal: Path
    keystore: Path
    temporary: tuple[Path, ...] = ()
    backups: tuple[Path, ...] = ()
    buckets: Mapping[str, Store] = field(default_factory=dict)
    cases: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """Nothing of a call may be from before `limit`; `months` is what the notice says."""

    at: datetime
    months: int
    limit: datetime
    places: tuple[Looked, ...]

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.places)


class NothingPromised(LookupError):
    """No notice is published: nobody was promised anything yet."""


def _in_folder(store: Store) -> bool:
    """Whether the data folder's own store is looked at as a store."""
    if isinstance(store, TwoStores):
        return _in_folder(store.now) or _in_folder(store.former)
    return isinstance(store, FolderStore)


def scan(
    where: Where, keys: KeyClient, now: datetime, *, moved: timedelta, months: int | None = None
) -> Scan:
    """`moved` is by how much `now` is ahead of the clock by which files are written.

    `months`: hold it to fewer months than the notice says. Raises NothingPromised.
    """
    told = rows.promised()
    if told is None:
        raise NothingPromised("no notice is published: nothing is recorded, and nothing promised")
    longest, zone = (months or told[0]), told[1]
    limit = limits(now, longest, zone)
    on_disk = limits(now - moved, longest, zone)
    named, held = Named(rows.objects()), Named(rows.held_objects())
    skipped = frozenset({"store"} if _in_folder(where.store) else ())
    looked = (
        rows.look(replace(limit, cases=now - where.cases - GRACE if where.cases else None)),
        files.look_at_store(where.store, named, held, on_disk),
        files.look_at_journal(where.journal, on_disk),
        keyrings.look(where.keystore, keys, limit, now),
        files.look_at_temporary(where.temporary, on_disk),
        files.look_at_backups(where.backups, where.buckets, on_disk),
        files.look_at_others(where.folder, on_disk, skipped),
    )
    return Scan(now, longest, limit.calls, looked)


def facts_of(found: Scan, one: Looked) -> Facts:
    """What the log keeps of a look: counts and an instant, and no name of anything."""
    return {
        "months": found.months,
        "limit_us": to_micros(found.limit),
        "counted": one.counted,
        "older": one.older,
        "strange": one.strange,
        "unseen": bool(one.fault),
        "oldest_us": to_micros(one.oldest) if one.oldest else None,
    }


def newest() -> Scan | None:
    """The last look at every place, as it stands in the log."""
    found = reading.entries(kind=Kind.RETENTION_PLACE_SCANNED, limit=len(PLACES)).entries
    if not found:
        return None
    at, whole = found[0].at, found[0].facts
    same = {one.subject: one.facts for one in found if one.at == at and not one.removed}
    if found[0].removed:
        return None
    looked = tuple(_looked(place, same[place]) for place in PLACES if place in same)
    return Scan(at, int(whole["months"]), from_micros(int(whole["limit_us"])), looked)


def _looked(place: str, facts: dict[str, Any]) -> Looked:
    oldest = facts["oldest_us"]
    return Looked(
        place,
        counted=int(facts["counted"]),
        older=int(facts["older"]),
        strange=int(facts["strange"]),
        oldest=None if oldest is None else from_micros(oldest),
        fault="unseen" if facts["unseen"] else "",
    )
