"""The calls whose agent nobody knows yet, and whose they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import correcting
from vaiti.access.correcting import Unassigned
from vaiti.access.errors import NotVisible, Unprepared
from vaiti.register.calls import LegCard
from vaiti.register.corrections import CorrectionRefused
from vaiti.register.filters import Cursor, FilterError, Filters
from vaiti.values.ids import parse_call_id
from vaiti.web import searching
from vaiti.web.calls import LISTS
from vaiti.web.correcting import read_agent
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, between
from vaiti.web.searching import Choice
from vaiti.web.wording import access_words, words

ADDRESS = "/unassigned/"


@dataclass(frozen=True, slots=True)
class Row:
    """One part of a call. `value` names call and part; the customer's number is not needed here."""

    value: str
    call: str
    name: str
    moment: str
    length: str
    direction: str
    line: str
    device: str
    likely: str


@only("GET", "POST")
def unassigned(request: SignedIn) -> HttpResponseBase:
    if not LISTS.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=LISTS.seconds)
    try:
        cursor = searching.read_cursor(request.GET.get("at", ""))
        if request.method == "GET":
            return _page(request, cursor)
        return _attribute(request, cursor)
    except FilterError:
        return errors.show(request, "bad")
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error


def _attribute(request: SignedIn, cursor: Cursor | None) -> HttpResponse:
    """Each ticked part is a correction of its own; the first that is refused ends it."""
    ticked = [_part(one) for one in request.POST.getlist("part")]
    agent = read_agent(request.POST.get("agent", ""))
    if not ticked or agent is None:
        trouble = Trouble(_("Nothing was changed"), _("Tick the calls, and choose whose they are."))
        return _page(request, cursor, trouble)
    try:
        for call, leg in ticked:
            correcting.correct_agent(
                request.person.id, call, leg, agent, was=None, now=request.moment
            )
    except CorrectionRefused as error:
        return _page(
            request,
            cursor,
            Trouble(_("Not all of it was changed"), access_words.refusal(str(error))),
        )
    response = HttpResponse(status=303)
    response.headers["Location"] = f"{ADDRESS}?done={len(ticked)}"
    return response


def _part(text: str) -> tuple[UUID, int]:
    """Raises Http404 for what this page never wrote."""
    call, _dot, leg = text.partition(".")
    try:
        return UUID(hex=parse_call_id(call)), int(leg[:18])
    except ValueError as error:
        raise Http404 from error


def _page(request: SignedIn, cursor: Cursor | None, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    found = correcting.unassigned_calls(
        request.person.id, cursor, Filters(see.zone), wired().agent_feed, request.moment
    )
    given = {
        "rows": [_row(leg, found, see) for leg in found.rows],
        "agents": [Choice(one.hex, name, False) for one, name in found.agents],
        "older": f"{ADDRESS}?at={found.older}" if found.older else "",
        "newer": f"{ADDRESS}?at={found.newer}" if found.newer else "",
        "guessed": bool(found.likely),
        "done": _done(request.GET.get("done", "")),
        "trouble": trouble,
    }
    return render(request, "unassigned.html", given, status=422 if trouble else 200)


def _done(text: str) -> str:
    if not text.isascii() or not text.isdigit() or not 0 < len(text) < 4:
        return ""
    said = ngettext("%(count)d call was attributed.", "%(count)d calls were attributed.", int(text))
    return said % {"count": int(text)}


def _row(leg: LegCard, found: Unassigned, see: Moments) -> Row:
    moment = see.day_and_time(leg.started_at, seconds=True)
    return Row(
        value=f"{leg.call.id.hex}.{leg.id}",
        call=leg.call.id.hex,
        name=_("The call of %(moment)s") % {"moment": moment},
        moment=moment,
        length=between(leg.started_at, leg.ended_at),
        direction=words.direction(leg.call.direction),
        line=leg.call.line_label,
        device=found.devices.get(leg.id, "") or _("not named"),
        likely=_likely(found.likely.get(leg.id), see),
    )


def _likely(told: tuple[str, datetime] | None, see: Moments) -> str:
    if told is None:
        return ""
    name, left_at = told
    said = _("Probably %(name)s, who left this telephone at %(moment)s and nobody said had come.")
    return said % {"name": name, "moment": see.day_and_time(left_at)}
