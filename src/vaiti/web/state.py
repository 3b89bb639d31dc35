"""What is wrong just now, for those who keep the register running or answer for it."""

from dataclasses import dataclass

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from vaiti.due import alarms
from vaiti.web import words
from vaiti.web.methods import only
from vaiti.web.moments import Moments
from vaiti.web.places import STATE, places_of
from vaiti.web.request import SignedIn


@dataclass(frozen=True, slots=True)
class AlarmLine:
    kind: str
    key: str
    detail: str
    since: str
    last: str
    count: int


@only("GET")
def state(request: SignedIn) -> HttpResponseBase:
    if STATE not in places_of(request.person.roles):
        raise Http404
    see = Moments.at(request.moment)
    lines = [
        AlarmLine(
            words.alarm(alarm.kind),
            alarm.key,
            alarm.detail,
            see.day_and_time(alarm.raised_at),
            see.day_and_time(alarm.last_at),
            alarm.count,
        )
        for alarm in alarms.standing()
    ]
    return render(request, "state.html", {"alarms": lines})
