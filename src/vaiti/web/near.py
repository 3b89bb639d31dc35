"""Numbers near to oneself: named by the one whom they are near to, and seen by nobody else."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import near as verbs
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.values.masked import MaskedNumber
from vaiti.web import numbers
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.wording import access_words


@only("GET", "POST")
def near(request: SignedIn) -> HttpResponseBase:
    """What is typed loses its last three digits before anything else."""
    _must()
    if request.method == "GET":
        return _page(request)
    try:
        begins = numbers.without_last_digits(request.POST.get("number", ""), wired().region)
        masked = MaskedNumber(begins.masked if begins else "***")
        verbs.name(request.person.id, masked, request.moment)
    except (numbers.NotANumber, ValueError) as error:
        known = isinstance(error, MandateError)
        return _page(request, access_words.refusal(str(error) if known else verbs.WHOLE))
    return HttpResponseRedirect("/account/near/")


@only("POST")
def remove(request: SignedIn, near_id: str) -> HttpResponseBase:
    _must()
    try:
        verbs.remove(request.person.id, UUID(hex=near_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    return HttpResponseRedirect("/account/near/")


def _must() -> None:
    """Nothing is asked for where no rule would look at it."""
    if not limits().misuse.near_number:
        raise Http404


def _page(request: SignedIn, advice: str = "") -> HttpResponse:
    mine = verbs.mine(request.person.id)
    found = [(one.id.hex, numbers.write_masked(one.masked)) for one in mine]
    trouble = Trouble(_("Nothing was changed"), advice) if advice else None
    given = {"near": found, "trouble": trouble}
    return render(request, "near.html", given, status=422 if trouble else 200)
