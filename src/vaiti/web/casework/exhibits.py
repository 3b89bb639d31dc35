"""Evidence of a case's calls: made by whoever handles it, handed out encrypted, kept nowhere."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible, Refused
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.rights import exhibits as verbs
from vaiti.rights.copies import Controller
from vaiti.rights.copy_rules import new_password, spelt
from vaiti.rights.exhibits import Asked, ExhibitRefused
from vaiti.rights.matters import Matter
from vaiti.web import numbers
from vaiti.web.casework.copies import as_file, case_page, closed, hands_of
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.listening import CLOSED
from vaiti.web.moments import Moments
from vaiti.web.wording import copy_words


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """A call of the case; `made` is when its evidence was made, empty: never."""

    id: str
    began: str
    line: str
    number: str
    made: str
    signed: bool


@only("GET")
def exhibits(request: SignedIn, matter_id: str) -> HttpResponseBase:
    return _page(request, case_page(request, matter_id))


@only("POST")
def make(request: SignedIn, matter_id: str, call_id: str) -> HttpResponseBase:
    """Renders the package once, so that the log holds its digest. No sound leaves."""
    case = case_page(request, matter_id)
    try:
        verbs.make(_asked(case, call_id), hands_of(request), request.moment)
    except ExhibitRefused as error:
        return _page(request, case, _trouble(error))
    except (NotVisible, Refused) as error:
        raise Http404 from error
    except CLOSED as error:
        return errors.show(request, closed(error))
    return HttpResponseRedirect(f"/copies/{matter_id}/evidence/")


@only("POST")
def take(request: SignedIn, matter_id: str, call_id: str) -> HttpResponseBase:
    """The package, encrypted under the password that the page has just shown."""
    case, password = case_page(request, matter_id), spelt(request.POST.get("password", "")[:100])
    if len(password) != len(new_password()):
        return _page(request, case, _trouble(ExhibitRefused("password")))
    try:
        handed = verbs.fetch(_asked(case, call_id), hands_of(request), password, request.moment)
    except ExhibitRefused as error:
        return _page(request, case, _trouble(error))
    except (NotVisible, Refused) as error:
        raise Http404 from error
    except CLOSED as error:
        return errors.show(request, closed(error))
    return as_file(handed)


def _asked(case: Matter, call_id: str) -> Asked:
    call, issuer = UUID(hex=call_id), wired().issuer
    if call not in case.copies:
        raise Http404
    if case.staff:
        raise ExhibitRefused("staff")
    controller = Controller(issuer.name, issuer.business_id)
    return Asked(call, case.reference, controller, wired().log_public, case.opener)


def _page(request: SignedIn, case: Matter, trouble: Trouble | None = None) -> HttpResponse:
    given = {
        "case": {"id": case.id.hex, "reference": case.reference, "home": case.home},
        "calls": [] if case.staff else _lines(request, case),
        "password": new_password(),
        "trouble": trouble,
    }
    return render(request, "exhibits.html", given, status=422 if trouble else 200)


def _lines(request: SignedIn, case: Matter) -> list[ExhibitLine]:
    see, first = Moments.at(request.moment), dict[UUID, LegCard]()
    for leg in calls.legs_of(case.copies, request.moment, held=True):
        first.setdefault(leg.call.id, leg)
    return [_line(leg, case.reference, see) for leg in first.values()]


def _line(leg: LegCard, reference: str, see: Moments) -> ExhibitLine:
    found = verbs.made(leg.call.id, reference)
    return ExhibitLine(
        id=leg.call.id.hex,
        began=see.day_and_time(leg.started_at),
        line=leg.call.line_label,
        number=numbers.write_masked(leg.call.customer),
        made=see.day_and_time(found.at) if found else "",
        signed=found is not None and found.seq is not None,
    )


def _trouble(error: ExhibitRefused) -> Trouble:
    title = _("The evidence was not handed out")
    if error.code in ("decoder", "staff"):
        title = _("The evidence was not made")
    return Trouble(title, copy_words.unshown(error.code))
