"""What stands on the sheet of a breach of personal data."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from vaiti.rights.breaches.affected import LOOKED_UP, Summary
from vaiti.rights.breaches.book import Card
from vaiti.rights.breaches.rules import State
from vaiti.web.casework import sheet
from vaiti.web.casework.sheet import AREA, SELECT, TICKS, Field, Form, Item, Sheet, typed, written
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.wording import breach_words as words
from vaiti.web.wording.case_words import word, words_of


def until(one: Card, see: Moments) -> str:
    """By when the authority is told, with the hours left."""
    told = {"at": see.day_and_time(one.due_at), "left": see.countdown(one.due_at)}
    if one.overdue:
        return _("the authority was to be told by %(at)s") % told
    return _("the authority is told by %(at)s, %(left)s") % told


def fresh(request: SignedIn, see: Moments) -> Sheet:
    return Sheet(
        title=_("Note a breach"),
        address="/breaches/new",
        lead=_(
            "Note it now with what you know. Who was touched, and how grave it is, is looked into "
            "afterwards; the time of the law runs meanwhile."
        ),
        back=("/breaches/", _("Breaches of personal data")),
        cards=[sheet.Card("new", _("What happened"), forms=[_note(request, see)])],
    )


def _note(request: SignedIn, see: Moments) -> Form:
    how = _("Such as %(example)s.") % {"example": sheet.example(see)}
    return Form(
        "note",
        _("Note the breach"),
        [
            Field(
                "lost",
                _("What happened to the data"),
                TICKS,
                choices=sheet.choices(words.LOST, request.POST.getlist("lost")),
            ),
            _what(request),
            Field(
                "aware",
                _("When somebody of us became aware of it"),
                help=how + " " + _("The time of the law is counted from here."),
                value=typed(request, "aware"),
                most=40,
            ),
            _moment("begins", _("When it began, if that is known"), how, request),
            _moment("ends", _("When it ended, if that is known"), how, request),
        ],
    )


def _what(request: SignedIn) -> Field:
    return Field(
        "what",
        _("What is known of it"),
        AREA,
        help=_("Without names and telephone numbers. It is kept with the register."),
        value=typed(request, "what"),
    )


def _moment(
    name: str, label: str, told: str, request: SignedIn, *, required: bool = False
) -> Field:
    value = typed(request, name)
    return Field(name, label, help=told, value=value, required=required, most=40)


def sheet_of(
    request: SignedIn, card: Card, found: Summary, see: Moments, *, officer: bool
) -> Sheet:
    is_open = card.row.state != State.CLOSED
    cards = [_facts(card, see), _touched(request, card, found, see, is_open=is_open)]
    if officer:
        cards.append(_next(request, card, see))
    return Sheet(
        title=_("Breach %(number)s") % {"number": card.number},
        address=f"/breaches/{card.id.hex}/",
        lead=until(card, see) if card.waits else word(words.STATES, card.row.state),
        back=("/breaches/", _("Breaches of personal data")),
        cards=cards,
    )


def _facts(card: Card, see: Moments) -> sheet.Card:
    return sheet.Card("facts", _("What is known"), facts=facts(card, see))


def facts(card: Card, see: Moments) -> list[tuple[str, str]]:
    """What the record says, in words; the value is empty where nothing is known."""
    row, hours = card.row, {"hours": card.row.hours}
    return [
        (_("What happened to the data"), words_of(words.LOST, " ".join(row.lost))),
        (_("What is known of it"), row.what),
        (_("Became aware of it"), see.day_and_time(row.aware_at)),
        (_("Began"), written(row.began_at, see)),
        (_("Ended"), written(row.ended_at, see)),
        (_("Time of the law"), _("%(hours)s hours from awareness") % hours),
        (_("Risk to people"), word(words.RISKS, row.risk) if row.risk else ""),
        (_("Why it is judged so"), row.why),
        (_("What may follow"), row.consequences),
        (_("What was done about it"), row.measures),
        (_("Authority told"), _join(written(row.notified_at, see), row.notified_number)),
        (_("Why it was late"), row.late_why),
        (_("Authority told more"), written(row.supplemented_at, see)),
        (_("Persons told"), _join(written(row.told_at, see), _how(card))),
        (_("Persons not told"), word(words.UNTOLD, row.untold) if row.untold else ""),
        (_("Closed"), written(row.closed_at, see)),
    ]


def _how(card: Card) -> str:
    return word(words.HOWS, card.row.told_how) if card.row.told_how else ""


def _join(*parts: str) -> str:
    return " · ".join(one for one in parts if one)


def _touched(
    request: SignedIn, card: Card, found: Summary, see: Moments, *, is_open: bool
) -> sheet.Card:
    counted = {"most": f"{LOOKED_UP:,}"}
    return sheet.Card(
        "touched",
        _("Calls and people"),
        lead=_(
            "A customer is known by a masked number, which stands for a thousand: the calls are "
            "the most people that it can be, the masked numbers the fewest."
        ),
        facts=[
            (_("Calls"), str(found.calls)),
            (_("Of them still kept"), str(found.kept)),
            (_("Masked numbers"), str(found.customers)),
            (_("Calls with a withheld number"), str(found.withheld)),
            (_("Agents"), ", ".join(found.agents)),
            (_("Cases of people known by name"), ", ".join(found.cases)),
            (
                _("Counted"),
                _("People and cases are counted of the first %(most)s calls.") % counted
                if found.calls > LOOKED_UP
                else "",
            ),
        ],
        items=[
            Item(
                one.call.hex,
                soft=_join(word(words.TOUCHED, one.how), written(one.began, see)),
            )
            for one in found.shown
        ],
        empty=_("None was found yet."),
        forms=list(_tracing(request, see)) if is_open else [],
    )


def _tracing(request: SignedIn, see: Moments) -> Iterator[Form]:
    how = _("Such as %(example)s.") % {"example": sheet.example(see)}
    begins = _moment("begins", _("From"), how, request, required=True)
    ends = _moment("ends", _("Until"), how, request, required=True)
    who = _("A name, a login, or the id that stands in the log.")
    yield Form(
        "person",
        _("Find them"),
        [
            Field("who", _("Whose account"), help=who, value=typed(request, "who"), most=100),
            begins,
            ends,
        ],
        title=_("Find what an account heard and saw, by the log"),
    )
    yield Form(
        "store",
        _("Find them"),
        [
            begins,
            ends,
            _moment("first", _("Only calls taken in from"), how, request),
            _moment("last", _("Only calls taken in until"), how, request),
        ],
        title=_("Find whose recordings lay in the store, by the log"),
        lead=_("For a disk, a bucket or a backup that somebody got or lost."),
    )
    lines = _("One a line: the call’s address, or its id of 32 letters and digits.")
    calls = Field(
        "calls", _("Calls"), AREA, lines, value=typed(request, "calls"), most=sheet.MOST_TYPED
    )
    yield Form("named", _("Add them"), [calls], title=_("Name calls"))


def _next(request: SignedIn, card: Card, see: Moments) -> sheet.Card:
    missing = [word(words.LACKS, one) for one in card.lacks]
    return sheet.Card(
        "next",
        _("What comes next"),
        items=[] if card.row.state == State.CLOSED else [Item(one) for one in missing],
        links=[(f"/letters/{card.id.hex}/", _("Drafts to the authority and to the persons"))],
        forms=list(_acts(request, card, see)),
    )


def _acts(request: SignedIn, card: Card, see: Moments) -> Iterator[Form]:
    if card.row.state == State.CLOSED:
        yield Form("reopen", _("Open it again"), lead=_("When more has become known."))
        return
    yield _assess(request, card)
    yield _notified(request, see)
    yield _told(request, see)
    if not card.lacks:
        yield Form(
            "close", _("Close the breach"), lead=_("It stays in the register, with its reasons.")
        )


def _assess(request: SignedIn, card: Card) -> Form:
    row = card.row
    return Form(
        "assess",
        _("Judge it so"),
        [
            Field(
                "risk",
                _("Risk to people"),
                SELECT,
                choices=sheet.choices(words.RISKS, [typed(request, "risk") or row.risk]),
            ),
            Field("why", _("Why it is judged so"), AREA, value=typed(request, "why") or row.why),
            Field(
                "consequences",
                _("What may follow"),
                AREA,
                value=typed(request, "consequences") or row.consequences,
                required=False,
            ),
            Field(
                "measures",
                _("What was done about it"),
                AREA,
                value=typed(request, "measures") or row.measures,
                required=False,
            ),
        ],
        title=_("Judge the risk"),
    )


def _notified(request: SignedIn, see: Moments) -> Form:
    how = _("Such as %(example)s.") % {"example": sheet.example(see)}
    return Form(
        "notified",
        _("Note it"),
        [
            _moment("at", _("When the authority was told"), how, request, required=True),
            Field("number", _("The authority’s number for it"), required=False, most=40),
            Field("late", _("If it was late: why"), AREA, required=False),
        ],
        title=_("The authority was told"),
        lead=_("Not everything must be known by then: tell the rest later, and note it again."),
    )


def _told(request: SignedIn, see: Moments) -> Form:
    how = _("Such as %(example)s.") % {"example": sheet.example(see)}
    return Form(
        "told",
        _("Note it"),
        [
            _moment("at", _("When the persons were told"), how, request),
            Field("how", _("How"), SELECT, choices=sheet.choices(words.HOWS), required=False),
            Field(
                "untold",
                _("Or why they need not be told"),
                SELECT,
                choices=sheet.choices(words.UNTOLD),
                required=False,
            ),
        ],
        title=_("The persons were told, or need not be"),
    )
