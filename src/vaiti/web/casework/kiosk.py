"""The kiosk: a browser at the office in which a person hears the calls of their case.

A handler's login has opened it and has ended there with that; the person's code opens the calls.
The session knows the listening, and nothing of the handler's can be reached from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.access import doors
from vaiti.access.doors import ListeningEnded, NotVisible, Refused, Unprepared
from vaiti.notice import lines
from vaiti.playback.listen import NoSuchRange
from vaiti.playback.listen import listen as hear
from vaiti.register.calls import LegCard
from vaiti.rights import sittings
from vaiti.rights.errors import CaseRefused
from vaiti.rights.sittings import Hearing, SittingCard
from vaiti.values.opus import kept_as
from vaiti.vault.grant import Opening
from vaiti.web import dates
from vaiti.web.drawing import draw
from vaiti.web.http import errors, once
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.ranges import parse_range
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.listening import CLOSED, fault, picture_of
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.sound_notes import kept_with_loss
from vaiti.web.wording import case_words

KEY = "kiosk"
HERE = "/kiosk/"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a call, in words."""

    id: int
    when: str
    line: str
    length: str
    direction: str


def begin(request: Request, sitting: UUID) -> None:
    """A new session, so that nothing of the handler's stays in this browser."""
    request.session.flush()
    request.session[KEY] = sitting.hex


def current(request: Request) -> SittingCard | None:
    known = request.session.get(KEY)
    return sittings.card(UUID(hex=known), request.moment) if known else None


View = Callable[[Request, SittingCard], HttpResponseBase]


def entered(view: View) -> Callable[[Request], HttpResponseBase]:
    """Only with the person's code typed; else back to where it is asked for."""

    @wraps(view)
    def answer(request: Request) -> HttpResponseBase:
        sitting = current(request)
        if sitting is None or not sitting.entered:
            return HttpResponseRedirect(HERE)
        return view(request, sitting)

    return answer


@only("GET")
def kiosk(request: Request) -> HttpResponseBase:
    sitting = current(request)
    if sitting is None:
        return render(request, "kiosk_closed.html")
    if not sitting.entered:
        return render(request, "kiosk_code.html", {"number": sitting.number})
    return _page(request, sitting)


@only("POST")
def enter(request: Request) -> HttpResponseBase:
    sitting = current(request)
    if sitting is None:
        return HttpResponseRedirect(HERE)
    try:
        sittings.enter(sitting.id, request.POST.get("code", "")[:40], request.moment)
    except CaseRefused as error:
        trouble = Trouble(_("The code does not fit"), case_words.refused(error.code))
        given = {"number": sitting.number, "trouble": trouble}
        return render(request, "kiosk_code.html", given, status=422)
    return HttpResponseRedirect(HERE)


def _page(
    request: Request,
    sitting: SittingCard,
    *,
    opening: Opening | None = None,
    trouble: Trouble | None = None,
) -> HttpResponse:
    see = Moments.at(request.moment)
    found = sittings.recordings(sitting, request.moment)
    given = {
        "number": sitting.number,
        "parts": [_part(one, see) for one in found],
        "opening": opening,
        "lanes": _lanes(opening) if opening else None,
        "loss": _loss(opening, see) if opening else "",
        "trouble": trouble,
    }
    return render(request, "kiosk.html", given, status=422 if trouble else 200)


def _part(leg: LegCard, see: Moments) -> Part:
    call, language = leg.call, get_language() or ""
    return Part(
        leg.id,
        see.day_and_time(leg.started_at),
        lines.label_of(call.line_number, leg.started_at, language) or call.line_label,
        dates.write_length(leg.ended_at - leg.started_at),
        _("You called us") if leg.call.direction == "in" else _("We called you"),
    )


def _loss(opening: Opening, see: Moments) -> str:
    told = kept_as(opening.recording)
    return kept_with_loss(told, see) if told else ""


def _lanes(opening: Opening) -> object:
    """Who speaks when, as a picture; nothing where it cannot be drawn: the sound says why."""
    try:
        return draw(picture_of(opening), opening.listening_id)
    except CLOSED:
        return None


@only("POST")
@entered
def listen(request: Request, sitting: SittingCard) -> HttpResponseBase:
    """Opens one of the case's recordings, and none besides."""
    now, wanted = request.moment, request.POST.get("part", "")
    found = sittings.recordings(sitting, now)
    leg = next((one for one in found if str(one.id) == wanted), None)
    if leg is None:
        raise Http404
    try:
        opening = sittings.hear(sitting, leg, _hearing(request), now)
    except (NotVisible, Refused, Unprepared):
        return _page(request, sitting, trouble=_ask_staff())
    return _page(request, sitting, opening=opening)


def _hearing(request: Request) -> Hearing:
    return Hearing(request.session.session_key or "", wired().grant_seed)


def _ask_staff() -> Trouble:
    advice = _("Ask the staff: a handler may have to open the kiosk again.")
    return Trouble(_("The recording was not opened"), advice)


@only("GET")
def audio(request: Request, listening_id: str) -> HttpResponseBase:
    """At most 1 MiB a request; the right to it is decided at each, as for any listener."""
    sitting = current(request)
    if sitting is None or not sitting.entered:
        raise Http404
    try:
        opening = sittings.resume(
            sitting, UUID(hex=listening_id), _hearing(request), request.moment
        )
    except (NotVisible, Unprepared, ListeningEnded) as error:
        raise Http404 from error
    wanted = parse_range(request.headers.get("Range"))
    try:
        reply = hear(opening, "both", wanted, wired().keys, wired().store)
    except NoSuchRange as error:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{error.total}"})
    except CLOSED as error:
        return errors.show(request, fault(opening, error, request.moment))
    doors.heard(opening, (reply.from_us, reply.to_us), len(reply.body), request.moment)
    span = f"bytes {reply.start}-{reply.end}/{reply.total}"
    headers = {"Content-Range": span, "Accept-Ranges": "bytes"}
    return HttpResponse(reply.body, status=206, content_type="audio/wav", headers=headers)


@only("GET", "POST")
@entered
def wishes(request: Request, sitting: SittingCard) -> HttpResponseBase:
    """What else the person wishes: each right, and nothing chosen beforehand."""
    see = Moments.at(request.moment)
    sittings.listened(sitting, see.today, request.moment)
    if request.method == "GET":
        return _wishes(request, sitting)
    if once.sent_already(request):
        return _wishes(request, sitting, _sent())
    try:
        asked = request.POST.getlist("asked")[:20]
        filed = sittings.wish(sitting, asked, see.today, request.moment)
    except CaseRefused as error:
        trouble = Trouble(_("Your request has not been sent yet"), case_words.refused(error.code))
        return _wishes(request, sitting, trouble)
    once.note_sent(request)
    given = {"filed": filed, "number": sitting.number}
    return render(request, "kiosk_receipt.html", given, status=201)


def _sent() -> Trouble:
    advice = _("It came, and was not sent again. Ask the staff for its number, if you lost it.")
    return Trouble(_("This request was sent already"), advice)


def _wishes(request: Request, sitting: SittingCard, trouble: Trouble | None = None) -> HttpResponse:
    chosen = set(request.POST.getlist("asked"))
    given = {
        "number": sitting.number,
        "rights": [Choice(one, _(text), one in chosen) for one, text in case_words.RIGHTS.items()],
        "once": once.new(),
        "trouble": trouble,
    }
    return render(request, "kiosk_wishes.html", given, status=422 if trouble else 200)


@only("POST")
def leave(request: Request) -> HttpResponseBase:
    """The kiosk is closed for good; the next one is opened by a handler again."""
    if KEY not in request.session:
        return HttpResponseRedirect(HERE)
    sitting = current(request)
    if sitting is not None:
        if sitting.entered:
            today = Moments.at(request.moment).today
            sittings.listened(sitting, today, request.moment)
        sittings.end(sitting.id, request.moment)
    request.session.flush()
    return render(request, "kiosk_closed.html", {"over": True})
