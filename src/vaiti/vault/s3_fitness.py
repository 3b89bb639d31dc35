"""Whether a bucket can keep the promise that what is destroyed is gone. Asked at every start.

A bucket that keeps what was deleted, or hands it on, is refused with a sentence on what to change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from vaiti.values.ids import new_object_id
from vaiti.vault.s3 import S3Store
from vaiti.vault.store import StoreError

LONGEST_DAYS = 7
"""Days that the server may keep an older version: as long as a backup of the keys."""
TRIAL = b"a trial of Vaiti; it is removed at once"


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is wrong with a bucket: a code, and a sentence on what to change."""

    code: str
    says: str


def faults(store: S3Store) -> Iterator[Unfit]:
    """What is wrong with the bucket. Raises StoreError when it cannot be asked."""
    name = store.bucket.place.bucket
    if _locks(store):
        says = f"the bucket {name} has an object lock, which forbids destruction; use one without"
        yield Unfit("object_lock", says)
    if store.bucket.setup("replication") is not None:
        yield Unfit(
            "replicated",
            f"the bucket {name} is replicated, and copies elsewhere outlive what is destroyed; "
            "end the replication",
        )
    days = _days_kept(store)
    kept = "for ever" if days is None else f"for {days} days"
    if days is None or days > LONGEST_DAYS:
        yield Unfit(
            "versions_kept",
            f"the bucket {name} keeps older versions {kept}; give it a lifecycle rule for all of "
            f"it that expires them after at most {LONGEST_DAYS} days "
            "(NoncurrentVersionExpiration), or use a bucket without versioning",
        )
    yield from _trial(store)


def _locks(store: S3Store) -> bool:
    found = store.bucket.setup("object-lock")
    return found is not None and found.findtext("{*}ObjectLockEnabled") == "Enabled"


def _days_kept(store: S3Store) -> int | None:
    """For how many days an older version is kept; None: for ever."""
    versioning = store.bucket.setup("versioning")
    status = versioning.findtext("{*}Status") if versioning is not None else None
    if not status:
        return 0
    rules = store.bucket.setup("lifecycle")
    if rules is None:
        return None
    found = [
        int(rule.findtext("{*}NoncurrentVersionExpiration/{*}NoncurrentDays") or 0)
        for rule in rules.iterfind("{*}Rule")
        if rule.findtext("{*}Status") == "Enabled" and _covers(rule, store.bucket.place.prefix)
    ]
    return min((days for days in found if days > 0), default=None)


def _covers(rule: ElementTree.Element, prefix: str) -> bool:
    """Whether the rule is about all of our keys: no tags, no sizes, no longer prefix than ours."""
    told = rule.find("{*}Filter")
    if told is None:
        return prefix.startswith(rule.findtext("{*}Prefix") or "")
    narrow = [one for one in told if one.tag.rpartition("}")[2] != "Prefix"]
    return not narrow and prefix.startswith(told.findtext("{*}Prefix") or "")


def _trial(store: S3Store) -> Iterator[Unfit]:
    """Writes an object, reads it, looks whether strangers could, and removes it."""
    name = new_object_id()
    store.put(name, [TRIAL])
    try:
        if store.get(name, 0, len(TRIAL)) != TRIAL:
            yield Unfit("other_bytes", "the object store gives back other bytes than it was given")
        if store.bucket.open_to_all(store.key(name)):
            name_of = store.bucket.place.bucket
            says = (
                f"anybody can read the bucket {name_of} without signing in; close it to the public"
            )
            yield Unfit("public", says)
    finally:
        for trace in store.traces(name):
            store.bucket.remove(trace)
    if not store.absent(name):
        raise StoreError("what was removed from the object store is still there; do not use it")
