"""Packs a recording into less room, and shows that nothing of it was lost.

The same key seals both objects, each under its own salt: so no moment leaves the call unreadable,
and nothing is to be undone. The old object stays; whoever asked removes it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from vaiti.audio.packed import Packer
from vaiti.audio.track import Run, as_plaintext, entry_type
from vaiti.playback.recorded import Recorded
from vaiti.values.ids import ObjectId
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.sealing import CAPACITY, FIRST_CAPACITY, Sealer
from vaiti.vault.store import Store

__all__ = ["OtherSound", "Settled", "Tampered", "settle"]


class OtherSound(Exception):
    """What was read back is not what was received: the new object is of no use."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The new object's SHA-256 (lower-case hex), segments and bytes; and the old one's bytes."""

    sha256: str
    segments: int
    octets: int
    was: int


def settle(opening: Opening, object_id: ObjectId, keys: KeyClient, store: Store) -> Settled:
    """The new object is durable, and was read back and compared packet by packet, on return.

    Raises OtherSound, and what `Recorded` raises, among it Tampered for a recording that is not
    whole.
    """
    recorded = Recorded(opening, keys, store)
    was = store.size(opening.object_id)
    sealer = Sealer(recorded.key, opening.grant.call_id)
    written = store.put(object_id, _packed(recorded, sealer, opening.recording["sha256"]))
    if written != sealer.sha256:
        raise OtherSound("the store did not keep what was sealed")
    copy = recorded.beside(object_id, sealer.count)
    if not same(_every(recorded), _every(copy)):
        raise OtherSound("what was packed is not what was received")
    return Settled(written, sealer.count, store.size(object_id), was)


def _packed(recorded: Recorded, sealer: Sealer, wanted: str) -> Iterator[bytes]:
    """Raises Tampered before the last segment, so that nothing damaged is sealed as if whole."""
    packer, digest = Packer(FIRST_CAPACITY, CAPACITY), hashlib.sha256(recorded.header)
    waiting: bytes | None = None
    yield sealer.header
    for index, ciphertext in recorded.sealed(0, recorded.count):
        digest.update(ciphertext)
        for used in packer.add(recorded.runs(index, ciphertext)):
            if waiting is not None:
                yield sealer.seal(as_plaintext(waiting))
            waiting = used
    for used in packer.rest():
        if waiting is not None:
            yield sealer.seal(as_plaintext(waiting))
        waiting = used
    if digest.hexdigest() != wanted:
        raise Tampered("the object is not the one that the manifest names")
    yield sealer.finish(as_plaintext(waiting or b""))


def _every(recorded: Recorded) -> Iterator[Run]:
    for index, ciphertext in recorded.sealed(0, recorded.count):
        yield from recorded.runs(index, ciphertext)


def same(ones: Iterable[Run], others: Iterable[Run]) -> bool:
    """Whether both hold the same packets in the same order, however they are cut into runs: each
    one's track, payload type, sender, number, timestamp, arrival and every sample."""
    left, right = _octets(ones), _octets(others)
    mine = theirs = b""
    while True:
        while not mine and (more := next(left, None)) is not None:
            mine = more
        while not theirs and (more := next(right, None)) is not None:
            theirs = more
        size = min(len(mine), len(theirs))
        if not size:
            return not mine and not theirs
        if mine[:size] != theirs[:size]:
            return False
        mine, theirs = mine[size:], theirs[size:]


def _octets(runs: Iterable[Run]) -> Iterator[bytes]:
    """Each packet whole, with all that its run's head says of it."""
    for run in runs:
        length = run.payload.shape[1]
        kind = [("head", ">u4", 4), ("at", ">u8"), ("entry", entry_type(length))]
        every = np.zeros(len(run.seq), np.dtype(kind))
        every["head"] = (run.track, run.pt, run.ssrc, length)
        every["at"] = run.arrival_us
        entry = every["entry"]
        entry["seq"], entry["ts"], entry["payload"] = run.seq, run.ts, run.payload
        yield every.tobytes()
