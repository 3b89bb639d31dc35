"""Seals a recording anew with a stretch of it silent, and has its old key replaced by a new one.

May be cut off anywhere and done again. Until the new object is durable the old key stands; once the
key process has replaced it, nothing can open the old object any more, and the new one is found.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import urandom
from typing import Final

from vaiti.audio.blanking import Passage, blanked, touches
from vaiti.audio.packed import is_packed
from vaiti.audio.track import TrackError, Writer, as_plaintext, cut_runs
from vaiti.playback.recorded import LEFT, RIGHT, Recorded
from vaiti.values.ids import ObjectId
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.sealing import CAPACITY, FIRST_CAPACITY, SEGMENT, Sealer
from vaiti.vault.store import NoObject, Store
from vaiti.vault.wrapping import KEY_SIZE, seal_key

__all__ = ["SIDES", "Resealed", "Tampered", "Wanted", "reseal", "whole_hash"]

SIDES: Final = {"both": LEFT | RIGHT, "agent": LEFT, "customer": RIGHT}


@dataclass(frozen=True, slots=True)
class Wanted:
    """On which of `SIDES` the grant's stretch is silenced; and the object that the rest is sealed
    into."""

    side: str
    object_id: ObjectId


@dataclass(frozen=True, slots=True)
class Resealed:
    """The new object's hash, lower-case hex, and its segments: of a recording that was not packed
    as many as the old one has."""

    sha256: str
    segments: int


def reseal(opening: Opening, wanted: Wanted, keys: KeyClient, store: Store) -> Resealed:
    """The new object is durable and the only one that a living key opens, on return.

    Raises what `Recorded` raises, among it Tampered for a recording that is not whole.
    """
    done = _done_before(opening, wanted, keys, store)
    if done is not None:
        return done
    recorded = Recorded(opening, keys, store)
    if whole_hash(recorded) != opening.recording["sha256"]:
        raise Tampered("the object is not the one that the manifest names")
    described, call = keys.describe(), opening.grant.call_id
    key = urandom(KEY_SIZE)
    sealer = Sealer(key, call)
    written = store.put(wanted.object_id, _anew(recorded, wanted, sealer))
    if written != sealer.sha256:
        raise Tampered("the store did not keep what was sealed")
    wrapped = seal_key(described.intake_public, call, key)
    keys.rekey(opening.token, recorded.key_digest, wrapped, described.intake_day)
    again = _done_before(opening, wanted, keys, store)
    if again is None or again.sha256 != written:
        raise Tampered("the recording cannot be read back under its new key")
    return again


def _done_before(
    opening: Opening, wanted: Wanted, keys: KeyClient, store: Store
) -> Resealed | None:
    """What is there already, whole and under the key that lives; None where it is not."""
    try:
        segments = -(-store.size(wanted.object_id) // SEGMENT)
        told = {**opening.recording, "segments": segments}
        moved = replace(opening, object_id=wanted.object_id, recording=told)
        return Resealed(whole_hash(Recorded(moved, keys, store)), segments)
    except (NoObject, Tampered):
        return None


def whole_hash(recorded: Recorded) -> str:
    """Opens every segment. Raises Tampered."""
    digest = hashlib.sha256(recorded.header)
    for index, ciphertext in recorded.sealed(0, recorded.count):
        recorded.runs(index, ciphertext)
        digest.update(ciphertext)
    return digest.hexdigest()


def _anew(recorded: Recorded, wanted: Wanted, sealer: Sealer) -> Iterator[bytes]:
    texts = _plain(recorded, _changed(recorded, wanted))
    waiting = next(texts)
    yield sealer.header
    for text in texts:
        yield sealer.seal(as_plaintext(waiting))
        waiting = text
    plaintext = as_plaintext(waiting)
    yield sealer.finish(plaintext) if recorded.finished else sealer.seal(plaintext)


def _plain(recorded: Recorded, changed: Mapping[int, bytes]) -> Iterator[bytes]:
    """The records of the new segments: as they were cut, or cut anew where they were packed."""
    writer, packed = Writer(FIRST_CAPACITY, CAPACITY), False
    for index, ciphertext in recorded.sealed(0, recorded.count):
        used = recorded.plaintext(index, ciphertext)
        packed = packed or is_packed(used)
        records = changed.get(index) or recorded.records(index, ciphertext)
        if not packed:
            yield records
            continue
        for head, entries in cut_runs(records):
            yield from writer.add(head, entries)
    if packed:
        yield writer.take()


def _changed(recorded: Recorded, wanted: Wanted) -> dict[int, bytes]:
    """The records of the segments that the passage touches, by index, without its sound."""
    window, tracks = recorded.window, recorded.tracks(SIDES[wanted.side])
    passage = Passage(window, 0, window.frames, tracks)
    found = {}
    for index, ciphertext in recorded.sealed(0, recorded.count):
        records = recorded.records(index, ciphertext)
        if touches(records, passage):
            found[index] = records
    try:
        silent = blanked(list(found.values()), recorded.anchors, passage)
    except TrackError as error:
        raise Tampered("a segment holds no track records") from error
    return dict(zip(found, silent, strict=True))
