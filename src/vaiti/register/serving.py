"""Which lines people serve, told from the calls they took."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from vaiti.register.models import Leg


def serve_others_only(people: Collection[UUID], line_id: UUID, since: datetime) -> bool:
    """Whether these people took calls since then, and none of them on this line."""
    rows = Leg.objects.filter(person_id__in=people, started_at__gt=since)
    return not rows.filter(line_id=line_id).exists() and rows.exists()
