"""Destroys a package of copies when the rights room says that its time is over, and proves it."""

from vaiti.values.ids import ObjectId
from vaiti.vault import shred
from vaiti.vault.store import Store, StoreError


def destroy(object_id: ObjectId, store: Store) -> None:
    """Also the second time. Raises StoreError and OSError where anything of it is left."""
    shred.remove(store, object_id)
    if not store.absent(object_id):
        raise StoreError("a package of copies whose time is over is still there")
