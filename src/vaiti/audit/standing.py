"""Entries by what the indexes are for, which hold only those that have their place in the tree."""

from typing import Any

from django.db.models import QuerySet

from vaiti.audit.models import Leaf


def standing(
    leaves: "QuerySet[Leaf]", *columns: str, alike: bool = True
) -> "QuerySet[Leaf, tuple[Any, ...]]":
    """These columns of entries with a place, by index, and of the few that wait, looked through.

    In one question, for entries get their place meanwhile. Not `alike`: each of equal rows once.
    """
    placed, waiting = (
        leaves.filter(seq__isnull=one).values_list(*columns) for one in (False, True)
    )
    return placed.union(waiting, all=alike)
