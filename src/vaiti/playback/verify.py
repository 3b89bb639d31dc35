"""Whether a recording is still what was sealed (N-04): every segment is opened and hashed."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vaiti.audio.track import Run
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


def verify(
    opening: Opening,
    keys: KeyClient,
    store: Store,
    look: Callable[[Recorded, Sequence[Run]], None] | None = None,
) -> Verified:
    """Opens every segment and compares the object's hash with the manifest's.

    `look` is shown what each segment holds. No sound leaves. Raises Tampered where anything
    differs, and what `Recorded` raises.
    """
    recorded = Recorded(opening, keys, store)
    digest = hashlib.sha256(recorded.header)
    size = len(recorded.header)
    for index, ciphertext in recorded.sealed(0, recorded.count):
        runs = recorded.runs(index, ciphertext)
        if look:
            look(recorded, runs)
        digest.update(ciphertext)
        size += len(ciphertext)
    if size != store.size(opening.object_id):
        raise Tampered("the object is longer than what was sealed")
    if digest.hexdigest() != opening.recording["sha256"]:
        raise Tampered("the object is not the one that the manifest names")
    return Verified(recorded.count, digest.hexdigest())
