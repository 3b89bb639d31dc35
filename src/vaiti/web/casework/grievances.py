"""Complaints in the pages: noted with their dates, their calls held, answered and decided."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from vaiti.access.errors import NotVisible
from vaiti.rights.authorities import COUNTRIES
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import OFFICER
from vaiti.rights.law import complaints as book
from vaiti.rights.law.complaints import Came, Card
from vaiti.rights.law.record import require_worker
from vaiti.web import dates
from vaiti.web.casework import named_calls, sheet
from vaiti.web.casework.sheet import AREA, SELECT, Field, Form, Item, Sheet, typed, written
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import law_words as words
from vaiti.web.wording.case_words import word


@only("GET")
def complaints(request: SignedIn) -> HttpResponseBase:
    try:
        found = book.listed(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    told = Sheet(
        title=_("Complaints"),
        address="/complaints/",
        lead=_(
            "What people complain about to the company, and what authorities ask. The calls that a "
            "complaint is about are held until it is decided."
        ),
        cards=[
            sheet.Card(
                "all",
                _("All complaints"),
                items=[_line(one) for one in found],
                empty=_("Nobody has complained."),
            )
        ],
        buttons=[("/complaints/new", _("Note a complaint"))],
    )
    return sheet.show(request, told)


def _line(one: Card) -> Item:
    row = one.row
    told = [word(words.STATES, row.state), word(words.FROM, row.came_from)]
    told.append(_("came on %(day)s") % {"day": dates.write_day(row.arrived_on)})
    if row.answer_by and row.state == "received":
        told.append(_("to be answered by %(day)s") % {"day": dates.write_day(row.answer_by)})
    return Item(one.number, f"/complaints/{one.id.hex}/", " · ".join(told))


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    see = Moments.at(request.moment)
    try:
        require_worker(request.person.id, request.moment)
        if request.method == "GET":
            return sheet.show(request, _fresh(request, see))
        arrived = sheet.day_typed(typed(request, "arrived"), see)
        if arrived is None:
            raise CaseRefused("arrived")
        came = Came(
            came_from=typed(request, "from"),
            arrived_on=arrived,
            about=typed(request, "about"),
            country=typed(request, "country")[:2],
            number=typed(request, "number"),
            case=typed(request, "case").upper(),
            answer_by=sheet.day_typed(typed(request, "answer_by"), see, ahead=True),
        )
        made = book.note(request.person.id, came, see.today, wired().keys, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except CaseRefused as error:
        trouble = _trouble(_("The complaint was not noted"), error)
        return sheet.show(request, _fresh(request, see), trouble)
    return HttpResponseRedirect(f"/complaints/{made.hex}/")


def _fresh(request: SignedIn, see: Moments) -> Sheet:
    return Sheet(
        title=_("Note a complaint"),
        address="/complaints/new",
        back=("/complaints/", _("Complaints")),
        cards=[sheet.Card("new", _("The complaint"), forms=[_note(request, see)])],
    )


def _note(request: SignedIn, see: Moments) -> Form:
    def line(name: str, label: str, told: str = "", *, needed: bool = False) -> Field:
        value = typed(request, name)
        return Field(name, label, help=told, value=value, required=needed, most=40)

    countries = [Choice(one, one, one == typed(request, "country")) for one in COUNTRIES]
    ahead = _("Such as %(example)s.") % {"example": see.example(14)}
    came = _("Such as %(example)s.") % {"example": see.example(0)}
    return Form(
        "note",
        _("Note the complaint"),
        [
            Field(
                "from",
                _("Who complains"),
                SELECT,
                choices=sheet.choices(words.FROM, [typed(request, "from")]),
            ),
            Field(
                "country",
                _("Country of the authority"),
                SELECT,
                choices=countries,
                required=False,
            ),
            line("number", _("The authority’s number for it")),
            line("case", _("Case that it is about"), _("Its confirmed calls are held at once.")),
            line("arrived", _("Came on"), came, needed=True),
            line("answer_by", _("To be answered by"), ahead),
            Field(
                "about",
                _("What it is about"),
                AREA,
                help=_("Without names and telephone numbers."),
                value=typed(request, "about"),
            ),
        ],
    )


@only("GET", "POST")
def complaint(request: SignedIn, complaint_id: str) -> HttpResponseBase:
    """A POST names its act in `act`."""
    if request.method == "GET":
        return _page(request, complaint_id)
    act, mine = request.POST.get("act", ""), UUID(hex=complaint_id)
    try:
        require_worker(request.person.id, request.moment)
        if act not in ACTS:
            book.seen(request.person.id, mine, request.moment)
            return errors.show(request, "bad")
        ACTS[act](request, mine)
    except NotVisible as error:
        raise Http404 from error
    except CaseRefused as error:
        return _page(request, complaint_id, _trouble(_("Nothing was changed"), error))
    return HttpResponseRedirect(f"/complaints/{complaint_id}/")


def _page(request: SignedIn, complaint_id: str, trouble: Trouble | None = None) -> HttpResponse:
    try:
        card = book.seen(request.person.id, UUID(hex=complaint_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    made = Sheet(
        title=_("Complaint %(number)s") % {"number": card.number},
        address=f"/complaints/{complaint_id}/",
        lead=word(words.STATES, card.row.state),
        back=("/complaints/", _("Complaints")),
        cards=[_facts(card, see), _calls(request, card, see), *_next(request, card)],
    )
    return sheet.show(request, made, trouble)


def _facts(card: Card, see: Moments) -> sheet.Card:
    row = card.row
    return sheet.Card(
        "facts",
        _("What is known"),
        facts=[
            (_("Who complains"), word(words.FROM, row.came_from)),
            (_("Country of the authority"), row.country),
            (_("The authority’s number for it"), row.number),
            (_("Case that it is about"), row.case),
            (_("What it is about"), row.about),
            (_("Came on"), dates.write_day(row.arrived_on)),
            (_("To be answered by"), dates.write_day(row.answer_by) if row.answer_by else ""),
            (_("Answer"), row.answer),
            (_("Answered"), written(row.answered_at, see)),
            (_("How it ended"), word(words.OUTCOMES, row.outcome) if row.outcome else ""),
            (_("What was done about it"), row.measures),
            (_("Decided"), written(row.closed_at, see)),
        ],
    )


def _calls(request: SignedIn, card: Card, see: Moments) -> sheet.Card:
    named = book.calls_of(card, request.moment)
    gone = any(one.hold is None for one in named)
    form = Form(
        "hold",
        _("Hold these calls"),
        [
            Field(
                "calls",
                _("Calls"),
                AREA,
                help=_("One a line: the call’s address, or its id. Only calls that you may see."),
                value=typed(request, "calls"),
                most=sheet.MOST_TYPED,
            )
        ],
        title=_("Hold more calls"),
    )
    return sheet.Card(
        "calls",
        _("Calls that are held for it"),
        lead=_(
            "Some were destroyed before the complaint came, or were on their way: say so in the "
            "answer."
        )
        if gone
        else "",
        items=named_calls.items(request, named, see),
        empty=_("None is held for it."),
        forms=[form] if card.open else [],
    )


def _next(request: SignedIn, card: Card) -> Iterator[sheet.Card]:
    if card.open:
        forms = [_answer(), *([_decide()] if OFFICER in request.person.roles else [])]
        yield sheet.Card("next", _("What comes next"), forms=forms)


def _answer() -> Form:
    said = Field("said", _("What was answered"), AREA, help=_("The gist of it."))
    return Form("answer", _("Note the answer"), [said], title=_("It was answered"))


def _decide() -> Form:
    return Form(
        "decide",
        _("It is decided"),
        [
            Field("outcome", _("How it ended"), SELECT, choices=sheet.choices(words.OUTCOMES)),
            Field("measures", _("What was done about it"), AREA, required=False),
        ],
        title=_("It is decided"),
        lead=_("Its calls are let go then: what is past its day is destroyed at once."),
    )


def _trouble(title: str, error: CaseRefused) -> Trouble:
    return Trouble(title, words.refused(error.code))


def _hold(request: SignedIn, mine: UUID) -> None:
    calls = sheet.calls_typed(request.POST.get("calls", ""))
    book.name_calls(request.person.id, mine, calls, wired().keys, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID], None]] = {
    "hold": _hold,
    "answer": lambda request, mine: book.answer(
        request.person.id, mine, typed(request, "said"), request.moment
    ),
    "decide": lambda request, mine: book.decide(
        request.person.id,
        mine,
        typed(request, "outcome"),
        typed(request, "measures"),
        request.moment,
    ),
}
