"""Disclosures required by law in the pages: the register, one of them, and what comes next."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from vaiti.access.errors import NotVisible, Unprepared
from vaiti.register.candidates import Sought
from vaiti.rights import handing
from vaiti.rights.copies import Controller, Made
from vaiti.rights.copy_rules import CopyRefused
from vaiti.rights.errors import CaseRefused
from vaiti.rights.law import disclosures as book
from vaiti.rights.law.disclosures import Card, Received
from vaiti.rights.law.record import require_worker
from vaiti.web import numbers
from vaiti.web.casework import disclosure_sheet, sheet
from vaiti.web.casework.copies import as_file, hands_of
from vaiti.web.casework.disclosure_sheet import Shown
from vaiti.web.casework.sheet import Item, Sheet, typed
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.listening import CLOSED
from vaiti.web.moments import Moments
from vaiti.web.wording import copy_words, law_words
from vaiti.web.wording.case_words import word


@only("GET")
def disclosures(request: SignedIn) -> HttpResponseBase:
    try:
        found = book.listed(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    told = Sheet(
        title=_("Disclosures required by law"),
        address="/disclosures/",
        lead=_(
            "An authority gets a recording only where a statute says so, by the decision of two "
            "persons, sealed, and against a receipt."
        ),
        cards=[
            sheet.Card(
                "all",
                _("The register"),
                items=[_line(one, see) for one in found],
                empty=_("No authority has asked for anything."),
            )
        ],
        buttons=[("/disclosures/new", _("Receive an order"))],
    )
    return sheet.show(request, told)


def _line(one: Card, see: Moments) -> Item:
    row = one.row
    told = [
        word(law_words.STATES, row.state),
        row.authority,
        word(law_words.STATUTES, row.statute),
        see.day_and_time(row.received_at),
    ]
    return Item(one.number, f"/disclosures/{one.id.hex}/", " · ".join(told))


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    see = Moments.at(request.moment)
    try:
        require_worker(request.person.id, request.moment)
        if request.method == "GET":
            return sheet.show(request, disclosure_sheet.fresh(request, see))
        order = Received(
            authority=typed(request, "authority"),
            officer=typed(request, "officer"),
            number=typed(request, "number"),
            statute=typed(request, "statute"),
            scope=typed(request, "scope"),
            answer_by=sheet.day_typed(typed(request, "answer_by"), see, ahead=True),
        )
        made = book.receive(request.person.id, order, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except CaseRefused as error:
        trouble = _trouble(_("The order was not noted"), error)
        return sheet.show(request, disclosure_sheet.fresh(request, see), trouble)
    return HttpResponseRedirect(f"/disclosures/{made.hex}/")


@only("GET", "POST")
def disclosure(request: SignedIn, disclosure_id: str) -> HttpResponseBase:
    """A POST names its act in `act`. What was searched is shown at once, and kept nowhere."""
    if request.method == "GET":
        return _page(request, disclosure_id)
    act, mine = request.POST.get("act", ""), UUID(hex=disclosure_id)
    try:
        require_worker(request.person.id, request.moment)
        if act == "search":
            sought = _sought(request)
            found = book.search(request.person.id, mine, sought, request.moment)
            return _page(request, disclosure_id, shown=Shown(found, sought.customer))
        if act == "seal":
            return _page(request, disclosure_id, shown=Shown(made=_seal(request, mine)))
        if act not in ACTS:
            book.seen(request.person.id, mine, request.moment)
            return errors.show(request, "bad")
        ACTS[act](request, mine)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except CaseRefused as error:
        return _page(request, disclosure_id, trouble=_trouble(_("Nothing was changed"), error))
    except CopyRefused as error:
        trouble = Trouble(_("Nothing was changed"), copy_words.refused(error.code))
        return _page(request, disclosure_id, trouble=trouble)
    except CLOSED:
        return errors.show(request, "keys")
    return HttpResponseRedirect(f"/disclosures/{disclosure_id}/")


@only("POST")
def take(request: SignedIn, disclosure_id: str) -> HttpResponseBase:
    """The sealed file, for whoever hands it over and cannot open it."""
    try:
        require_worker(request.person.id, request.moment)
        card = book.seen(request.person.id, UUID(hex=disclosure_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    if card.package is None:
        raise Http404
    try:
        given = handing.take(card.package.id, request.person.id, wired().store, request.moment)
    except CopyRefused as error:
        trouble = Trouble(_("Nothing was changed"), copy_words.refused(error.code))
        return _page(request, disclosure_id, trouble=trouble)
    return as_file(given)


def _page(
    request: SignedIn,
    disclosure_id: str,
    *,
    trouble: Trouble | None = None,
    shown: Shown | None = None,
) -> HttpResponse:
    try:
        card = book.seen(request.person.id, UUID(hex=disclosure_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    made = disclosure_sheet.sheet_of(request, card, Moments.at(request.moment), shown or Shown())
    return sheet.show(request, made, trouble)


def _trouble(title: str, error: CaseRefused) -> Trouble:
    return Trouble(title, law_words.refused(error.code))


def _sought(request: SignedIn) -> Sought:
    begins, ends = sheet.span_typed(request, ("begins", "ends"), Moments.at(request.moment))
    return Sought(_utc(begins), _utc(ends), _customer(request), typed(request, "line"))


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _customer(request: SignedIn) -> str:
    """Masked at once; asked again for one of the rows, it comes masked. Raises CaseRefused."""
    mask = typed(request, "mask")
    if numbers.is_masked(mask):
        return mask
    try:
        found = numbers.without_last_digits(typed(request, "number"), wired().region)
    except numbers.NotANumber as error:
        raise CaseRefused("number") from error
    return found.masked if found else ""


def _seal(request: SignedIn, mine: UUID) -> Made:
    issuer = wired().issuer
    controller = Controller(issuer.name, issuer.business_id)
    return book.seal(request.person.id, mine, hands_of(request), controller, request.moment)


def _id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError as error:
        raise CaseRefused("not_found") from error


def _name(request: SignedIn, mine: UUID) -> None:
    call, sought = _id(typed(request, "call")), _sought(request)
    book.name_call(request.person.id, mine, call, sought, keys=wired().keys, now=request.moment)


def _tell(request: SignedIn, mine: UUID) -> None:
    see = Moments.at(request.moment)
    day = sheet.day_typed(typed(request, "secret_on"), see, ahead=True)
    told = book.Telling(typed(request, "told"), day)
    book.tell(request.person.id, mine, told, see.today, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID], None]] = {
    "verify": lambda request, mine: book.verify(
        request.person.id, mine, typed(request, "called"), request.moment
    ),
    "name": _name,
    "drop": lambda request, mine: book.drop_call(
        request.person.id, mine, _id(typed(request, "call")), request.moment
    ),
    "propose": lambda request, mine: book.propose(
        request.person.id, mine, typed(request, "why"), typed(request, "voices"), request.moment
    ),
    "approve": lambda request, mine: book.approve(request.person.id, mine, request.moment),
    "back": lambda request, mine: book.send_back(request.person.id, mine, request.moment),
    "refuse": lambda request, mine: book.refuse(
        request.person.id, mine, typed(request, "why"), request.moment
    ),
    "hand": lambda request, mine: book.hand_over(
        request.person.id, mine, typed(request, "receiver"), request.moment
    ),
    "tell": _tell,
    "close": lambda request, mine: book.close(request.person.id, mine, request.moment),
}
