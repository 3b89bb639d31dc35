"""Between person and office, on the case's page: messages, times for listening, the kiosk."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible, Unprepared
from vaiti.people import sessions
from vaiti.rights import messages, sittings, slots
from vaiti.rights.asking import Right, State
from vaiti.rights.cases import CaseView
from vaiti.rights.errors import CaseRefused
from vaiti.rights.slots import Offer
from vaiti.rights.work import Work
from vaiti.web import dates
from vaiti.web.casework import kiosk
from vaiti.web.casework.own_case import Time, slot_of, time_of, words_of
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import case_words

ROWS = range(1, 4)
"""How many times are typed at once."""
Act = Callable[[SignedIn, UUID, date], None]


def shown(request: SignedIn, view: CaseView, work: Work, see: Moments) -> dict[str, Any]:
    """What the case's page shows of it."""
    case_id, form = view.card.id, request.POST
    granted = any(
        one.right == Right.LISTENING and one.outcome != "refused" for one in work.decisions
    )
    return {
        "words": [words_of(one, see) for one in messages.of_office(case_id)],
        "waits": case_id in messages.waiting([case_id]),
        "typed": form.get("text", "")[:4000],
        "listens": granted and view.card.state is State.DECIDED,
        "slots": [time_of(one, see) for one in slots.of_case(case_id, see.now)],
        "premises": [
            Choice(one.name, one.said(request.language).label, one.name == form.get("place"))
            for one in wired().rights.premises
        ],
        "lengths": slots.LENGTHS,
        "rows": [
            (number, form.get(f"day{number}", "")[:20], form.get(f"hour{number}", "")[:5])
            for number in ROWS
        ],
        "code_waits": sittings.waits(case_id, see.now),
        "example_day": see.example(7),
    }


def visits(see: Moments) -> list[tuple[str, str, Time]]:
    """Who comes to listen, today's first: the case, its number, and when and where."""
    found = slots.visits(see.now)
    return [(one.case.hex, one.number, time_of(one.slot, see)) for one in found]


def _answer(request: SignedIn, case_id: UUID, today: date) -> None:
    text = request.POST.get("text", "")[:4000]
    messages.answer(request.person.id, case_id, text, request.moment)


def _read(request: SignedIn, case_id: UUID, today: date) -> None:
    messages.mark_read(request.person.id, case_id, request.moment)


def _offer(request: SignedIn, case_id: UUID, today: date) -> None:
    form, see = request.POST, Moments.at(request.moment)
    place, length = form.get("place", ""), form.get("length", "")
    minutes = int(length) if length in map(str, slots.LENGTHS) else 0
    typed = [(form.get(f"day{one}", ""), form.get(f"hour{one}", "")) for one in ROWS]
    offers = [
        Offer(place, _instant(day, hour, see), minutes)
        for day, hour in typed
        if day.strip() or hour.strip()
    ]
    slots.offer(request.person.id, case_id, offers, wired().rights, request.moment)


def _instant(day: str, hour: str, see: Moments) -> datetime:
    """Raises CaseRefused."""
    try:
        on = dates.parse_day(day, see.today, ahead=True)
        at = time.fromisoformat(hour.strip().replace(".", ":").zfill(5)).replace(tzinfo=None)
    except (dates.NotADay, ValueError) as error:
        raise CaseRefused("slot_when") from error
    if on is None:
        raise CaseRefused("slot_when")
    return datetime.combine(on, at, see.zone)


def _slot(request: SignedIn, case_id: UUID, today: date) -> None:
    """What the person said by telephone or letter."""
    form = request.POST
    slots.answer(
        case_id,
        slot_of(form.get("slot", "")),
        accept=form.get("act") == "take",
        needs=form.get("needs", "")[:1000],
        by=request.person.id,
        now=request.moment,
    )


ACTS: dict[str, Act] = {
    "message": _answer,
    "messages-read": _read,
    "offer": _offer,
    "slot": _slot,
}


@only("POST")
def code(request: SignedIn, case_id: str) -> HttpResponseBase:
    """The person's code for the kiosk, on a paper for somebody who has no page of their own."""
    try:
        made = sittings.new_code(UUID(hex=case_id), by=request.person.id, now=request.moment)
    except CaseRefused as error:
        return _refused(request, case_id, error)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    return render(request, "case_code.html", {"code": made, "case": case_id})


@only("POST")
def open_kiosk(request: SignedIn, case_id: str) -> HttpResponseBase:
    """This browser becomes the kiosk: the handler's session in it ends."""
    person, now = request.person.id, request.moment
    try:
        sitting = sittings.open_kiosk(person, UUID(hex=case_id), now)
    except CaseRefused as error:
        return _refused(request, case_id, error)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    sessions.close(request.visit.id, person, now)
    kiosk.begin(request, sitting)
    return HttpResponseRedirect("/kiosk/")


def _refused(request: SignedIn, case_id: str, error: CaseRefused) -> HttpResponse:
    trouble = Trouble(_("Nothing was changed"), case_words.refused(error.code))
    given = {"trouble": trouble, "case": case_id}
    return render(request, "case_code.html", given, status=422)
