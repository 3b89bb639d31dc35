"""Breaches of personal data in the pages: the register, one of them, and what comes next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from vaiti.access.errors import NotVisible
from vaiti.people import book as people
from vaiti.rights.breaches import affected, book
from vaiti.rights.breaches.book import Assessment, Card, Noted, Notification, Telling
from vaiti.rights.errors import CaseRefused
from vaiti.web.casework import breach_sheet, sheet
from vaiti.web.casework.sheet import Item, Sheet, typed
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.log import person_typed
from vaiti.web.moments import Moments
from vaiti.web.wording import breach_words
from vaiti.web.wording.case_words import word, words_of

BACK = timedelta(days=366)  # of calls taken in, where no days are given


@only("GET")
def breaches(request: SignedIn) -> HttpResponseBase:
    try:
        found, _desk = book.listed(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    cards = [
        sheet.Card(
            "all",
            _("All breaches, notified or not"),
            items=[_line(one, see) for one in found],
            empty=_("None was noted. Note one as soon as somebody suspects it."),
        )
    ]
    told = Sheet(
        title=_("Breaches of personal data"),
        address="/breaches/",
        lead=_(
            "Every breach is noted here, also one that nobody has to be told of (Article 33(5)). "
            "The clock runs from when somebody became aware of it."
        ),
        cards=cards,
        buttons=[("/breaches/new", _("Note a breach")), *_files(request)],
    )
    return sheet.show(request, told)


def _files(request: SignedIn) -> list[tuple[str, str]]:
    here = "/breaches/register?as="
    return [
        (f"{here}pdf&language={request.language}", _("The register as a PDF")),
        (f"{here}csv", _("As CSV")),
        (f"{here}json", _("As JSON")),
    ]


def _line(one: Card, see: Moments) -> Item:
    state = word(breach_words.STATES, one.row.state)
    told = [state, words_of(breach_words.LOST, " ".join(one.row.lost))]
    if one.row.risk:
        told.append(word(breach_words.RISKS, one.row.risk))
    if one.waits:
        told.append(breach_sheet.until(one, see))
    elif one.row.notified_at:
        at = see.day_and_time(one.row.notified_at)
        told.append(_("authority told %(at)s") % {"at": at})
    tag = _("overdue") if one.overdue else ""
    return Item(one.number, f"/breaches/{one.id.hex}/", " · ".join(told), tag)


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    see = Moments.at(request.moment)
    try:
        book.require_desk(request.person.id, request.moment)
        if request.method == "GET":
            return sheet.show(request, breach_sheet.fresh(request, see))
        made = _note(request, see)
    except NotVisible as error:
        raise Http404 from error
    except CaseRefused as error:
        trouble = _trouble(_("The breach was not noted"), error)
        return sheet.show(request, breach_sheet.fresh(request, see), trouble)
    return HttpResponseRedirect(f"/breaches/{made.hex}/")


def _note(request: SignedIn, see: Moments) -> UUID:
    aware = sheet.moment_typed(typed(request, "aware"), see)
    if aware is None:
        raise CaseRefused("aware")
    noted = Noted(
        lost=tuple(request.POST.getlist("lost")),
        aware_at=aware,
        begins=sheet.moment_typed(typed(request, "begins"), see),
        ends=sheet.moment_typed(typed(request, "ends"), see),
        what=typed(request, "what"),
    )
    rules = wired().breaches
    return book.note(request.person.id, noted, rules, see.day_of(aware), request.moment)


@only("GET", "POST")
def breach(request: SignedIn, breach_id: str) -> HttpResponseBase:
    """A POST names its act in `act`."""
    if request.method == "GET":
        return _page(request, breach_id)
    act = request.POST.get("act", "")
    try:
        book.require_desk(request.person.id, request.moment)
        if act not in ACTS:
            return _unknown(request, breach_id)
        ACTS[act](request, UUID(hex=breach_id))
    except NotVisible as error:
        raise Http404 from error
    except CaseRefused as error:
        return _page(request, breach_id, _trouble(_("Nothing was changed"), error))
    return HttpResponseRedirect(f"/breaches/{breach_id}/")


def _unknown(request: SignedIn, breach_id: str) -> HttpResponse:
    """Nothing is told of one that is not there."""
    book.seen(request.person.id, UUID(hex=breach_id), request.moment)
    return errors.show(request, "bad")


def _page(request: SignedIn, breach_id: str, trouble: Trouble | None = None) -> HttpResponse:
    try:
        card, desk = book.seen(request.person.id, UUID(hex=breach_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    found = affected.summary(card.id, request.moment)
    see = Moments.at(request.moment)
    made = breach_sheet.sheet_of(request, card, found, see, officer=desk.officer)
    return sheet.show(request, made, trouble)


def _trouble(title: str, error: CaseRefused) -> Trouble:
    return Trouble(title, breach_words.refused(error.code))


def _person(request: SignedIn, breach: UUID) -> None:
    see = Moments.at(request.moment)
    who = person_typed(typed(request, "who"), people.persons(request.moment))
    whom = _past(typed(request, "who")) if who.wrong else UUID(hex=who.found)
    if whom is None:
        raise CaseRefused("person")
    span = sheet.span_typed(request, ("begins", "ends"), see)
    affected.trace_person(request.person.id, breach, whom, span, request.moment)


def _past(text: str) -> UUID | None:
    """Somebody who has left is known by id, as in the log."""
    try:
        found = UUID(hex=text)
    except ValueError:
        return None
    return found if people.names([found]) else None


def _store(request: SignedIn, breach: UUID) -> None:
    see = Moments.at(request.moment)
    span = sheet.span_typed(request, ("begins", "ends"), see)
    given = typed(request, "first") or typed(request, "last")
    taken = sheet.span_typed(request, ("first", "last"), see) if given else _ever(span[1])
    affected.trace_store(request.person.id, breach, span, taken, request.moment)


def _ever(ends: datetime) -> tuple[datetime, datetime]:
    return ends - BACK, ends


def _named(request: SignedIn, breach: UUID) -> None:
    calls = sheet.calls_typed(request.POST.get("calls", ""))
    affected.name_calls(request.person.id, breach, calls, request.moment)


def _assess(request: SignedIn, breach: UUID) -> None:
    made = Assessment(
        risk=typed(request, "risk"),
        consequences=typed(request, "consequences"),
        measures=typed(request, "measures"),
        why=typed(request, "why"),
    )
    book.assess(request.person.id, breach, made, request.moment)


def _notified(request: SignedIn, breach: UUID) -> None:
    at = sheet.moment_typed(typed(request, "at"), Moments.at(request.moment))
    if at is None:
        raise CaseRefused("notified_at")
    number, late = typed(request, "number"), typed(request, "late")
    book.notified(request.person.id, breach, Notification(at, number, late), request.moment)


def _told(request: SignedIn, breach: UUID) -> None:
    at = sheet.moment_typed(typed(request, "at"), Moments.at(request.moment))
    said = Telling(at, typed(request, "how"), typed(request, "untold"))
    book.told(request.person.id, breach, said, request.moment)


def _close(request: SignedIn, breach: UUID) -> None:
    book.close(request.person.id, breach, request.moment)


def _reopen(request: SignedIn, breach: UUID) -> None:
    book.reopen(request.person.id, breach, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID], None]] = {
    "person": _person,
    "store": _store,
    "named": _named,
    "assess": _assess,
    "notified": _notified,
    "told": _told,
    "close": _close,
    "reopen": _reopen,
}
