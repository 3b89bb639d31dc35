"""Whether training with calls of a line rests on a balancing of interests that stands (N-10)."""

from datetime import datetime

from vaiti.access.models import Balancing
from vaiti.access.purposes import Purpose


def training_stands(line: str, now: datetime) -> bool:
    """Whether calls on the line may be heard for training: no record of it is overdue or a no."""
    row = (
        Balancing.objects.filter(purpose=Purpose.TRAINING.value, line=line)
        .order_by("-filed_at", "-id")
        .first()
    )
    return row is None or (row.carries and row.review_at > now)
