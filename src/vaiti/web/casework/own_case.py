"""The person's own page: how far it is, words both ways, times for listening, what lies ready."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.rights import messages, person_pages, sittings, slots
from vaiti.rights.asking import Proof, Right, needs_identity
from vaiti.rights.errors import CaseRefused
from vaiti.rights.messages import Said
from vaiti.rights.person_pages import OwnCase
from vaiti.rights.slots import SlotCard
from vaiti.web import dates
from vaiti.web.casework import number_code, own_visit
from vaiti.web.casework.letter_paper import pdf
from vaiti.web.casework.letters import PDF
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words, copy_words, letter_words, own_words
from vaiti.web.wording.case_words import word

HERE = "/rights/case"
MOST_TYPED = 4000


@dataclass(frozen=True, slots=True)
class Word:
    mine: bool
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Time:
    """One time for listening, in words."""

    id: str
    when: str
    length: int
    label: str
    room: str
    address: str
    access: str
    state: str
    open: bool
    needs: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter or a package that lies ready; `state` says until when, or that it was fetched."""

    address: str
    label: str
    state: str
    there: bool


@only("GET")
def own(request: Request) -> HttpResponseBase:
    found = own_visit.current(request)
    return page(request, found) if found else HttpResponseRedirect("/rights/status")


def page(
    request: Request, own: OwnCase, *, trouble: Trouble | None = None, code: str = ""
) -> HttpResponse:
    see, case_id = Moments.at(request.moment), own.card.id
    times = slots.of_case(case_id, request.moment)
    given = {
        "case": row_of(own),
        "over": own.over,
        "said": word(own_words.STATES, own.card.state),
        "paused": own.paused,
        "extended": dates.write_day(own.extended_on) if own.extended_on else "",
        "why": word(case_words.EXTENSIONS, own.extended_why),
        "identity": _identity(own),
        "shown_name": own.shown_name,
        "number_shown": Proof.NUMBER in own.proven,
        **number_code.shown_to_person(own, see),
        "strong": strong.provider.label if (strong := wired().strong) else "",
        "words": [words_of(one, see) for one in messages.of_person(case_id, request.moment)],
        "typed": request.POST.get("text", "")[:MOST_TYPED] if trouble else "",
        "times": [time_of(one, see) for one in times if one.open],
        "taken": _taken(case_id, see),
        "declined": any(one.state == slots.DECLINED for one in times),
        "listening": Right.LISTENING in own.card.asked,
        "ready": _ready(case_id, see),
        "code": code,
        "trouble": trouble,
    }
    return render(request, "rights_own.html", given, status=422 if trouble else 200)


def row_of(own: OwnCase) -> dict[str, str]:
    card = own.card
    return {
        "number": card.number,
        "arrived": dates.write_day(card.arrived_on),
        "due": dates.write_day(card.clock.due),
        "asked": ", ".join(word(case_words.RIGHTS, one) for one in card.asked),
    }


def _identity(own: OwnCase) -> str:
    """What is still to be shown of who asks: nothing, in one's own sign-in, or to a handler."""
    if own.over or own.card.state.value != "received" or not needs_identity(own.card.asked):
        return ""
    return "shown" if Proof.SIGNED_IN in own.proven else "later"


def words_of(one: Said, see: Moments) -> Word:
    return Word(one.mine, one.text, see.day_and_time(one.at))


def time_of(one: SlotCard, see: Moments) -> Time:
    place = wired().rights.premises_of(one.place, get_language() or "")
    return Time(
        id=one.id.hex,
        when=see.day_and_time(one.begins_at),
        length=one.minutes,
        label=place.label if place else one.place,
        room=place.room if place else "",
        address=place.address if place else "",
        access=place.access if place else "",
        state=word(own_words.SLOTS, one.state),
        open=one.open,
        needs=one.needs,
    )


def _taken(case_id: UUID, see: Moments) -> Time | None:
    found = slots.taken(case_id, see.now)
    return time_of(found, see) if found else None


def _ready(case_id: UUID, see: Moments) -> list[Ready]:
    found = person_pages.delivery(case_id, see.now)
    return [
        *(
            Ready(
                f"{HERE}/letter/{one.id.hex}",
                letter_words.kind(one.kind),
                see.day(one.sent_at) if one.sent_at else "",
                there=True,
            )
            for one in found.letters
        ),
        *(
            Ready(
                f"/copy/{one.id.hex}",
                _("Your copy"),
                _("until %(at)s") % {"at": see.day_and_time(one.expires_at)}
                if one.state == "waiting"
                else copy_words.state(one.state)[0],
                there=one.state == "waiting",
            )
            for one in found.packages
        ),
    ]


def _write(request: Request, own: OwnCase) -> None:
    today = Moments.at(request.moment).today
    messages.ask(own.card.id, request.POST.get("text", "")[:MOST_TYPED], today, request.moment)


def _slot(request: Request, own: OwnCase) -> None:
    """One is taken; or, by the other button, none of those that are open."""
    form, case_id, now = request.POST, own.card.id, request.moment
    needs = form.get("needs", "")[:1000]
    if form.get("act") == "none":
        for one in slots.of_case(case_id, now):
            if one.open:
                slots.answer(case_id, one.id, accept=False, needs="", by=None, now=now)
        return
    slot = slot_of(form.get("slot", ""))
    accept = form.get("act") == "take"
    slots.answer(case_id, slot, accept=accept, needs=needs, by=None, now=now)


def slot_of(text: str) -> UUID:
    """Raises CaseRefused."""
    try:
        return UUID(hex=text)
    except ValueError as error:
        raise CaseRefused("slot_gone") from error


ACTS: dict[str, Callable[[Request, OwnCase], None]] = {
    "message": _write,
    "slot": _slot,
    "number": number_code.send_own,
    "number-code": number_code.check_own,
}


@only("POST")
def act(request: Request, name: str) -> HttpResponseBase:
    if name == "leave":
        own_visit.end(request)
        return HttpResponseRedirect("/rights/")
    own = own_visit.current(request)
    if own is None:
        return HttpResponseRedirect("/rights/status")
    try:
        if name == "code":
            code = sittings.new_code(own.card.id, by=None, now=request.moment)
            return page(request, own, code=code)
        if name not in ACTS:
            raise Http404
        ACTS[name](request, own)
    except CaseRefused as error:
        trouble = Trouble(_("Nothing was changed"), case_words.refused(error.code))
        return page(request, own, trouble=trouble)
    return HttpResponseRedirect(HERE)


@only("GET")
def letter(request: Request, letter_id: str, paper: str = "") -> HttpResponseBase:
    """A letter that was sent to this page, to read or as a PDF."""
    own = own_visit.current(request)
    if own is None:
        return HttpResponseRedirect("/rights/status")
    found = person_pages.letter(own.card.id, UUID(hex=letter_id), request.moment)
    if found is None:
        raise Http404
    if paper:
        headers = {"Content-Disposition": f'attachment; filename="{PDF}"'}
        made = pdf(found, Moments.at(request.moment))
        return HttpResponse(made, "application/pdf", headers=headers)
    given = {"letter": found, "address": f"{HERE}/letter/{letter_id}/letter.pdf"}
    return render(request, "rights_letter.html", given)
