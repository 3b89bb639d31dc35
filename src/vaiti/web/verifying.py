"""The tick of integrity: whether the recording is still what was sealed, checked on demand."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.verifying import note_verified
from vaiti.playback.verify import verify as check
from vaiti.vault.grant import Opening
from vaiti.web.calls import call_page, see_call
from vaiti.web.http import errors
from vaiti.web.http.errors import trouble
from vaiti.web.http.methods import only
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import SignedIn, is_fragment
from vaiti.web.http.wiring import wired
from vaiti.web.listening import CLOSED, alive, fault, player_for
from vaiti.web.moments import Moments

CHECKS = Pace(most=10, seconds=60)  # a person a minute: each opens a whole recording


@dataclass(frozen=True, slots=True)
class Verdict:
    good: bool
    title: str
    advice: str


@only("POST")
def verify(request: SignedIn, call_id: str, listening_id: str) -> HttpResponseBase:
    """Opens every segment of an open recording and says what was found. No sound leaves."""
    opening = alive(request, call_id, listening_id)
    if not CHECKS.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=CHECKS.seconds)
    verdict = _verdict(opening, request.moment)
    if is_fragment(request):
        return render(request, "_verdict.html", {"verdict": verdict})
    player = player_for(request, see_call(request, call_id), opening)
    return call_page(request, call_id, player=replace(player, verdict=verdict))


def _verdict(opening: Opening, now: datetime) -> Verdict:
    try:
        found = check(opening, wired().keys, wired().store)
    except CLOSED as error:
        name = fault(opening, error, now)
        if name == "damaged":
            note_verified(opening, intact=False, segments=0, now=now)
        said = trouble(name)
        return Verdict(False, said.title, said.advice)
    note_verified(opening, intact=True, segments=found.segments, now=now)
    at = {"moment": Moments.at(now).day_and_time(now)}
    return Verdict(True, _("Unchanged since it was sealed"), _("checked on %(moment)s") % at)
