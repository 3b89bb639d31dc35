"""Whether a recording is still what was sealed (N-04): every segment is opened and hashed."""

import hashlib
from dataclasses import dataclass

from vaiti.playback.recorded import Recorded
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.opening import Tampered
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class Verified:
    """The object is whole: so many segments, of this sha256 (lower-case hex)."""

    segments: int
    sha256: str


def verify(opening: Opening, keys: KeyClient, store: Store) -> Verified:
    """Opens every segment and compares the object's hash with the manifest's.

    Raises Tampered where anything differs, and what `Recorded` raises. No sound leaves.
    """
    recorded = Recorded(opening, keys, store)
    digest = hashlib.sha256(recorded.header)
    size = len(recorded.header)
    for index, ciphertext in recorded.sealed(0, recorded.count):
        recorded.runs(index, ciphertext)
        digest.update(ciphertext)
        size += len(ciphertext)
    if size != store.size(opening.object_id):
        raise Tampered("the object is longer than what was sealed")
    if digest.hexdigest() != opening.recording["sha256"]:
        raise Tampered("the object is not the one that the manifest names")
    return Verified(recorded.count, digest.hexdigest())
