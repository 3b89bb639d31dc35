"""Gives leaves their place in the tree, one sequencer at a time, and signs the new size and root.

Everything of one run is one transaction: places, nodes and checkpoint are there together or not at
all, so a killed sequencer leaves nothing to repair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from vaiti.audit import rows, writing
from vaiti.audit.checkpoint import Signer
from vaiti.audit.entry import leaf_data
from vaiti.audit.models import Checkpoint, Leaf
from vaiti.audit.tree import Grower, Place, leaf_hash, parts
from vaiti.values.clock import to_micros

_Waiting = tuple[UUID, datetime, str, "bytes | memoryview"]

MAX_LEAVES = 2000  # a run; the lock is held for about a second at most
LOCK = 0x7661697469  # "vaiti": the advisory lock of PostgreSQL


@dataclass(frozen=True, slots=True)
class Sequenced:
    """`added` leaves got their place; `size` and `note` are of the newest checkpoint."""

    added: int
    size: int
    note: str


class LogBroken(RuntimeError):
    """The stored tree contradicts itself; nothing is appended until somebody has looked."""


def sequence(now: datetime, signer: Signer) -> Sequenced:
    """Places at most MAX_LEAVES waiting leaves; call again while `added` reaches that.

    With nothing waiting nothing is written. Raises LogBroken when the stored tree lacks nodes.
    """
    with transaction.atomic():
        _exclude_others()
        newest = Checkpoint.objects.order_by("-size").first()
        size = newest.size if newest else 0
        unplaced = Leaf.objects.filter(seq__isnull=True).order_by("at", "id")
        waiting = list(unplaced.values_list("id", "at", "kind", "commitment")[:MAX_LEAVES])
        if not waiting:
            return Sequenced(0, size, newest.note if newest else "")
        grower = Grower(size, stored_nodes(parts(0, size)))
        _place(waiting, grower)
        root = grower.root()
        note = signer.sign(grower.size, root)
        Checkpoint.objects.create(size=grower.size, root=root, note=note, at=now)
        return Sequenced(len(waiting), grower.size, note)


def stored_nodes(places: list[Place]) -> dict[Place, bytes]:
    """The hashes of these nodes. Raises LogBroken when one is missing."""
    found = rows.nodes(places)
    if len(found) != len(set(places)):
        raise LogBroken("the audit log lacks nodes of its tree; run `vaiti audit verify`")
    return found


def _exclude_others() -> None:
    # on SQLite the transaction began IMMEDIATE: there is no second writer already
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _place(waiting: Sequence[_Waiting], grower: Grower) -> None:
    places, nodes = [], []
    for leaf_id, at, kind, committed in waiting:
        places.append((leaf_id, grower.size))
        hashed = leaf_hash(leaf_data(leaf_id, to_micros(at), kind, bytes(committed)))
        nodes += [(*place, digest) for place, digest in grower.append(hashed)]
    writing.place(places)
    writing.insert_nodes(nodes)
