"""Saved views of the list of calls: links with a name, and a form to save what is searched now."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access import saved_views as verbs
from vaiti.access.errors import MandateError
from vaiti.web import dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice, Search
from vaiti.web.wording import access_words

PERIODS = {
    0: gettext_noop("at any time"),
    1: gettext_noop("today"),
    7: gettext_noop("in the last 7 days"),
    30: gettext_noop("in the last 30 days"),
}


@dataclass(frozen=True, slots=True)
class View:
    id: str
    name: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Views:
    """`given` is what would be saved now: nothing of a customer, and no day but that of
    destruction."""

    mine: list[View]
    given: dict[str, str]
    periods: list[Choice]


def views_of(request: SignedIn, search: Search, see: Moments) -> Views:
    mine = [_view(one, search, see) for one in verbs.mine(request.person.id)]
    given = {key: search.given[key] for key in verbs.KEPT if search.given.get(key)}
    periods = [Choice(str(days), _(label), days == 0) for days, label in PERIODS.items()]
    return Views(mine, given, periods)


def _view(card: verbs.ViewCard, search: Search, see: Moments) -> View:
    query = {key: card.given[key] for key in verbs.KEPT if key in card.given}
    if card.days:
        query["from"] = dates.write_day(see.today - timedelta(days=card.days - 1))
    address = "/calls/" + (f"?{urlencode(query)}" if query else "")
    return View(card.id.hex, card.name, address, query == search.given)


@only("POST")
def save(request: SignedIn) -> HttpResponseBase:
    form = request.POST
    name, days = " ".join(form.get("name", "").split()), form.get("days", "")
    given = {key: form.get(key, "") for key in verbs.KEPT}
    try:
        looks = int(days) if days in {str(one) for one in PERIODS} else 0
        verbs.save(request.person.id, name, given, looks, request.moment)
    except MandateError as error:
        return _refused(request, access_words.refusal(str(error)))
    return _back()


def _refused(request: SignedIn, advice: str) -> HttpResponse:
    error = {"code": 422, "title": _("The view was not saved"), "advice": advice}
    return render(request, "error.html", {"error": {**error, "again": "", "at": ""}}, status=422)


@only("POST")
def remove(request: SignedIn, view_id: str) -> HttpResponseBase:
    verbs.remove(request.person.id, UUID(hex=view_id), request.moment)
    return _back()


def _back() -> HttpResponse:
    response = HttpResponse(status=303)
    response.headers["Location"] = "/calls/"
    return response
