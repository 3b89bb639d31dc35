"""Whether a sealed object is the one that was sealed, found without opening it."""

import hashlib

from vaiti.values.ids import ObjectId
from vaiti.vault.store import NoObject, Store

CHUNK = 1 << 20  # bytes


def unchanged(object_id: ObjectId, sha256: str, store: Store) -> bool:
    """Compares the hash of the bytes as they lie with the manifest's (lower-case hex).

    False for an object that is gone. Needs no key, tells nothing of the sound. Raises StoreError.
    """
    digest = hashlib.sha256()
    try:
        for start in range(0, store.size(object_id), CHUNK):
            digest.update(store.get(object_id, start, CHUNK))
    except NoObject:
        return False
    return digest.hexdigest() == sha256
