"""The one reading of "stands at an instant": from `valid_from`, up to but not at `valid_to`."""

from datetime import datetime

from django.db.models import Q


def standing(at: datetime, prefix: str = "valid") -> Q:
    """The condition for rows whose `<prefix>_from` and `<prefix>_to` hold `at` between them."""
    open_ended = Q(**{f"{prefix}_to__isnull": True}) | Q(**{f"{prefix}_to__gt": at})
    return open_ended & Q(**{f"{prefix}_from__lte": at})
