"""Silencing a passage of a recording for good."""

import re
from datetime import timedelta
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible
from vaiti.access.silencing import legs_to_silence, silence
from vaiti.register.silencing import Passage, SilencingRefused
from vaiti.web import calls
from vaiti.web.call_forms import carried_out
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn

_PLACE = re.compile(r"(?:(\d):)?(\d{1,3}):([0-5]\d)(?:[.,](\d))?")
UNSURE = "Say that you are sure: what is silenced never comes back."


@only("POST")
def silenced(request: SignedIn, call_id: str) -> HttpResponseBase:
    """Back to the call's page, which says how far it is."""

    def again(why: str) -> HttpResponseBase:
        trouble = Trouble(_("Nothing was silenced"), why)
        return calls.call_page(request, call_id, unsilenced=trouble)

    back = f"/calls/{call_id}/#silencing"
    return carried_out(lambda: _do(request, UUID(hex=call_id)), SilencingRefused, again, back)


def _do(request: SignedIn, call: UUID) -> None:
    form = request.POST
    leg = form.get("leg", "")
    number = int(leg) if leg.isascii() and leg.isdigit() and len(leg) < 18 else 0
    if number not in legs_to_silence(request.person.id, call, request.moment):
        raise NotVisible
    if form.get("sure") != "yes":
        raise SilencingRefused(UNSURE)
    begins, ends = (_place(form.get(name, "").strip()) for name in ("begins", "ends"))
    passage = Passage(number, begins, ends, form.get("side", ""), form.get("reason", ""))
    silence(request.person.id, call, passage, request.moment)


def _place(text: str) -> timedelta:
    """What is no place lies before every recording."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return timedelta(-1)
    hours, minutes, seconds, tenths = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=100 * tenths)
