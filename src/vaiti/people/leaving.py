"""Closing the rows of those who have left, so that nothing dated outlives them on paper either.

Nobody waits for it: a leaver has no right from that instant on, whatever their rows say.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from vaiti.audit.kinds import Kind
from vaiti.people.entries import enter, instant
from vaiti.people.models import Confirmer, Delegation, DeviceUse, Membership, Person, Role

BY = "system:people"
DATED = (Role, Membership, DeviceUse, Confirmer)


def close_leavers(now: datetime) -> int:
    """Ends what still has a later end, or none, of people who have left; says of how many."""
    left = Person.objects.filter(active_to__lte=now).filter(
        Q(id__in=_open(Role)) | Q(id__in=_open(Membership)) | Q(id__in=_open(DeviceUse))
    )
    found = list(left.values_list("id", flat=True))
    for person_id in found:
        close_rows(person_id, now)
    return len(found)


def _open(model: type[Role] | type[Membership] | type[DeviceUse]) -> object:
    rows = model.objects.filter(person__active_to__isnull=False)
    open_ended = Q(valid_to__isnull=True) | Q(valid_to__gt=F("person__active_to"))
    return rows.filter(open_ended).exclude(valid_to=F("valid_from")).values("person_id")


def close_rows(person_id: UUID, now: datetime) -> None:
    """Ends everything dated of somebody who has left, at the instant at which they left."""
    with transaction.atomic():
        row = Person.objects.select_for_update().get(id=person_id)
        ended = row.active_to
        if ended is None or ended > now:
            return
        for model in DATED:
            rows = model.objects.filter(person=row)
            rows.filter(valid_from__gte=ended).update(valid_to=F("valid_from"))
            rows = rows.filter(valid_from__lt=ended)
            rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=ended)).update(valid_to=ended)
        mine = Delegation.objects.filter(Q(giver=row) | Q(receiver=row), valid_to__gt=ended)
        mine.filter(valid_from__gte=ended).update(valid_to=F("valid_from"))
        mine.filter(valid_from__lt=ended).update(valid_to=ended)
        facts = {"change": "rows closed", "after": instant(ended)}
        enter(Kind.PEOPLE_PERSON_CHANGED, person_id, BY, now, **facts)
