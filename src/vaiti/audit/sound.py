"""What the log says of sound: how much of it was handed out, by listening and by copy."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.standing import standing
from vaiti.audit.verification import read_body

HEARD, TAKEN = Kind.ACCESS_LISTENING_HEARD, Kind.ACCESS_COPY_TAKEN


def handed_out(kind: Kind, since: datetime) -> "Counter[UUID]":
    """Bytes by listening or copy, of entries of this kind from then on."""
    found: Counter[UUID] = Counter()
    for facts in _facts(kind, since, None):
        found[UUID(hex=facts["listening"])] += int(facts.get("sound_bytes", 0))
    return found


def opened(since: datetime, until: datetime) -> set[UUID]:
    """The listenings that were opened from `since` on and before `until`."""
    found = _facts(Kind.ACCESS_LISTENING_OPENED, since, until)
    return {UUID(hex=facts["listening"]) for facts in found}


def _facts(kind: Kind, since: datetime, until: datetime | None) -> Iterator[dict[str, Any]]:
    rows = Leaf.objects.filter(kind=kind.value, at__gte=since, salt__isnull=False)
    rows = rows if until is None else rows.filter(at__lt=until)
    for (body,) in standing(rows, "body").iterator(chunk_size=2_000):
        yield read_body(body)["facts"]
