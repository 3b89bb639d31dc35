"""The log counted: how often what happened in a time, by kind, by span and by what it says.

Entries stay counted when their content has been removed; only what they said is unknown then.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from vaiti.audit.models import Checkpoint, Leaf
from vaiti.audit.proofs import consistency
from vaiti.audit.standing import standing
from vaiti.audit.tree import verify_consistency
from vaiti.audit.verification import read_body

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Ends:
    """The newest checkpoint before a time began and before it ended; size 0 before the first one.

    `grown`: the later tree holds the earlier one as its beginning, as proven from the tree's nodes.
    """

    first_size: int
    first_root: bytes
    last_size: int
    last_root: bytes
    grown: bool


def by_kind(kinds: Iterable[str], begins: datetime, ends: datetime) -> dict[str, int]:
    """From `begins` on and before `ends`: each kind from its index."""
    return {str(kind): standing(_of(kind, begins, ends), "id").count() for kind in kinds}


def by_span(kind: str, spans: Sequence[Span]) -> tuple[int, ...]:
    return tuple(by_kind([kind], *span)[kind] for span in spans)


def by_facts(
    kind: str, names: Sequence[str], begins: datetime, ends: datetime
) -> "Counter[tuple[str, ...]]":
    """How often the facts of these names were what, over all whose content is still there."""
    told = standing(_of(kind, begins, ends).filter(salt__isnull=False), "body")
    bodies = told.iterator(chunk_size=2_000)
    facts = (read_body(body)["facts"] for (body,) in bodies)
    return Counter(tuple(str(one.get(name, "")) for name in names) for one in facts)


def checkpoints(begins: datetime, ends: datetime) -> Ends:
    first, last = _newest(begins), _newest(ends)
    grown = first[0] == last[0] or not first[0]
    if not grown:
        proof = consistency(first[0], last[0])
        grown = verify_consistency(first[0], last[0], first[1], last[1], proof.path)
    return Ends(*first, *last, grown)


def _of(kind: str, begins: datetime, ends: datetime) -> "QuerySet[Leaf]":
    return Leaf.objects.filter(kind=kind, at__gte=begins, at__lt=ends)


def _newest(before: datetime) -> tuple[int, bytes]:
    row = Checkpoint.objects.filter(at__lt=before).order_by("-size").first()
    return (row.size, bytes(row.root)) if row else (0, b"")
