"""Refuses who comes from outside of the EEA, before anything is looked up or opened (N-26)."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase

from vaiti.access.abroad import STRANGER, note_refused
from vaiti.web.http import errors
from vaiti.web.http.origins import address_of
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired

Answer = Callable[[HttpRequest], HttpResponseBase]

NOTED = Pace(most=1, seconds=3600)  # an entry for each person and country an hour


def refused_abroad(get_response: Answer) -> Answer:
    """Whose country the operator's table of networks says; without a table nobody is asked."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return get_response(request)
        country = wired().country_refused(address_of(request))
        if country is None:
            return get_response(request)
        person = getattr(request, "person", None)
        actor = person.id.hex if person else STRANGER
        now = cast(Request, request).moment
        if NOTED.allows(f"{actor} {country}", now):
            note_refused(actor, country, now)
        return errors.show(request, "abroad")

    return answer
