"""Who has listened to my calls, for agents: by role and purpose (L-32)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import seen
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.access.limits import limits
from vaiti.access.seen import Heard, HeardPage, Wanted
from vaiti.web import dates
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.places import LISTENED, places_of
from vaiti.web.searching import MAX_FIELD, Choice, Field
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class Row:
    at: str
    call: str
    began: str
    who: str
    purpose: str
    new: bool


@dataclass(slots=True)
class Asked:
    """The form as it was typed; `kept` is what the address of a page carries."""

    begins: Field
    ends: Field
    purpose: str
    kept: dict[str, str]
    wanted: Wanted = seen.ALL

    @property
    def wrong(self) -> bool:
        return bool(self.begins.wrong or self.ends.wrong)

    def address(self, before: str = "") -> str:
        query = {**self.kept, "before": before} if before else self.kept
        return "/listened/" + (f"?{urlencode(query)}" if query else "")


@only("GET")
def listened(request: SignedIn) -> HttpResponseBase:
    if LISTENED not in places_of(request.person.roles):
        raise Http404
    see, before = Moments.at(request.moment), request.GET.get("before", "")[:MAX_FIELD]
    asked = _read(request, see)
    try:
        page = _page(request, asked, before)
    except ValueError:
        return errors.show(request, "bad")
    given = {
        "form": asked,
        "rows": [_row(one, see) for one in page.rows],
        "used": bool(asked.kept),
        "older": asked.address(page.older) if page.older else "",
        "newest": asked.address() if before else "",
        "purposes": [
            Choice(code, words.purpose(code), code == asked.purpose) for code in words.PURPOSES
        ],
        "holds_back": bool(limits().telling.hold_back),
    }
    return render(request, "listened.html", given, status=422 if asked.wrong else 200)


def _page(request: SignedIn, asked: Asked, before: str) -> HeardPage:
    """Looking at the newest of all of them is what makes them no longer new."""
    person, now = request.person.id, request.moment
    try:
        if asked.wrong:
            return HeardPage((), None)
        page = seen.listened_to(person, now, asked.wanted, before)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    if not asked.kept and not before:
        seen.note_look(person, now)
    return page


def _read(request: SignedIn, see: Moments) -> Asked:
    kept = {name: request.GET.get(name, "").strip()[:MAX_FIELD] for name in ("from", "to")}
    asked = Asked(
        begins=Field(_("From and including"), kept["from"], see.example(-30)),
        ends=Field(_("To and including"), kept["to"], see.example(0)),
        purpose=request.GET.get("purpose", "") if _is_purpose(request) else "",
        kept={name: value for name, value in kept.items() if value},
    )
    if asked.purpose:
        asked.kept["purpose"] = asked.purpose
    begins, ends = _instant(asked.begins, see, 0), _instant(asked.ends, see, 1)
    if begins and ends and begins >= ends:
        asked.ends.wrong = _("The last day is before the first one.")
    asked.wanted = Wanted(begins, ends, asked.purpose)
    return asked


def _is_purpose(request: SignedIn) -> bool:
    return request.GET.get("purpose", "") in words.PURPOSES


def _instant(field: Field, see: Moments, days: int) -> datetime | None:
    """The beginning of the day typed, or of so many days later."""
    try:
        day = dates.parse_day(field.text, see.today)
        if day is None:
            return None
        field.text = dates.write_day(day)
        return dates.day_begins(day + timedelta(days=days), see.zone)
    except (dates.NotADay, OverflowError):
        field.wrong = _("Write a day like %(example)s.") % {"example": field.example}
        return None


def _row(one: Heard, see: Moments) -> Row:
    told = one.listening
    return Row(
        at=see.day_and_time(told.at),
        call=one.call.hex,
        began=see.day_and_time(one.started_at),
        who=words.listener(told.rule, told.by),
        purpose=words.purpose(told.purpose),
        new=one.new,
    )
