"""Puts a checkpoint into a bucket with an object lock, where nobody can rewrite it in time.

What the server says of the lock afterwards is what counts, not what it was asked for.
"""

import base64
import hashlib
from datetime import UTC, datetime
from xml.etree import ElementTree

from vaiti.vault.s3_bucket import MISSING, Bucket, RefusedByServer
from vaiti.vault.store import StoreError

MODE = "COMPLIANCE"  # in which not even the account's owner can shorten it


class Rewritten(OSError):
    """Outside lies another checkpoint of this size: the log that wrote it was not this one."""


class Unlocked(StoreError):
    """The server would let a checkpoint be removed."""


def lock_away(bucket: Bucket, key: str, note: str, until: datetime) -> None:
    """Raises Unlocked where the lock does not hold until then, Rewritten, or StoreError."""
    setup = bucket.setup("object-lock")
    if setup is None or setup.findtext("{*}ObjectLockEnabled") != "Enabled":
        raise Unlocked("the bucket for checkpoints has no object lock; use one that has")
    there = _there(bucket, key)
    if there is not None and there.partition("\n\n")[0] != note.partition("\n\n")[0]:
        raise Rewritten("another checkpoint of this size lies there")
    if there is None:
        _put(bucket, key, note.encode(), until)
    _check_locked(bucket, key, until if there is None else None)


def _there(bucket: Bucket, key: str) -> str | None:
    try:
        return bucket.ask("GET", key, {}, "give a checkpoint").decode("utf-8", "replace")
    except RefusedByServer as error:
        if error.status != MISSING:
            raise
        return None


def _put(bucket: Bucket, key: str, body: bytes, until: datetime) -> None:
    md5 = hashlib.md5(body, usedforsecurity=False).digest()  # the protocol wants it with a lock
    headers = {
        "content-md5": base64.b64encode(md5).decode(),
        "x-amz-object-lock-mode": MODE,
        "x-amz-object-lock-retain-until-date": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    bucket.ask("PUT", key, {}, "take a checkpoint", body, headers=headers)


def _check_locked(bucket: Bucket, key: str, until: datetime | None) -> None:
    """Locked by us just now: until then; before: at all."""
    try:
        answer = bucket.ask("GET", key, {"retention": ""}, "tell of a lock")
        found = ElementTree.fromstring(answer)
        mode = found.findtext("{*}Mode") or found.findtext("Mode")
        stated = found.findtext("{*}RetainUntilDate") or found.findtext("RetainUntilDate") or ""
        locked = datetime.fromisoformat(stated)
    except (RefusedByServer, ElementTree.ParseError, ValueError) as error:
        raise Unlocked("the bucket does not say that the checkpoint is locked") from error
    if mode != MODE or (until is not None and locked < until.replace(microsecond=0)):
        raise Unlocked("the bucket does not lock the checkpoint for as long as it was asked to")
