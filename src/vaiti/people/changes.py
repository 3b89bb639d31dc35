"""Who leaves, and who has just left a team: what listening beforehand is looked at for."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from vaiti.people.models import Membership, Person


def leavers(since: datetime, until: datetime) -> dict[UUID, datetime]:
    """Those whose employment ends, or has ended, between the two."""
    rows = Person.objects.filter(active_to__gt=since, active_to__lte=until)
    return {one: at for one, at in rows.values_list("id", "active_to") if at is not None}


def team_ends(since: datetime, until: datetime) -> dict[UUID, tuple[datetime, ...]]:
    """When members left a team between the two."""
    rows = Membership.objects.filter(leads=False, valid_to__gt=since, valid_to__lte=until)
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for person, at in rows.values_list("person_id", "valid_to"):
        if at is not None:
            found[person].append(at)
    return {person: tuple(sorted(ends)) for person, ends in found.items()}
