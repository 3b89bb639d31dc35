"""Draws calls at random for training: by line and time, never by what was said or how (N-06)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from django.db.models import Q

from vaiti.register.admission import MADE_UP
from vaiti.register.models import Leg, Objection, State
from vaiti.register.person_models import Consent
from vaiti.register.stops import TRAINING
from vaiti.register.strands import kept


@dataclass(frozen=True, slots=True)
class Urn:
    """What may be drawn: parts of calls on `lines` that began from `begins` on, before `ends`.

    Under the notice's versions `asking` only with consent.
    """

    lines: tuple[str, ...]
    begins: datetime
    ends: datetime
    asking: tuple[str, ...] = ()


def draw(
    urn: Urn, besides: Collection[UUID], taken: Collection[UUID], rng: Random, now: datetime
) -> UUID | None:
    """A call of which some agent's part was drawn, each part with the same chance.

    Not of the agents `besides`, none of the calls `taken`, none that somebody objected to, none
    without the consent that it needs. None
    where nothing is left.
    """
    legs = Leg.objects.filter(
        kept(now),
        line__number__in=urn.lines,
        person__isnull=False,
        started_at__gte=urn.begins,
        started_at__lt=urn.ends,
        call__state=State.KEPT,
    )
    legs = legs.exclude(person_id__in=besides).exclude(call_id__in=taken)
    legs = legs.exclude(call_id__in=Objection.objects.values("call_id"))
    legs = legs.exclude(call__recorder=MADE_UP)
    if urn.asking:
        given = Consent.objects.filter(purpose=TRAINING, withdrawn_at__isnull=True)
        without = ~Q(call_id__in=given.values("call_id"))
        legs = legs.exclude(Q(call__notice__in=urn.asking) & without)
    count = legs.count()
    if not count:
        return None
    return legs.order_by("started_at", "id").values_list("call_id", flat=True)[rng.randrange(count)]
