"""Wrong facts of a call put right: the agent of a part, the call's line and direction."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import correcting
from vaiti.access.correcting import LegOffer, Offer
from vaiti.access.errors import NotVisible, Unprepared
from vaiti.register.calls import CallCard
from vaiti.register.corrections import CorrectionRefused
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments, between
from vaiti.web.searching import Choice
from vaiti.web.wording import access_words, words

NOBODY = "nobody"
"""In the place of an agent's id: nobody knows whose part it is."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A part and whom it may be said to be of; `was` is whose it is now."""

    id: int
    agent: str
    span: str
    length: str
    was: str
    agents: list[Choice]


@only("GET", "POST")
def correct(request: SignedIn, call_id: str) -> HttpResponseBase:
    """A POST names in `act` what is wrong; back to the call's page, which says what was before."""
    call = UUID(hex=call_id)
    try:
        if request.method == "GET":
            return _page(request, call)
        acts = {"agent": _agent, "call": _call}
        act = acts.get(request.POST.get("act", ""))
        if act is None:
            return errors.show(request, "bad")
        act(request, call)
    except CorrectionRefused as error:
        return _page(request, call, _trouble(error))
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error
    return _away(request, call_id)


def _away(request: SignedIn, call_id: str) -> HttpResponse:
    """To the call's page; to the list, if the part is now of somebody they may not see."""
    try:
        correcting.offer(request.person.id, UUID(hex=call_id), request.moment)
        place = f"/calls/{call_id}/#corrected"
    except NotVisible:
        place = "/calls/"
    response = HttpResponse(status=303)
    response.headers["Location"] = place
    return response


def _agent(request: SignedIn, call: UUID) -> None:
    given = request.POST
    leg = given.get("leg", "")
    correcting.correct_agent(
        request.person.id,
        call,
        int(leg) if leg.isascii() and leg.isdigit() and len(leg) < 19 else 0,
        read_agent(given.get("agent", "")),
        was=read_agent(given.get("was", NOBODY)),
        now=request.moment,
    )


def read_agent(text: str) -> UUID | None:
    """An id that names nobody where the text is none: the verb says so in its words."""
    return None if text == NOBODY else _id(text)


def _id(text: str) -> UUID:
    try:
        return UUID(hex=text) if len(text) == 32 else UUID(int=0)
    except ValueError:
        return UUID(int=0)


def _call(request: SignedIn, call: UUID) -> None:
    given = request.POST
    line, direction = _id(given.get("line", "")), given.get("direction", "")
    was = (_id(given.get("was_line", "")), given.get("was_direction", ""))
    correcting.correct_call(request.person.id, call, line, direction, was=was, now=request.moment)


def _trouble(error: CorrectionRefused) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))


def _page(request: SignedIn, call: UUID, trouble: Trouble | None = None) -> HttpResponse:
    offer = correcting.offer(request.person.id, call, request.moment)
    see = Moments.at(request.moment)
    given = {
        "call": call.hex,
        "moment": see.day_and_time(offer.legs[0].leg.started_at),
        "legs": [_leg(one, see) for one in offer.legs],
        "line": offer.line.hex,
        "direction": offer.call.direction,
        "lines": _lines(offer),
        "directions": _directions(offer.call),
        "trouble": trouble,
    }
    return render(request, "correct.html", given, status=422 if trouble else 200)


def _leg(one: LegOffer, see: Moments) -> Leg:
    leg = one.leg
    was = leg.person_id.hex if leg.person_id else NOBODY
    known = [Choice(agent.hex, name, agent == leg.person_id) for agent, name in one.agents]
    if leg.person_id is not None and not any(choice.chosen for choice in known):
        known.append(Choice(was, leg.agent, True))
    return Leg(
        id=leg.id,
        agent=leg.agent or _("not known yet"),
        span=f"{see.time(leg.started_at, seconds=True)}–{see.time(leg.ended_at, seconds=True)}",
        length=between(leg.started_at, leg.ended_at),
        was=was,
        agents=[Choice(NOBODY, _("Nobody knows"), was == NOBODY), *known],
    )


def _lines(offer: Offer) -> list[Choice]:
    return [
        Choice(one.id.hex, f"{one.label} {one.number}", one.id == offer.line) for one in offer.lines
    ]


def _directions(card: CallCard) -> list[Choice]:
    return [
        Choice(code, words.direction(code), code == card.direction) for code in words.DIRECTIONS
    ]
