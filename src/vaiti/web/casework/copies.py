"""Copies for the person recorded: made by whoever handles the case, fetched with a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import (
    Http404,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible, Refused, Unprepared
from vaiti.playback.listen import Tampered
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.rights import copies as verbs
from vaiti.rights import handing, matters
from vaiti.rights.copies import Controller, Hands, Made, Order
from vaiti.rights.copy_rules import CopyRefused, Passage, Wanted
from vaiti.rights.handing import Card, Handed
from vaiti.rights.matters import Matter
from vaiti.vault.keyclient import KeysRefused
from vaiti.vault.store import StoreError
from vaiti.web import numbers
from vaiti.web.casework.letter_paper import beside_copies
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.middleware import LANGUAGES
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.listening import CLOSED
from vaiti.web.moments import Moments
from vaiti.web.places_of_sound import passages
from vaiti.web.searching import Choice
from vaiti.web.wording import copy_words

MOST_WHY, MOST_PASSAGES, MOST_TRANSCRIPT = 500, 4_000, 500_000


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call of the case, and what was typed for it."""

    id: str
    began: str
    line: str
    number: str
    minutes: str
    chosen: bool
    voices: list[Choice]
    passages: str
    transcript: str
    why: str


@dataclass(frozen=True, slots=True)
class PackageLine:
    id: str
    made: str
    calls: int
    state: str
    mood: str
    waits: bool
    until: str
    delivered: str


@only("GET", "POST")
def copies(request: SignedIn, matter_id: str) -> HttpResponseBase:
    """The packages of a case. A POST makes one, and shows its password this once."""
    case = case_page(request, matter_id)
    if case.home:
        return HttpResponseRedirect(case.home)
    if request.method == "GET":
        return _page(request, case)
    try:
        made = verbs.make(_order(request, case), hands_of(request), request.moment)
    except CopyRefused as error:
        return _page(request, case, trouble=_trouble(error))
    except (NotVisible, Refused) as error:
        raise Http404 from error
    except CLOSED as error:
        return errors.show(request, closed(error))
    return _page(request, case, made=made)


@only("POST")
def take(request: SignedIn, matter_id: str, package_id: str) -> HttpResponseBase:
    """The encrypted file, for its handler to hand over."""
    case = case_page(request, matter_id)
    package = _package(case, package_id, request.moment)
    try:
        handed = handing.take(package.id, request.person.id, wired().store, request.moment)
    except CopyRefused as error:
        return _page(request, case, trouble=_trouble(error))
    return as_file(handed)


@only("POST")
def handed(request: SignedIn, matter_id: str, package_id: str) -> HttpResponseBase:
    """The handler says that the person has it."""
    case = case_page(request, matter_id)
    package = _package(case, package_id, request.moment)
    try:
        handing.handed_over(package.id, request.person.id, request.moment)
    except CopyRefused as error:
        return _page(request, case, trouble=_trouble(error))
    return HttpResponseRedirect(f"/{'cases' if case.received else 'copies'}/{matter_id}/")


@only("GET", "POST")
def fetch(request: Request, package_id: str) -> HttpResponseBase:
    """For the person, without an account: whoever has the address and the password gets it once."""
    if request.method == "GET":
        return render(request, "copy_fetch.html", {"address": f"/copy/{package_id}"})
    typed = request.POST.get("password", "")[:100]
    try:
        found = handing.open_with(UUID(hex=package_id), typed, wired().store, request.moment)
    except CopyRefused as error:
        given = {"address": f"/copy/{package_id}", "trouble": _trouble(error)}
        return render(request, "copy_fetch.html", given, status=422)
    except StoreError:
        return errors.show(request, "store")
    return as_file(found)


def as_file(found: Handed) -> StreamingHttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(found.length),
    }
    return StreamingHttpResponse(found.chunks, content_type="application/zip", headers=headers)


def case_page(request: SignedIn, matter_id: str) -> Matter:
    see, rules = Moments.at(request.moment), wired().rights
    try:
        person, asked = request.person.id, UUID(hex=matter_id)
        return matters.matter(person, asked, rules, see.today, request.moment)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error


def _package(case: Matter, package_id: str, now: datetime) -> Card:
    found = handing.card(UUID(hex=package_id), now)
    if found is None or found.reference != case.reference or case.home:
        raise Http404
    return found


def hands_of(request: SignedIn) -> Hands:
    return Hands(request.person.id, wired().keys, wired().store, wired().grant_seed)


def _order(request: SignedIn, case: Matter) -> Order:
    form = request.POST
    language = form.get("language", "")
    chosen = [call for call in case.copies if f"call-{call.hex}" in form]
    issuer = wired().issuer
    return Order(
        reference=case.reference,
        language=language if language in LANGUAGES else request.language,
        calls=tuple(_wanted(request, call) for call in chosen),
        controller=Controller(issuer.name, issuer.business_id),
        letter=beside_copies(case.reference, Moments.at(request.moment)),
        staff=case.staff,
    )


def _wanted(request: SignedIn, call: UUID) -> Wanted:
    form, end = request.POST, f"-{call.hex}"
    return Wanted(
        call=call,
        voices=form.get(f"voices{end}", "both"),
        muted=tuple(
            Passage(begins, ends, side)
            for begins, ends, side in passages(form.get(f"passages{end}", "")[:MOST_PASSAGES])
        ),
        transcript=form.get(f"transcript{end}", "").strip()[:MOST_TRANSCRIPT],
        why=form.get(f"why{end}", "").strip(),
    )


def _page(
    request: SignedIn,
    case: Matter,
    *,
    trouble: Trouble | None = None,
    made: Made | None = None,
) -> HttpResponse:
    now, see = request.moment, Moments.at(request.moment)
    typed = request.POST.get("language", case.language or request.language)
    given = {
        "case": {"id": case.id.hex, "reference": case.reference, "page": case.received},
        "calls": _calls(request, case, see),
        "packages": [_package_line(one, see) for one in handing.cards(case.reference, now)],
        "languages": [Choice(code, copy_words.language(code), code == typed) for code in LANGUAGES],
        "trouble": trouble,
        "made": made and {"password": made.password, "address": _address(request, made.package)},
    }
    return render(request, "copies.html", given, status=422 if trouble else 200)


def _address(request: SignedIn, package: UUID) -> str:
    return request.build_absolute_uri(f"/copy/{package.hex}")


def _calls(request: SignedIn, case: Matter, see: Moments) -> list[CallLine]:
    found: dict[UUID, list[LegCard]] = {}
    for leg in calls.legs_of(case.copies, request.moment, held=True):
        found.setdefault(leg.call.id, []).append(leg)
    return [_call(request, legs, see, staff=case.staff) for legs in found.values()]


def _call(request: SignedIn, legs: list[LegCard], see: Moments, *, staff: bool) -> CallLine:
    call, form = legs[0].call, request.POST
    begins, ends = min(leg.started_at for leg in legs), max(leg.ended_at for leg in legs)
    end = f"-{call.id.hex}"
    voices = form.get(f"voices{end}", "agent" if staff else "both")
    confidential = _("The customer’s confidentiality: an employee gets their own voice.")
    again = request.method == "POST"
    return CallLine(
        id=call.id.hex,
        began=see.day_and_time(begins),
        line=call.line_label,
        number=numbers.write_masked(call.customer),
        minutes=_length(ends - begins),
        chosen=not again or f"call{end}" in form,
        voices=[
            Choice(code, copy_words.voices(code), code == voices) for code in copy_words.VOICES
        ],
        passages=form.get(f"passages{end}", "")[:MOST_PASSAGES],
        transcript=form.get(f"transcript{end}", "")[:MOST_TRANSCRIPT],
        why=form.get(f"why{end}", confidential if staff else "")[:MOST_WHY],
    )


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"


def _package_line(one: Card, see: Moments) -> PackageLine:
    label, mood = copy_words.state(one.state)
    return PackageLine(
        id=one.id.hex,
        made=see.day_and_time(one.made_at),
        calls=one.calls,
        state=label,
        mood=mood,
        waits=one.state == "waiting",
        until=see.day_and_time(one.expires_at),
        delivered=see.day_and_time(one.delivered_at) if one.delivered_at else "",
    )


def closed(error: Exception) -> str:
    if isinstance(error, KeysRefused) and error.code == "gone":
        return "missing"
    if isinstance(error, StoreError):
        return "store"
    return "keys" if not isinstance(error, Tampered) else "damaged"


def _trouble(error: CopyRefused) -> Trouble:
    title = (
        _("The copy was not handed out")
        if error.code in copy_words.AT_THE_DOOR
        else _("The copy was not made")
    )
    return Trouble(title, copy_words.refused(error.code))
