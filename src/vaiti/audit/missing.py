"""Which of the entries that somebody names do not stand in the log."""

from collections.abc import Sequence
from uuid import UUID

from vaiti.audit.models import Leaf

AT_ONCE = 500


def missing(leaves: Sequence[UUID]) -> list[UUID]:
    """In the order given. Whether an entry's content has gone by rule makes no difference."""
    found: set[UUID] = set()
    for first in range(0, len(leaves), AT_ONCE):
        asked = leaves[first : first + AT_ONCE]
        found.update(Leaf.objects.filter(id__in=asked).values_list("id", flat=True))
    return [leaf for leaf in leaves if leaf not in found]
