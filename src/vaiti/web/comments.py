"""Writing a comment about a moment of a call, and taking it back."""

import re
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from vaiti.access import commenting
from vaiti.access.activity_rules import MAX_COMMENT
from vaiti.access.errors import MandateError
from vaiti.web import calls
from vaiti.web.call_forms import carried_out
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn

_PLACE = re.compile(r"(?:(\d):)?(\d{1,3}):([0-5]\d)")
NOWHERE = -1


@only("POST")
def comments(request: SignedIn, call_id: str) -> HttpResponseBase:
    """Writes one, or takes one's own back (`withdraw` names it)."""

    def again(why: str) -> HttpResponseBase:
        trouble = Trouble(_("Nothing was written"), why)
        return calls.call_page(request, call_id, remark=trouble)

    back = f"/calls/{call_id}/#comments"
    return carried_out(lambda: _do(request, UUID(hex=call_id)), MandateError, again, back)


def _do(request: SignedIn, call: UUID) -> None:
    person, form = request.person.id, request.POST
    if withdrawn := _id(form.get("withdraw", "")):
        commenting.withdraw(person, call, withdrawn, request.moment)
        return
    ms = _place(form.get("place", "").strip())
    place = commenting.Place(call, _id(form.get("leg", "")), ms)
    text = " ".join(form.get("text", "").split())[: MAX_COMMENT + 1]
    commenting.write(person, place, text, request.moment)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _place(text: str) -> int:
    """In milliseconds; what is none lies before every recording."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return NOWHERE
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000
