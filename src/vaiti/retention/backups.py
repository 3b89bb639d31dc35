"""The end of backups: a backup older than its horizon is destroyed, and recordings that were
destroyed go from the copies too. Logged, and proven absent like everything else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import silencing
from vaiti.register.models import Call
from vaiti.retention import rows
from vaiti.retention.models import Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import ObjectId, as_uuid
from vaiti.vault import shred
from vaiti.vault.backup_file import Header, catalogue
from vaiti.vault.store import Store, StoreError

AT_ONCE = 500
METHOD = "replayed after a restore"


def end_expired(store: Store, now: datetime) -> int:
    """Destroys the backups whose time is over; how many. Raises StoreError, OSError."""
    spent = [
        (one.object_id, one.header)
        for one in catalogue(store)
        if one.header and one.header.expires_us <= to_micros(now)
    ]
    for object_id, header in spent:
        shred.remove(store, object_id)
        if not store.absent(object_id):
            raise StoreError("a backup whose time is over is still there")
        _log(object_id, header, now)
    return len(spent)


def forget_recordings(copies: Store, now: datetime) -> int:
    """Removes from the copies what is no recording of the register any more; how many."""
    gone, batch = 0, list[ObjectId]()
    for object_id in copies.names():
        batch.append(object_id)
        if len(batch) == AT_ONCE:
            gone += _forget(copies, batch)
            batch = []
    gone += _forget(copies, batch)
    _say_removed(gone, now)
    return gone


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many copies were destroyed, of what was destroyed or silenced `until` then, if anything
    was."""

    copies: int
    until: datetime | None


def forget_destroyed(copies: Store, since: datetime, now: datetime) -> Forgotten:
    """Destroys the copies of what was destroyed, or silenced in a passage, after `since`: of a
    silenced call the copy that still has the passage. Raises StoreError, OSError."""
    gone, until, batch = 0, None, list[ObjectId]()
    for object_id, at in chain(_destroyed(since), silencing.left_behind(since)):
        batch.append(object_id)
        until = max(until or at, at)
        if len(batch) == AT_ONCE:
            gone += _remove(copies, batch)
            batch = []
    gone += _remove(copies, batch)
    _say_removed(gone, now)
    return Forgotten(gone, until)


def _destroyed(since: datetime) -> Iterator[tuple[ObjectId, datetime]]:
    rows = Tombstone.objects.filter(done_at__gt=since).order_by("done_at", "call")
    for object_id, at in rows.values_list("object_id", "done_at").iterator(AT_ONCE):
        yield ObjectId(object_id.hex), at


def recordings() -> Iterator[tuple[ObjectId, str]]:
    """The sealed objects of all calls in the register, each with its SHA-256."""
    found = Call.objects.order_by("id").values_list("object_id", "recording__sha256")
    for object_id, sha256 in found.iterator(AT_ONCE):
        yield ObjectId(object_id.hex), sha256


def buried(since: datetime) -> list[dict[str, object]]:
    """The tombstones made since then, as they are exported for a restore. No personal data."""
    found = Tombstone.objects.filter(done_at__gt=since).order_by("done_at", "call")
    return [
        {
            "call": row.call.hex,
            "object": row.object_id.hex,
            "due_us": to_micros(row.due_at),
            "done_us": to_micros(row.done_at),
        }
        for row in found
    ]


def bury(told: Iterable[Mapping[str, object]], now: datetime) -> int:
    """After a restore: removes the rows of calls that were destroyed since the backup was made.

    `told` is what `buried` gave. Keys and bytes: `replay.replay_tombstones`, afterwards.
    """
    known = {row.hex for row in Tombstone.objects.values_list("call", flat=True)}
    new = [one for one in told if one["call"] not in known]
    for one in new:
        call = UUID(hex=str(one["call"]))
        with transaction.atomic():
            there = Call.objects.filter(id=call).exists()
            rows.remove(call)
            leaf = log.append(
                Kind.RETENTION_CALL_REPLAYED,
                actor=ACTOR,
                subject=call.hex,
                facts={"row": there},
                now=now,
            )
            Tombstone.objects.get_or_create(
                call=call,
                defaults={
                    "object_id": UUID(hex=str(one["object"])),
                    "due_at": from_micros(int(str(one["due_us"]))),
                    "done_at": from_micros(int(str(one["done_us"]))),
                    "method": METHOD,
                    "audit_leaf": leaf,
                },
            )
    rows.scrub()
    return len(new)


def _forget(copies: Store, batch: list[ObjectId]) -> int:
    asked = [as_uuid(one) for one in batch]
    known = set(Call.objects.filter(object_id__in=asked).values_list("object_id", flat=True))
    gone = [one for one, called in zip(batch, asked, strict=True) if called not in known]
    return _remove(copies, gone)


def _remove(copies: Store, object_ids: list[ObjectId]) -> int:
    there = sorted(copies.remaining(object_ids)) if object_ids else []
    if there and shred.remove_all(copies, there):
        raise StoreError("copies of recordings that were destroyed are still there")
    return len(there)


def _say_removed(copies: int, now: datetime) -> None:
    if copies:
        with transaction.atomic():
            kind = Kind.RETENTION_COPIES_REMOVED
            log.append(kind, actor=ACTOR, facts={"copies": copies}, now=now)


def _log(object_id: ObjectId, header: Header, now: datetime) -> None:
    facts: Facts = {"backup": object_id, "what": header.kind, "made_us": header.made_us}
    with transaction.atomic():
        log.append(Kind.RETENTION_BACKUP_DESTROYED, actor=ACTOR, facts=facts, now=now)
