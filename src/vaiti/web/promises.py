"""How each sentence of the notice stands now: for officer and auditor, and what is published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access.errors import NotVisible
from vaiti.access.promising import may_sign, see_promises
from vaiti.notice.sentences import Kind
from vaiti.people import book
from vaiti.promises import attesting, publishing, standing
from vaiti.promises.attesting import NothingToAttest
from vaiti.promises.standing import Looked, Promise
from vaiti.promises.state import State
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.moments import Moments
from vaiti.web.strip import Piece, strip
from vaiti.web.wording import check_words

HERE = "/promises/"
STATES = {
    State.KEPT: (gettext_noop("kept"), "good"),
    State.BROKEN: (gettext_noop("broken"), "bad"),
    State.ATTESTED: (gettext_noop("vouched for"), "good"),
    State.OVERDUE: (gettext_noop("overdue"), "warn"),
    State.STATEMENT: (gettext_noop("statement"), ""),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a check looks at, what it found last, and what mends it where it is broken."""

    check: str
    looks_at: str
    kept: bool
    told: str
    to_do: str
    at: str


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence as it stands. `word` says who vouched for it and until when."""

    id: str
    text: str
    state: str
    mood: str
    since: str
    looks: list[Look]
    word: str
    attested: bool
    shown: bool
    pieces: list[Piece]


@only("GET")
def promises(request: SignedIn) -> HttpResponseBase:
    try:
        signs = see_promises(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    rows = _rows(request, standing.standing(standing.wording_at(request.moment)), names=True)
    checked = standing.checked_at()
    see = Moments.at(request.moment)
    given = {
        "rows": rows,
        "signs": signs,
        "wrong": sum(one.mood in ("bad", "warn") for one in rows),
        "checked": see.day_and_time(checked) if checked else "",
        "published": sum(one.shown for one in rows),
    }
    return render(request, "promises.html", given)


@only("POST")
def attest(request: SignedIn) -> HttpResponseBase:
    """The officer gives their word for a sentence that no machine sees."""
    _require_signer(request)
    wording = standing.wording_at(request.moment)
    try:
        attesting.attest(
            wording, request.POST.get("sentence", ""), request.person.id, request.moment
        )
    except NothingToAttest:
        return HttpResponseRedirect(HERE)
    return HttpResponseRedirect(HERE)


@only("POST")
def publish(request: SignedIn) -> HttpResponseBase:
    """The officer signs off which sentences anybody sees; with none chosen, nobody sees any."""
    _require_signer(request)
    wording = standing.wording_at(request.moment)
    chosen = request.POST.getlist("sentence")
    publishing.publish(wording, chosen, request.person.id, request.moment)
    return HttpResponseRedirect(HERE)


@only("GET")
def public(request: Request) -> HttpResponseBase:
    """For anybody: the sentences that the officer published, as they stand now."""
    shown = publishing.published()
    found = standing.standing(standing.wording_at(request.moment))
    rows = _rows(request, [one for one in found if one.sentence.id in shown], names=False)
    return render(request, "promises_public.html", {"rows": rows})


def _require_signer(request: SignedIn) -> None:
    try:
        may_sign(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error


def _rows(request: Request, found: Iterable[Promise], *, names: bool) -> list[Row]:
    see, shown = Moments.at(request.moment), frozenset(publishing.published())
    return [_row(one, request, see, names=names, shown=one.sentence.id in shown) for one in found]


def _row(one: Promise, request: Request, see: Moments, *, names: bool, shown: bool) -> Row:
    state, mood = STATES[one.state]
    text = one.sentence.text
    return Row(
        id=one.sentence.id,
        text=text[request.language] if request.language in text else text["en"],
        state=_(state),
        mood=mood,
        since=see.day_and_time(one.since),
        looks=[_look(each, see) for each in one.looks],
        word=_word(one, see, names=names),
        attested=one.sentence.kind is Kind.ATTESTED,
        shown=shown,
        pieces=_pieces(one, request.moment),
    )


def _look(one: Looked, see: Moments) -> Look:
    told = check_words.found(one.check, one.evidence)
    return Look(
        check=one.check,
        looks_at=check_words.looks_at(one.check),
        kept=one.kept,
        told=told,
        to_do="" if one.kept else check_words.to_do(one.check),
        at=see.day_and_time(one.at),
    )


def _word(one: Promise, see: Moments, *, names: bool) -> str:
    if one.word is None:
        return ""
    given = {"at": see.day(one.word.at), "until": see.day(one.word.until)}
    if not names:
        return _("Vouched for on %(at)s, until %(until)s.") % given
    given["who"] = book.names([one.word.by]).get(one.word.by, "–")
    return _("%(who)s vouched for it on %(at)s, until %(until)s.") % given


def _pieces(one: Promise, now: datetime) -> list[Piece]:
    return strip([(each.state.value, each.at) for each in one.history], now)
