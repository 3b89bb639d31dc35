"""The picture of a leg's sound, kept so that it is made once. It dies with the call.

What is kept is sealed under the call's own key by playback: this room cannot read it, and a
database that remembers a deleted row remembers nothing of the sound.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.register.models import Leg, Picture, State
from vaiti.values.clock import from_micros

MAX_BYTES = 65_536


def kept(call_id: UUID, from_us: int, to_us: int) -> bytes:
    """The sealed picture of the leg with these bounds; nothing when there is none yet."""
    found = Picture.objects.filter(leg__in=_legs(call_id, from_us, to_us)).first()
    return b"" if found is None else bytes(found.sealed)


def keep(call_id: UUID, from_us: int, to_us: int, sealed: bytes) -> None:
    """Keeps the picture, unless the call is on its way out or the picture is too large to keep."""
    if len(sealed) > MAX_BYTES:
        return
    with transaction.atomic():
        legs = _legs(call_id, from_us, to_us).select_for_update()
        leg = legs.filter(call__state=State.KEPT).first()
        if leg is not None:
            Picture.objects.update_or_create(leg=leg, defaults={"sealed": sealed})


def _legs(call_id: UUID, from_us: int, to_us: int) -> QuerySet[Leg]:
    """Legs with the same bounds sound the same, so that one picture does for all of them."""
    bounds = {"started_at": from_micros(from_us), "ended_at": from_micros(to_us)}
    return Leg.objects.filter(call_id=call_id, **bounds).order_by("ordinal")
