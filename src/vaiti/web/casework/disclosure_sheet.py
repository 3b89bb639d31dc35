"""What stands on the sheet of a disclosure required by law."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from vaiti.register.candidates import Candidates
from vaiti.rights.copies import Made
from vaiti.rights.law import disclosures as book
from vaiti.rights.law.disclosures import Card
from vaiti.rights.law.record import Named
from vaiti.rights.law.rules import BOTH, STATUTES, State
from vaiti.web import dates
from vaiti.web.casework import named_calls, sheet
from vaiti.web.casework.sheet import AREA, SELECT, Field, Form, Item, Sheet, typed, written
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.wording import copy_words
from vaiti.web.wording import law_words as words
from vaiti.web.wording.case_words import word

NAMING = (State.RECEIVED, State.VERIFIED)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one answer shows and nothing keeps: what was found, with the mask that was asked by, and
    the password of the package that was sealed."""

    found: Candidates | None = None
    mask: str = ""
    made: Made | None = None


def fresh(request: SignedIn, see: Moments) -> Sheet:
    wanted = {name: typed(request, name) for name in ("authority", "officer", "number", "scope")}
    day = _("Such as %(example)s.") % {"example": see.example(7)}
    form = Form(
        "receive",
        _("Note the order"),
        [
            Field("authority", _("Authority"), value=wanted["authority"], most=120),
            Field("officer", _("Who decided it there"), value=wanted["officer"], most=120),
            Field("number", _("Its number of the order"), value=wanted["number"], most=40),
            Field(
                "statute",
                _("Statute"),
                SELECT,
                help=_("What is none of these goes to counsel first: nothing is handed over."),
                choices=sheet.choices(words.STATUTES, [typed(request, "statute")]),
            ),
            Field("scope", _("What it asks for"), AREA, value=wanted["scope"]),
            Field(
                "answer_by",
                _("Until when, if it says so"),
                help=day,
                value=typed(request, "answer_by"),
                required=False,
                most=20,
            ),
        ],
    )
    return Sheet(
        title=_("Receive an order"),
        address="/disclosures/new",
        lead=_("It is noted as it came. Nothing leaves before the authority was called back."),
        back=("/disclosures/", _("Disclosures required by law")),
        cards=[sheet.Card("new", _("The order"), forms=[form])],
    )


def sheet_of(request: SignedIn, card: Card, see: Moments, shown: Shown) -> Sheet:
    cards = [_facts(card, see)]
    if shown.made:
        cards.insert(0, _password(request, shown.made))
    cards.append(_calls(request, card, see, shown))
    if card.open:
        cards.append(_next(request, card, see))
    return Sheet(
        title=_("Disclosure %(number)s") % {"number": card.number},
        address=f"/disclosures/{card.id.hex}/",
        lead=word(words.STATES, card.row.state),
        back=("/disclosures/", _("Disclosures required by law")),
        cards=cards,
    )


def _password(request: SignedIn, made: Made) -> sheet.Card:
    return sheet.Card(
        "password",
        _("The package is sealed"),
        lead=_("Tell the password another way than the package. It is shown this once."),
        facts=[
            (_("Password"), made.password),
            (
                _("Address for the authority"),
                request.build_absolute_uri(f"/copy/{made.package.hex}"),
            ),
        ],
    )


def _facts(card: Card, see: Moments) -> sheet.Card:
    row = card.row
    return sheet.Card(
        "facts",
        _("What is known"),
        facts=[
            (_("Authority"), row.authority),
            (_("Who decided it there"), row.officer),
            (_("Its number of the order"), row.number),
            (_("Statute"), word(words.STATUTES, row.statute)),
            (_("As it is cited"), STATUTES[row.statute].law),
            (_("What it asks for"), row.scope),
            (_("Received"), see.day_and_time(row.received_at)),
            (_("Until when"), dates.write_day(row.answer_by) if row.answer_by else ""),
            (_("Called back"), row.called),
            (_("Why these calls, or why nothing"), row.why),
            (_("Voices"), word(words.VOICES, row.voices) if row.voices else ""),
            (_("Approved"), written(row.approved_at, see)),
            (_("Package"), _package(card)),
            (_("Handed over"), written(row.handed_at, see)),
            (_("Received there by"), row.receiver),
            (_("Person told"), written(row.told_at, see)),
            (_("Secrecy is looked at again"), _day(card)),
            (_("Person not told"), word(words.TOLD, row.untold) if row.untold else ""),
            (_("Closed"), written(row.closed_at, see)),
        ],
        links=list(_papers(card)),
    )


def _day(card: Card) -> str:
    return dates.write_day(card.row.secret_on) if card.row.secret_on else ""


def _package(card: Card) -> str:
    return copy_words.state(card.package.state)[0] if card.package else ""


def _calls(request: SignedIn, card: Card, see: Moments, shown: Shown) -> sheet.Card:
    naming, named = card.row.state in NAMING, book.calls_of(card, request.moment)
    return sheet.Card(
        "calls",
        _("Calls, held from when they were named"),
        items=named_calls.items(request, named, see),
        empty=_("None is named yet."),
        forms=[*_naming(request, named, see, shown)] if naming else [],
    )


def _naming(
    request: SignedIn, named: tuple[Named, ...], see: Moments, shown: Shown
) -> Iterator[Form]:
    if shown.found:
        yield from _found(request, see, shown, shown.found)
    how = _("Such as %(example)s.") % {"example": sheet.example(see)}
    yield Form(
        "search",
        _("Search"),
        [
            Field("begins", _("From"), help=how, value=typed(request, "begins"), most=40),
            Field("ends", _("Until"), help=how, value=typed(request, "ends"), most=40),
            Field(
                "number",
                _("The customer’s telephone number in the call"),
                help=_("Its last three digits are dropped at once and stored nowhere."),
                required=False,
                most=40,
            ),
            Field(
                "line",
                _("Number of our line"),
                value=typed(request, "line"),
                required=False,
                most=20,
            ),
        ],
        title=_("Search the calls that the order asks for"),
        lead=_("There is a count; rows are shown once ten calls or fewer are left."),
    )
    for one in named:
        yield Form(
            "drop",
            _("Take out the call of %(when)s") % {"when": named_calls.words(one, see)},
            hidden=(("call", one.call.hex),),
            grave=True,
        )


def _found(request: SignedIn, see: Moments, shown: Shown, found: Candidates) -> Iterator[Form]:
    counted = {"count": found.count}
    if not found.rows:
        yield Form("search", "", lead=_("Calls found: %(count)s. Narrow it.") % counted)
    asked = [(name, typed(request, name)) for name in ("begins", "ends", "line")]
    for one in found.rows:
        yield Form(
            "name",
            _("Name this call, and hold it"),
            lead=f"{see.day_and_time(one.started_at)} · {one.line_label}",
            hidden=(*asked, ("mask", shown.mask), ("call", one.id.hex)),
        )


def _next(request: SignedIn, card: Card, see: Moments) -> sheet.Card:
    lacking = [Item(word(words.LACKS, card.lacks))] if card.lacks else []
    waits = card.package is not None and card.package.state == "waiting"
    return sheet.Card(
        "next",
        _("What comes next"),
        items=lacking,
        posts=[(f"/disclosures/{card.id.hex}/file", _("The sealed file"))] if waits else [],
        forms=list(_acts(request, card, see)),
    )


def _papers(card: Card) -> Iterator[tuple[str, str]]:
    yield f"/letters/{card.id.hex}/", _("Letters to the authority and to the person")
    if card.row.voices == BOTH and card.row.state in (State.APPROVED, State.HANDED):
        yield f"/copies/{card.id.hex}/evidence/", _("Evidence of one call, for a court")


def _acts(request: SignedIn, card: Card, see: Moments) -> Iterator[Form]:
    state = card.row.state
    if state == State.RECEIVED:
        yield _verify()
    if state == State.VERIFIED and STATUTES[card.row.statute].gives:
        yield _propose(request)
    if state == State.PROPOSED:
        yield Form(
            "approve",
            _("Approve as the second person"),
            lead=_("Two persons decide, and one of them is the data protection officer."),
        )
        yield Form("back", _("Send it back"))
    if state == State.APPROVED:
        yield Form("seal", _("Make the sealed package"))
        yield _hand()
    if state in (State.RECEIVED, State.VERIFIED, State.PROPOSED, State.APPROVED):
        yield _refuse()
    yield _tell(see)
    if not card.lacks:
        yield Form("close", _("Close the disclosure"), lead=_("It stays in the register."))


def _verify() -> Form:
    return Form(
        "verify",
        _("The authority was called back"),
        [
            Field(
                "called",
                _("Where its number was found, and who answered"),
                AREA,
                help=_("The number that the authority itself publishes, and never the one given."),
                most=500,
            )
        ],
    )


def _propose(request: SignedIn) -> Form:
    return Form(
        "propose",
        _("Propose it to a second person"),
        [
            Field("why", _("Why these calls and no others"), AREA, most=500),
            Field(
                "voices",
                _("Whose voices"),
                SELECT,
                choices=sheet.choices(words.VOICES, [typed(request, "voices")]),
            ),
        ],
    )


def _hand() -> Form:
    return Form(
        "hand",
        _("It was handed over"),
        [Field("receiver", _("Who received it there, against a receipt"), most=120)],
    )


def _refuse() -> Form:
    return Form(
        "refuse",
        _("Disclose nothing"),
        [Field("why", _("Why"), AREA, most=500)],
        title=_("Disclose nothing"),
        grave=True,
    )


def _tell(see: Moments) -> Form:
    day = _("Such as %(example)s.") % {"example": see.example(90)}
    return Form(
        "tell",
        _("Note it"),
        [
            Field("told", _("The person"), SELECT, choices=sheet.choices(words.TOLD)),
            Field(
                "secret_on",
                _("Look at the secrecy again on"),
                help=day,
                required=False,
                most=20,
            ),
        ],
        title=_("What the person is told"),
    )
