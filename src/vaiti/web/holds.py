"""Holds: what keeps calls beyond their day, who looks after it, and when it ends."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import holding as doors
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.register.hold_rules import Draft, HoldRefused, Time
from vaiti.register.holds import Held, HoldCard
from vaiti.retention import holds as verbs
from vaiti.web import dates
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import hold_words

_ID = re.compile(r"[0-9a-f]{32}")
MOST_TYPED = 60_000  # characters: 500 addresses of calls
UNTIL, REVIEW = timedelta(days=120), timedelta(days=60)  # examples of days


@dataclass(frozen=True, slots=True)
class Row:
    """One hold in words. `late`: somebody should have looked at it again."""

    id: str
    kind: str
    reference: str
    reason: str
    owner: str
    placed: str
    review: str
    until: str
    ended: str
    ended_why: str
    calls: int
    stands: bool
    late: bool


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call of a hold: when it began, when it would have been destroyed and when it will be."""

    id: str
    began: str
    ordinary: str
    ends: str


@only("GET")
def holds(request: SignedIn) -> HttpResponseBase:
    try:
        found = doors.list_holds(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    given = {
        "standing": [row_of(one, see) for one in found if one.stands],
        "ended": [row_of(one, see) for one in found if not one.stands],
    }
    return render(request, "holds.html", given)


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    try:
        doors.require_holder(request.person.id, request.moment)
        if request.method == "GET":
            return _form(request)
        made = _place(request)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except HoldRefused as error:
        return _form(request, _trouble(_("Nothing is held yet"), error))
    return HttpResponseRedirect(f"/holds/{made.hex}/")


def _place(request: SignedIn) -> UUID:
    form, now, see = request.POST, request.moment, Moments.at(request.moment)
    draft = Draft(
        kind=form.get("kind", ""),
        reference=form.get("reference", "").strip(),
        owner=_id(form.get("owner", "")),
        time=_time(request, see),
        reason=form.get("reason", ""),
    )
    allowed = doors.may_place(request.person.id, draft, _calls(form.get("calls", "")), now)
    return verbs.place(allowed, wired().keys, now)


def _calls(text: str) -> list[UUID]:
    lines = [line for line in text[:MOST_TYPED].lower().splitlines() if line.strip()]
    found = [_ID.findall(line) for line in lines]
    if not all(found):
        raise HoldRefused("call_id")
    return list(dict.fromkeys(UUID(hex=one) for some in found for one in some))


def _time(request: SignedIn, see: Moments) -> Time:
    """It stands through its last day, and is looked at again on the review's."""
    until, review = (_day(request.POST.get(name, ""), see) for name in ("until", "review"))
    return Time(dates.day_begins(review, see.zone), dates.day_ends(until, see.zone))


def _day(text: str, see: Moments) -> date:
    try:
        found = dates.parse_day(text, see.today, ahead=True)
    except dates.NotADay as error:
        raise HoldRefused("day") from error
    if found is None or not 2000 < found.year < 2200:
        raise HoldRefused("day")
    return found


def _id(text: str) -> UUID:
    return UUID(hex=text) if _ID.fullmatch(text) else UUID(int=0)


def _form(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    form, see = request.POST, Moments.at(request.moment)
    kind, owner = form.get("kind", ""), form.get("owner", request.person.id.hex)
    call = request.GET.get("call", "")
    given = {
        "trouble": trouble,
        "kinds": [Choice(code, hold_words.kind(code), code == kind) for code in hold_words.KINDS],
        "owners": [
            Choice(one.hex, name, one.hex == owner) for one, name in doors.owners(request.moment)
        ],
        "reference": form.get("reference", "")[:40],
        "reason": form.get("reason", "")[:300],
        "calls": form.get("calls", call if _ID.fullmatch(call) else "")[:MOST_TYPED],
        "until": form.get("until", "")[:20],
        "review": form.get("review", "")[:20],
        **_examples(see),
    }
    return render(request, "hold_new.html", given, status=422 if trouble else 200)


@only("GET", "POST")
def hold(request: SignedIn, hold_id: str) -> HttpResponseBase:
    """A POST with `act` prolong or end says why."""
    try:
        if request.method == "GET":
            return _page(request, hold_id)
        _act(request, UUID(hex=hold_id))
    except NotVisible as error:
        raise Http404 from error
    except HoldRefused as error:
        return _page(request, hold_id, _trouble(_("Nothing was changed"), error))
    return HttpResponseRedirect(f"/holds/{hold_id}/")


def _act(request: SignedIn, hold_id: UUID) -> None:
    why, now = request.POST.get("why", ""), request.moment
    longer = request.POST.get("act") != "end"
    allowed = doors.may_keep(request.person.id, hold_id, now, longer=longer)
    if longer:
        verbs.prolong(allowed, _time(request, Moments.at(now)), why, wired().keys, now)
    else:
        verbs.end(allowed, why, now)


def _page(request: SignedIn, hold_id: str, trouble: Trouble | None = None) -> HttpResponse:
    view = doors.see_hold(request.person.id, UUID(hex=hold_id), request.moment)
    see, form = Moments.at(request.moment), request.POST
    given = {
        "hold": row_of(view.card, see),
        "calls": [_call(one, see) for one in view.calls],
        "trouble": trouble,
        "until": form.get("until", "")[:20],
        "review": form.get("review", "")[:20],
        "why": form.get("why", "")[:300],
        "ending": form.get("act") == "end",
        **_examples(see),
    }
    return render(request, "hold.html", given, status=422 if trouble else 200)


def _examples(see: Moments) -> dict[str, str]:
    return {
        "until_example": see.day(see.now + UNTIL),
        "review_example": see.day(see.now + REVIEW),
    }


def row_of(card: HoldCard, see: Moments) -> Row:
    return Row(
        id=card.id.hex,
        kind=hold_words.kind(card.kind),
        reference=card.reference,
        reason=card.reason,
        owner=card.owner,
        placed=see.day_and_time(card.placed_at),
        review=see.day(card.review_at),
        until=dates.write_day(dates.day_before(card.ends_at, see.zone)),
        ended=see.day_and_time(card.ended_at) if card.ended_at else "",
        ended_why=card.ended_why,
        calls=card.calls,
        stands=card.stands,
        late=card.stands and card.review_at <= see.now,
    )


def _call(one: Held, see: Moments) -> CallLine:
    return CallLine(
        one.call.hex,
        see.day_and_time(one.started_at),
        see.day(one.ordinary_due_at) if one.ordinary_due_at else "",
        see.day(one.due_at),
    )


def _trouble(title: str, error: HoldRefused) -> Trouble:
    return Trouble(title, hold_words.refused(error.code))
