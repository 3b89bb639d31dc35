"""Seals the parts that two recorders had of one call into one recording, under a new key.

First it is found where one ends and the other begins; that is kept, and then both are sealed anew.
May be cut off anywhere and done again: until the new object is durable the old key stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import urandom
from typing import Final

from vaiti.audio.track import as_plaintext, carried_over
from vaiti.playback.recorded import Recorded
from vaiti.playback.reseal import whole_hash
from vaiti.values.ids import ObjectId
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.sealing import SEGMENT, Sealer
from vaiti.vault.store import NoObject, Store
from vaiti.vault.wrapping import KEY_SIZE, seal_key

NOTHING: Final = 0
"""In place of the instant from which the later part is heard: the first one holds all of it."""


@dataclass(frozen=True, slots=True)
class Both:
    """The call as it is sealed, and the part that came for it. `part_first`: the part was recorded
    before the call's own sound."""

    call: Opening
    part: Opening
    part_first: bool

    def in_order(self) -> tuple[Opening, Opening]:
        return (self.part, self.call) if self.part_first else (self.call, self.part)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Into which object, which track of the whole each of the later part's is, and from when on the
    later part is heard."""

    object_id: ObjectId
    tracks: Mapping[int, int]
    from_us: int


@dataclass(frozen=True, slots=True)
class Rejoined:
    """The new object's hash, lower-case hex, and how many segments it has; the last is marked."""

    sha256: str
    segments: int


def last_heard(opening: Opening, keys: KeyClient, store: Store) -> int:
    """When the last packet arrived that the recording holds; 0 for none.

    Raises what `Recorded` raises.
    """
    return max((each[1] for each in _arrivals(Recorded(opening, keys, store))), default=0)


def first_heard(opening: Opening, after_us: int, keys: KeyClient, store: Store) -> int:
    """When the first packet after that arrived; NOTHING for none. Raises what `Recorded` raises."""
    found = Recorded(opening, keys, store)
    return min((last for _, last in _after(found, after_us)), default=NOTHING)


def rejoin(both: Both, wanted: Wanted, keys: KeyClient, store: Store) -> Rejoined:
    """The new object is durable and the only one that the call's living key opens, on return.

    Raises what `Recorded` raises, among it Tampered where one of the two is not whole.
    """
    done = _done_before(both.call, wanted, keys, store)
    if done is not None:
        return done
    first, later = (Recorded(one, keys, store) for one in both.in_order())
    for recorded, one in zip((first, later), both.in_order(), strict=True):
        if whole_hash(recorded) != one.recording["sha256"]:
            raise Tampered("the object is not the one that the manifest names")
    described, call = keys.describe(), both.call.grant.call_id
    key = urandom(KEY_SIZE)
    sealer = Sealer(key, call)
    written = store.put(wanted.object_id, _together(first, later, wanted, sealer))
    if written != sealer.sha256:
        raise Tampered("the store did not keep what was sealed")
    own = later if both.part_first else first
    wrapped = seal_key(described.intake_public, call, key)
    keys.rekey(both.call.token, own.key_digest, wrapped, described.intake_day)
    again = _done_before(both.call, wanted, keys, store)
    if again is None or again.sha256 != written:
        raise Tampered("the recording cannot be read back under its new key")
    return again


def _done_before(call: Opening, wanted: Wanted, keys: KeyClient, store: Store) -> Rejoined | None:
    """What is there already, whole and under the key that lives; None where it is not."""
    try:
        segments = -(-store.size(wanted.object_id) // SEGMENT)
        facts = {**call.recording, "segments": segments, "finished": True}
        moved = replace(call, object_id=wanted.object_id, recording=facts)
        return Rejoined(whole_hash(Recorded(moved, keys, store)), segments)
    except (NoObject, Tampered):
        return None


def _together(first: Recorded, later: Recorded, wanted: Wanted, sealer: Sealer) -> Iterator[bytes]:
    """One segment behind, for the last one is marked."""
    yield sealer.header
    waiting: bytes | None = None
    for records in _records(first, later, wanted):
        if waiting is not None:
            yield sealer.seal(as_plaintext(waiting, sealer.capacity))
        waiting = records
    yield sealer.finish(as_plaintext(waiting or b""))


def _records(first: Recorded, later: Recorded, wanted: Wanted) -> Iterator[bytes]:
    """Of the first segment too that holds nothing, for it is shorter than all others."""
    for index, ciphertext in first.sealed(0, first.count):
        records = first.plaintext(index, ciphertext)
        if records or not index:
            yield records
    if wanted.from_us == NOTHING:
        return
    for index, ciphertext in later.sealed(0, later.count):
        records = later.plaintext(index, ciphertext)
        if kept := carried_over(records, wanted.tracks, wanted.from_us):
            yield kept


def _arrivals(recorded: Recorded) -> Iterator[tuple[int, int]]:
    for index, ciphertext in recorded.sealed(0, recorded.count):
        for run in recorded.runs(index, ciphertext):
            yield int(run.arrival_us.min()), int(run.arrival_us.max())


def _after(recorded: Recorded, after_us: int) -> Iterator[tuple[int, int]]:
    for index, ciphertext in recorded.sealed(0, recorded.count):
        for run in recorded.runs(index, ciphertext):
            rest = run.arrival_us[run.arrival_us > after_us]
            if len(rest):
                yield index, int(rest.min())
