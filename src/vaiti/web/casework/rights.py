"""The pages for the person whose calls they are: a request filed, and how far it is. No account.

It asks when, on which line, who called, with which number, and what is wanted (N-42). Nothing that
is typed stands in an address or in a log.
"""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.rights import intake, person_pages
from vaiti.rights.asking import Channel
from vaiti.rights.errors import CaseRefused
from vaiti.web.casework import case_forms, own_visit
from vaiti.web.casework.own_case import HERE, row_of
from vaiti.web.http import errors, once
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.origins import address_of
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words

FILED = Pace(20, 3600)
"""Requests from one address; a whole household or office may stand behind it."""
TRIED = Pace(30, 900)
"""Codes tried from one address. A code has about 98 bits: nobody guesses one."""
STATUS = "/rights/status"
MOST_CODE = 64  # characters of a number or a code as somebody types it


@only("GET", "POST")
def ask(request: Request) -> HttpResponseBase:
    if request.method == "GET":
        return _form(request)
    if not FILED.allows(address_of(request), request.moment):
        return errors.show(request, "pace", wait=FILED.seconds)
    if once.sent_already(request):
        return _form(request, _sent())
    see, region = Moments.at(request.moment), wired().region
    try:
        asked = case_forms.read(request, Channel.WEB, see, region, request.language)
        filed = intake.file(asked, see.today, by=person_pages.ACTOR, now=request.moment)
    except CaseRefused as error:
        advice = case_words.refused(error.code)
        return _form(request, Trouble(_("Your request has not been sent yet"), advice))
    once.note_sent(request)
    own = person_pages.own_case(filed.number, filed.secret, wired().rights, see.today)
    own_visit.begin(request, filed.id)
    given = {
        "filed": filed,
        "where": request.build_absolute_uri(STATUS),
        "case": row_of(own) if own else None,
        "issuer": wired().issuer,
        "contact": wired().rights.contact.said(request.language),
    }
    return render(request, "rights_receipt.html", given, status=201)


def _sent() -> Trouble:
    advice = _("It came, and was not sent again. Its number and code were on the page before.")
    return Trouble(_("This request was sent already"), advice)


def _form(request: Request, trouble: Trouble | None = None) -> HttpResponse:
    given = {
        "form": case_forms.shown(request, Moments.at(request.moment), request.language),
        "once": once.new(),
        "trouble": trouble,
    }
    return render(request, "rights.html", given, status=422 if trouble else 200)


@only("GET", "POST")
def status(request: Request) -> HttpResponseBase:
    """The number may stand in the address; the code is only ever sent."""
    given = {"number": request.GET.get("number", "")[:MOST_CODE]}
    if request.method == "GET":
        return render(request, "rights_status.html", given)
    if not TRIED.allows(address_of(request), request.moment):
        return errors.show(request, "pace", wait=TRIED.seconds)
    number = request.POST.get("number", "")[:MOST_CODE]
    code = request.POST.get("code", "")[:MOST_CODE]
    today = Moments.at(request.moment).today
    own = person_pages.own_case(number, code, wired().rights, today)
    if own is None:
        advice = _("Look at the receipt: both stand there. Or ask us by another way.")
        trouble = Trouble(_("Number and code do not belong together"), advice)
        wrong = {"number": number, "trouble": trouble}
        return render(request, "rights_status.html", wrong, status=422)
    own_visit.begin(request, own.card.id)
    return HttpResponseRedirect(HERE)
