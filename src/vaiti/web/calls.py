"""The list of calls, and one call."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import doors
from vaiti.access.doors import CallView, LegView, NotVisible, Unprepared
from vaiti.access.seen import HeardBy
from vaiti.register import checking, referred
from vaiti.register.calls import CallCard
from vaiti.register.corrections import Corrected
from vaiti.register.filters import FilterError, Filters
from vaiti.web import (
    held,
    numbers,
    over_time,
    person_said,
    saved_views,
    searching,
    silenced,
    training_notes,
)
from vaiti.web.call_rows import Rows, number_of
from vaiti.web.consenting import consents_of
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, between, spoken_length
from vaiti.web.permits import permit
from vaiti.web.searching import Search
from vaiti.web.sound_notes import Noted, noted_of
from vaiti.web.wording import access_words, spelling, words
from vaiti.web.wording.call_headings import heading_of

LISTS = Pace(most=60, seconds=60)  # pages of the list a person a minute (N-23)


@only("GET", "POST")
def calls(request: SignedIn) -> HttpResponseBase:
    if not LISTS.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=LISTS.seconds)
    see = Moments.at(request.moment)
    typed = request.POST if request.method == "POST" else request.GET
    search = searching.read(typed.dict(), see, wired().region)
    number = typed.get("number", "")
    tidy = not number or numbers.is_masked(number)
    if not search.wrong and (request.method == "POST" or not tidy):
        return HttpResponseRedirect(search.address())
    return _list(request, search, see)


def _list(request: SignedIn, search: Search, see: Moments) -> HttpResponse:
    try:
        cursor = searching.read_cursor(request.GET.get("at", ""))
    except FilterError:
        return errors.show(request, "bad")
    filters = search.filters or Filters(see.zone)
    try:
        page = doors.list_calls(request.person.id, filters, cursor, request.moment)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    search.offer(page.agents, page.lines)
    rows = () if search.wrong else page.rows
    heading, nothing_yet = heading_of(request.person.roles)
    given = {
        "heading": heading,
        "count": _count(page.count, more=page.more) if rows else "",
        "form": search,
        "days": Rows(request.person, page.heard, page.silent, see).by_day(rows),
        "older": search.address(page.older) if page.older and rows else "",
        "newer": search.address(page.newer) if page.newer and rows else "",
        "nothing_yet": nothing_yet,
        "picture": over_time.picture_of(request, search),
        "views": saved_views.views_of(request, search, see),
    }
    response = render(request, "calls.html", given, status=422 if search.wrong else 200)
    # what was typed into the wrong field, a number perhaps, does not go into an address
    response.headers["HX-Push-Url"] = "false" if search.wrong else search.address(cursor)
    return response


def _count(count: int, *, more: bool) -> str:
    if more:
        return _("More than %(count)d calls") % {"count": count}
    return ngettext("%(count)d call", "%(count)d calls", count) % {"count": count}


@dataclass(frozen=True, slots=True)
class Purpose:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class LegPart:
    """One agent's part on the call page, with what is asked before it is heard.

    `may_ask`: nothing but a second person's yes is missing. `references`: of several mandates that
    name the call, one of which has to be given.
    """

    id: int
    call: str
    agent: str
    span: str
    length: str
    one_click: bool
    purposes: list[Purpose]
    sound: bool
    hears: bool
    reference: str = ""
    references: tuple[str, ...] = ()
    trouble: Trouble | None = None
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of a transferred call; a colleague's has no name here."""

    agent: str
    seen: bool
    span: str
    length: str


@dataclass(frozen=True, slots=True)
class Correction:
    what: str
    before: str
    after: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Check:
    good: bool
    at: str


@dataclass(frozen=True, slots=True)
class Heard:
    at: str
    who: str
    purpose: str


@only("GET")
def call(request: SignedIn, call_id: str) -> HttpResponseBase:
    return call_page(request, call_id)


def call_page(
    request: SignedIn,
    call_id: str,
    *,
    player: object = None,
    trouble: Trouble | None = None,
    asked: LegPart | None = None,
    remark: Trouble | None = None,
    unsilenced: Trouble | None = None,
) -> HttpResponse:
    """The call with a player, or with what kept the player away; `asked` is a form to mend,
    `remark` what kept a comment away, and `unsilenced` what kept a passage from being silenced."""
    view = see_call(request, call_id)
    see = seen_in(view, request.moment)
    purpose, reference = _permitted(view)
    noted = noted_of(view.call.id, see) if view.call.sound else Noted([])
    legs = [leg_part(part, see, purpose=purpose, reference=reference) for part in view.legs]
    legs = [asked if asked and leg.id == asked.id else leg for leg in legs]
    if not view.call.sound:
        trouble = without_sound()
    elif noted.unplayable:
        trouble, player = errors.trouble("decoder"), None
        legs = [replace(leg, sound=False) for leg in legs]
    given = {
        "call": _facts(view, noted.notes, see),
        "check": _check(view, see),
        "legs": legs,
        "strip": [_stretch(one, see) for one in view.strip] if len(view.strip) > 1 else [],
        "corrected": [_correction(one, see) for one in view.corrected],
        "permits": [permit(one, request.moment) for one in view.permits],
        "player": player,
        "trouble": trouble,
        "notes": training_notes.notes_of(request, call_id, remark),
        "silencing": silenced.silencing_of(request, view, see, unsilenced),
        **consents_of(request.person.id, view.call.id, request.moment),
        "held": held.held_of(request, view, see),
        **person_said.person_said(view, see),
    }
    wrong = asked or remark or unsilenced
    return render(request, "call.html", given, status=422 if wrong else 200)


def _check(view: CallView, see: Moments) -> Check | None:
    """The last comparison of the recording with its seal, by the machine."""
    found = checking.of(view.call.id)
    return Check(found.intact, see.day_and_time(found.at)) if found else None


def _permitted(view: CallView) -> tuple[str, str]:
    """What the newest yes that stands was given for, so that it need not be typed again."""
    for one in view.permits:
        if one.state.value == "given":
            return one.purpose, one.reference
    return "", ""


def _stretch(one: doors.Stretch, see: Moments) -> Stretch:
    return Stretch(
        agent=(one.agent or _("not known yet")) if one.seen else _("a colleague"),
        seen=one.seen,
        span=f"{see.time(one.started_at, seconds=True)}–{see.time(one.ended_at, seconds=True)}",
        length=between(one.started_at, one.ended_at),
    )


def _correction(one: Corrected, see: Moments) -> Correction:
    return Correction(
        what=access_words.corrected(one.what),
        before=_value(one.what, one.before),
        after=_value(one.what, one.after),
        who=access_words.corrector(one.rule),
        at=see.day_and_time(one.at),
    )


def _value(what: str, text: str) -> str:
    if what == "direction":
        return words.direction(text)
    if what == "line":
        return numbers.write_whole(text)
    return text or _("not known")


def without_sound() -> Trouble:
    return Trouble(
        _("This call of the demo has no sound"),
        _("It was made up to fill the register. The calls that the demo placed itself have sound."),
    )


def see_call(request: SignedIn, call_id: str) -> CallView:
    """Raises Http404 for what is not there and for what is not this person's, and Unready."""
    try:
        return doors.see_call(request.person.id, UUID(hex=call_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error


def seen_in(view: CallView, now: datetime) -> Moments:
    """A call is seen in the zone of the notice under which it was recorded (N-03, N-12)."""
    return Moments(now, ZoneInfo(view.call.zone))


def _facts(view: CallView, notes: list[str], see: Moments) -> dict[str, object]:
    card = view.call
    began = min(part.leg.started_at for part in view.legs)
    ended = max(part.leg.ended_at for part in view.legs)
    own = [part for part in view.legs if part.rule == "own_leg"]
    reference = referred.reference_of(card.id)
    return {
        "title": _("Call %(moment)s") % {"moment": see.day_and_time(began)},
        "direction": card.direction,
        "direction_label": words.direction(card.direction),
        "line": card.line_label,
        "line_number": numbers.write_whole(card.line_number),
        "number": number_of(card.customer),
        "notice": card.notice,
        "reference": reference,
        "spelt": spelling.spelt(reference),
        "day": see.day(began),
        "began": see.time(began, seconds=True),
        "last_day": see.day(ended),
        "ended": see.time(ended, seconds=True),
        "ended_how": _release(card) if view.parts == len(view.legs) else "",
        "length": spoken_length(ended - began),
        "ends": see.day_and_time(card.due_at),
        "ends_in": see.countdown(card.due_at),
        "id": card.id.hex,
        "interruption": _interruption(card) if card.interrupted else "",
        "notes": notes,
        "for_training": card.for_training,
        "may_object": any(part.rule in {"own_leg", "subordinate_leg"} for part in view.legs),
        "other_legs": view.parts - len(view.legs),
        "corrects": view.corrects,
        "incidents": [one.hex for one in view.incidents],
        "unassigned": any(part.leg.person_id is None for part in view.legs),
        "open_now": any(part.own_open for part in own),
        "shows_listenings": bool(own),
        "listenings": [_heard(one, see) for part in own for one in part.heard_by],
    }


def _heard(one: HeardBy, see: Moments) -> Heard:
    who, why = words.listener(one.rule, one.by), words.purpose(one.purpose)
    return Heard(see.day_and_time(one.at), who, why)


def _release(card: CallCard) -> str:
    """Where it was other than by hanging up: the rest of the talk is kept nowhere (N-22)."""
    if card.ended_by == "released":
        return _("the customer was no longer in the call")
    if card.ended_by == "transferred":
        return _("the call went on where nothing is recorded")
    return ""


def _interruption(card: CallCard) -> str:
    if card.ended_by == "silence":
        return _(
            "The recording ended because nothing was heard from the customer any more. The call "
            "itself may have gone on."
        )
    if card.ended_by == "stopped":
        return _("The recorder was stopped during this call; what it had received is here.")
    return _(
        "The recorder was interrupted during this call; what it had received until then is here."
    )


def _purposes(part: LegView, chosen: str) -> list[Purpose]:
    """A choice of one is made already."""
    codes = [one.value for one in part.purposes]
    chosen = codes[0] if len(codes) == 1 else chosen
    return [Purpose(code, words.purpose(code), code == chosen) for code in codes]


def _only_reference(part: LegView) -> str:
    """That of the only mandate that names the call."""
    return part.references[0] if len(part.references) == 1 else ""


def leg_part(
    part: LegView,
    see: Moments,
    *,
    purpose: str = "",
    reference: str = "",
    trouble: Trouble | None = None,
    may_ask: bool = False,
) -> LegPart:
    leg = part.leg
    return LegPart(
        id=leg.id,
        call=leg.call.id.hex,
        agent=leg.agent or _("not known yet"),
        span=f"{see.time(leg.started_at, seconds=True)}–{see.time(leg.ended_at, seconds=True)}",
        length=between(leg.started_at, leg.ended_at),
        one_click=not part.asks,
        purposes=_purposes(part, purpose),
        sound=leg.call.sound,
        hears=part.hears,
        reference=reference or _only_reference(part),
        references=part.references if len(part.references) > 1 else (),
        trouble=trouble,
        may_ask=may_ask,
    )
