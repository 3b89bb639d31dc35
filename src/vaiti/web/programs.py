"""What programs get: tokens of the API, and letters of webhooks that nobody took."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import tokens
from vaiti.access.purposes import Purpose
from vaiti.access.token_rules import ALL_LINES, Terms, TokenError, TokenScope, scopes_of
from vaiti.access.tokens import Token
from vaiti.due.jobs import Dead
from vaiti.notice import lines
from vaiti.people import book, letters
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.numbers import write_whole
from vaiti.web.searching import Choice
from vaiti.web.staff.people import as_id
from vaiti.web.wording import program_words, words

GRANTS = "administrator"
LOOKS = frozenset({GRANTS, "dpo"})
USUAL = timedelta(days=180)
MACHINE = "machine"
"""In the place of an owner."""


@dataclass(frozen=True, slots=True)
class Line:
    """A token in words; `mood` is good while it stands. `end` is its id, while it can be ended."""

    name: str
    owner: str
    does: list[str]
    bound: str
    term: str
    by: str
    used: str
    state: str
    mood: str
    end: str


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    to: str
    what: str
    why: str
    at: str


@only("GET", "POST")
def programs(request: SignedIn) -> HttpResponseBase:
    if not request.person.roles & LOOKS:
        raise Http404
    if request.method != "POST":
        return _page(request)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None or GRANTS not in request.person.roles:
        raise Http404
    return act(request)


def _grant(request: SignedIn) -> HttpResponse:
    try:
        terms = _terms(request)
        text = tokens.grant(terms, by=request.person.id.hex, now=request.moment)
    except TokenError as error:
        return _page(request, Trouble(_("No token was granted"), program_words.refusal(str(error))))
    except dates.NotADay:
        example = {"example": dates.write_day((request.moment + USUAL).date())}
        said = _("Write a day like %(example)s.") % example
        return _page(request, Trouble(_("No token was granted"), said))
    return _page(request, shown=text)


def _terms(request: SignedIn) -> Terms:
    """Raises TokenError, NotADay."""
    typed, see = request.POST, Moments.at(request.moment)
    first, last = _day(typed.get("from", ""), see), _day(typed.get("until", ""), see)
    if last is None:
        raise dates.NotADay
    owner = typed.get("owner", MACHINE)
    scopes = scopes_of(typed.getlist("scope"))
    return Terms(
        name=typed.get("name", "").strip()[:64],
        person=None if owner == MACHINE else as_id(owner) or UUID(int=0),
        scopes=scopes,
        purpose=typed.get("purpose", "")[:20],
        lines=frozenset(typed.getlist("line")),
        begins=dates.day_begins(first, see.zone) if first else request.moment,
        ends=dates.day_begins(last + timedelta(days=1), see.zone),
    )


def _day(text: str, see: Moments) -> date | None:
    return dates.parse_day(text.strip()[:20], see.today, ahead=True)


def _end(request: SignedIn) -> HttpResponse:
    token = as_id(request.POST.get("token", "")) or UUID(int=0)
    try:
        tokens.end(token, by=request.person.id.hex, now=request.moment)
    except TokenError as error:
        return _page(request, Trouble(_("Nothing was changed"), program_words.refusal(str(error))))
    return HttpResponseRedirect("/programs/?done=ended")


def _send_anew(request: SignedIn) -> HttpResponse:
    letter = as_id(request.POST.get("letter", "")) or UUID(int=0)
    try:
        letters.send_anew(request.person.id, letter, request.moment)
    except letters.NotYours as error:
        raise Http404 from error
    return HttpResponseRedirect("/programs/?done=letter")


ACTS: Mapping[str, Callable[[SignedIn], HttpResponse]] = {
    "grant": _grant,
    "end": _end,
    "letter": _send_anew,
}


def _page(request: SignedIn, trouble: Trouble | None = None, *, shown: str = "") -> HttpResponse:
    see, found = Moments.at(request.moment), tokens.granted()
    names = tokens.names_of(found)
    given = {
        "tokens": [_line(one, names, see) for one in found],
        "letters": [_letter(one, see) for one in letters.given_up()],
        "grants": GRANTS in request.person.roles,
        "shown": shown,
        "trouble": trouble,
        "said": words.done(request.GET.get("done", "")),
        **_form(request, see),
    }
    return render(request, "programs.html", given, status=422 if trouble else 200)


def _form(request: SignedIn, see: Moments) -> dict[str, object]:
    typed = request.POST
    owner, purpose = typed.get("owner", MACHINE), typed.get("purpose", "")
    scopes, on = typed.getlist("scope"), typed.getlist("line")
    people = [one for one in book.persons(request.moment) if one.id != request.person.id]
    return {
        "typed": {name: typed.get(name, "")[:64] for name in ("name", "from")},
        "until": typed.get("until", "")[:20] or dates.write_day((see.now + USUAL).date()),
        "owners": [
            Choice(MACHINE, _("A machine: no person"), owner == MACHINE),
            *(Choice(one.id.hex, one.name, one.id.hex == owner) for one in people),
        ],
        "scopes": [Choice(one, program_words.scope(one), one in scopes) for one in TokenScope],
        "purposes": [
            Choice("", _("None: not about calls"), not purpose),
            *(Choice(one, words.purpose(one), one == purpose) for one in Purpose),
        ],
        "lines": [
            Choice(ALL_LINES, _("All lines"), ALL_LINES in on),
            *(
                Choice(one.number, f"{one.label} {write_whole(one.number)}", one.number in on)
                for one in lines.standing(request.moment)
            ),
        ],
    }


def _line(one: Token, names: dict[UUID, str], see: Moments) -> Line:
    state, mood = _state(one, see.now)
    by = as_id(one.granted_by)
    return Line(
        name=one.name,
        owner=names[one.person] if one.person else _("a machine"),
        does=[program_words.scope(scope) for scope in sorted(one.scopes)],
        bound=_bound(one),
        term=f"{see.day(one.begins)}–{see.day(one.ends - timedelta(microseconds=1))}",
        by=names[by] if by else words.doer(one.granted_by),
        used=see.day_and_time(one.used_at) if one.used_at else _("never"),
        state=state,
        mood=mood,
        end=one.id.hex if one.ended_at is None and see.now < one.ends else "",
    )


def _bound(one: Token) -> str:
    """For what purpose and on which lines, where it is about calls."""
    if not one.purpose:
        return ""
    if ALL_LINES in one.lines:
        return f"{words.purpose(one.purpose)}; {_('all lines')}"
    return f"{words.purpose(one.purpose)}; {', '.join(map(write_whole, sorted(one.lines)))}"


def _state(one: Token, now: datetime) -> tuple[str, str]:
    if one.ended_at is not None:
        return _("ended"), ""
    if one.stands(now):
        return _("stands"), "good"
    return (_("begins later"), "") if now < one.begins else (_("is over"), "")


def _letter(one: Dead, see: Moments) -> Letter:
    tries = ngettext("%(count)d try", "%(count)d tries", one.tries) % {"count": one.tries}
    return Letter(
        id=one.id.hex,
        to=one.key.split(":")[1],
        what=program_words.event(str(one.payload.get("kind", ""))),
        why=f"{one.error} · {tries}",
        at=see.day_and_time(one.at),
    )
