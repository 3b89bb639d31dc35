"""Removes sealed bytes for good. Only retention imports this module (pyproject, import contracts).

Overwriting is not tried: journalling file systems and flash storage write elsewhere. What makes
remaining blocks unreadable is the death of the key; see docs/keys.md.
"""

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import singledispatch
from pathlib import Path

from vaiti.values.ids import ObjectId
from vaiti.vault.keyfiles import sync_folder
from vaiti.vault.s3 import S3Store
from vaiti.vault.store import FolderStore, Store
from vaiti.vault.two_stores import TwoStores


@singledispatch
def remove(store: Store, object_id: ObjectId) -> None:
    """Removes the object and what a killed `put` left of it, durably; also the second time.

    Raises OSError or StoreError when something stays. A store that registers no way here cannot
    be used.
    """
    raise TypeError(f"nothing can be removed from a {type(store).__name__}")


@remove.register
def _(store: FolderStore, object_id: ObjectId) -> None:
    for path in store.traces(object_id):
        remove_file(path)


@remove.register
def _(store: S3Store, object_id: ObjectId) -> None:
    """Every version, every mark of a deletion, every unfinished upload, each by its own id."""
    for trace in store.traces(object_id):
        store.bucket.remove(trace)


@remove.register
def _(store: TwoStores, object_id: ObjectId) -> None:
    """From both: it may be on its way, or in both after a kill."""
    with store.held():
        remove(store.former, object_id)
        remove(store.now, object_id)


@singledispatch
def remove_all(store: Store, object_ids: Sequence[ObjectId]) -> set[ObjectId]:
    """As `remove`, of many at once; those of which something is left all the same.

    Raises OSError or StoreError, with some of them removed.
    """
    raise TypeError(f"nothing can be removed from a {type(store).__name__}")


@remove_all.register
def _(store: FolderStore, object_ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Each folder is made durable once, when all that goes from it is gone."""
    wanted = set(object_ids)
    places = [store.place(one) for one in object_ids]
    places += [str(path) for path in store.begun() if path.name.partition(".")[0] in wanted]
    for place in places:
        with suppress(FileNotFoundError):
            os.unlink(place)  # noqa: PTH108 - a path object an object is half of the work
    for folder in {place.rpartition(os.sep)[0] for place in places}:
        if Path(folder).is_dir():
            sync_folder(Path(folder))
    return store.remaining(object_ids)


@remove_all.register
def _(store: S3Store, object_ids: Sequence[ObjectId]) -> set[ObjectId]:
    """What a bucket shows goes a thousand at a time; then what it hides, where it hides any."""
    store.remove_shown(object_ids)
    hidden = store.remaining(object_ids)
    for one in hidden:
        remove(store, one)
    return store.remaining(hidden)


@remove_all.register
def _(store: TwoStores, object_ids: Sequence[ObjectId]) -> set[ObjectId]:
    with store.held():
        return remove_all(store.former, object_ids) | remove_all(store.now, object_ids)


@singledispatch
def remove_begun(store: Store, before: datetime) -> int:
    """Removes what was begun and never became an object, of those begun before then; how many.

    Raises OSError or StoreError.
    """
    raise TypeError(f"nothing can be removed from a {type(store).__name__}")


@remove_begun.register
def _(store: FolderStore, before: datetime) -> int:
    old = [path for path in store.begun() if _written(path) < before.timestamp()]
    for path in old:
        remove_file(path)
    return len(old)


@remove_begun.register
def _(store: S3Store, before: datetime) -> int:
    old = [trace for trace in store.begun() if trace.at < before]
    for trace in old:
        store.bucket.remove(trace)
    return len(old)


@remove_begun.register
def _(store: TwoStores, before: datetime) -> int:
    with store.held():
        return remove_begun(store.former, before) + remove_begun(store.now, before)


def _written(path: Path) -> float:
    """Of what was named meanwhile there is nothing to remove."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def remove_file(path: Path) -> None:
    """unlink, then fsync of the folder; a file that is not there is removed already."""
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        sync_folder(path.parent)
