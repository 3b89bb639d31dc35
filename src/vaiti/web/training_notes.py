"""Training with a call: the activities it is gathered in, and comments at moments of it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from vaiti.access import commenting
from vaiti.access.activity_rules import MAX_COMMENT
from vaiti.web.dates import write_length
from vaiti.web.http.errors import Trouble
from vaiti.web.http.request import SignedIn
from vaiti.web.searching import Choice


@dataclass(frozen=True, slots=True)
class Remark:
    id: int
    place: str
    address: str
    text: str
    by: str
    own: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """`on` are the parts that may be written about; `place` and `text` what was typed."""

    call: str
    activities: list[str]
    remarks: list[Remark]
    on: list[Choice]
    trouble: Trouble | None
    place: str
    text: str


def notes_of(request: SignedIn, call_id: str, trouble: Trouble | None = None) -> Notes:
    """What the page of a call that may be seen says of training with it."""
    found = commenting.notes(request.person.id, UUID(hex=call_id), request.moment)
    return Notes(
        call=call_id,
        activities=list(found.activities),
        remarks=[_remark(one, call_id) for one in found.remarks],
        on=[Choice(str(leg.id), leg.agent, False) for leg in found.on],
        trouble=trouble,
        place=request.POST.get("place", "")[:10],
        text=request.POST.get("text", "")[:MAX_COMMENT],
    )


def _remark(one: commenting.Remark, call_id: str) -> Remark:
    place = write_length(timedelta(milliseconds=one.place_ms))
    return Remark(one.id, place, f"/calls/{call_id}/#t={place}", one.text, one.by, one.own)
