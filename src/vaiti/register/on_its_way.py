"""One call on its way from the journal into the book: what the database knows of it by then."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from vaiti.audit import reading
from vaiti.register import parts
from vaiti.register.admission import IntakeRefused
from vaiti.register.intake import check
from vaiti.register.journaled import Left
from vaiti.register.models import Arrival
from vaiti.values.ids import CallId, ObjectId, as_uuid, new_object_id
from vaiti.vault.gathering import Finished
from vaiti.vault.manifest import Manifest

IN_WORK: Final = "call_in_work"
"""It is a part of a call that is being sealed anew just now, and waits for that."""


def require_entered(call_id: CallId) -> None:
    """A call whose key is dead and of which the log knows nothing is a loss: raises Left."""
    on_its_way = Arrival.objects.filter(call=as_uuid(call_id)).exists()
    if on_its_way or not reading.entries(subject=call_id, limit=1).entries:
        raise Left("key_gone_before_intake")


def owner_of(manifest: Manifest) -> UUID | None:
    """The call in the book that this is a part of. Raises Left while that is in work."""
    try:
        return parts.call_of(manifest)
    except parts.InWork as busy:
        raise Left(IN_WORK) from busy


def day_of(call: Finished, manifest: Manifest, now: datetime) -> date:
    """The destruction day, before any key is kept. Raises Left where the call may not enter."""
    try:
        return check(manifest, manifest.sha256, call.segments).terms.day
    except IntakeRefused as refused:
        raise refusal(call, refused.reason, now) from refused


def refusal(call: Finished, reason: str, now: datetime) -> Left:
    """Marks the call as one that may not enter."""
    object_of(call.call_id, now)
    Arrival.objects.filter(call=as_uuid(call.call_id)).update(refused=reason)
    return Left(reason)


def object_of(call_id: CallId, now: datetime) -> ObjectId:
    """The object that this call is gathered into, the same at every try."""
    arrival, _ = Arrival.objects.get_or_create(
        call=as_uuid(call_id),
        defaults={"object_id": as_uuid(new_object_id()), "since": now},
    )
    return ObjectId(arrival.object_id.hex)
