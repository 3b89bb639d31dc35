"""Tells a person on their pages, ahead of time, that their right to hear calls will end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from vaiti.people.expiry import WARN_DAYS, days_left, warns
from vaiti.people.readiness import readiness
from vaiti.web.http.middleware import Answer
from vaiti.web.http.request import SignedIn, is_fragment
from vaiti.web.moments import Moments
from vaiti.web.staff.training import last_day


@dataclass(frozen=True, slots=True)
class Reminder:
    """`weight` is a class of messages; `address` leads to where it is mended."""

    weight: str
    title: str
    advice: str
    address: str
    link: str


def reminded(get_response: Answer) -> Answer:
    """Whole pages only, whose addresses end in a slash: sound is not asked to wait for it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        page = request.method == "GET" and request.path_info.endswith("/")
        if page and hasattr(request, "person") and not is_fragment(request):
            asked = cast(SignedIn, request)
            asked.reminder = reminder_for(asked)
        return get_response(request)

    return answer


def reminder_for(request: SignedIn) -> Reminder | None:
    """What ends first, from thirty days before it does; with more weight in the last seven."""
    ready = readiness(request.person.id, request.moment)
    if ready.ends is None or not (ready.trained and ready.sworn):
        return None
    if ready.ends - request.moment > timedelta(days=max(WARN_DAYS) + 1):
        return None  # as nearly always: the zone need not be asked for
    see = Moments.at(request.moment)
    reached = warns(days_left(ready.ends, see.now, see.zone))
    if not reached:
        return None
    weight = "bad" if reached == min(WARN_DAYS) else "warn"
    if ready.ends == ready.trained_until:
        return _training(weight, see, ready.ends)
    return _undertaking(weight, see, ready.ends)


def _training(weight: str, see: Moments, ends: datetime) -> Reminder:
    return Reminder(
        weight,
        _("Your training expires"),
        _("Its last day is %(day)s. After it you hear no calls, your own neither.")
        % {"day": last_day(see, ends)},
        "/training/",
        _("Take the course"),
    )


def _undertaking(weight: str, see: Moments, ends: datetime) -> Reminder:
    return Reminder(
        weight,
        _("There is a new undertaking of secrecy"),
        _("The one you gave counts until %(day)s.") % {"day": last_day(see, ends)},
        "/undertaking/",
        _("Read and accept it"),
    )
