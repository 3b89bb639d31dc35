"""Show the case to a listening: what its listener is asked, and where they say it is."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import spot_checks
from vaiti.access.doors import NotVisible
from vaiti.access.errors import MandateError
from vaiti.access.spot_checks import MAX_SHOWN, CheckCard
from vaiti.due import alarms
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.wording import access_words, words


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    who: str
    call: str
    at: str
    why: str
    due: str
    late: bool
    shown: str


@only("GET")
def asked(request: SignedIn) -> HttpResponseBase:
    return _page(request)


@only("POST")
def show(request: SignedIn, check_id: str) -> HttpResponseBase:
    where = " ".join(request.POST.get("where", "").split())[: MAX_SHOWN + 1]
    try:
        spot_checks.show(request.person.id, UUID(hex=check_id), where, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, Trouble(_("Nothing was changed"), access_words.refusal(str(error))))
    alarms.clear(spot_checks.ALARM, check_id, request.moment)
    return HttpResponseRedirect("/show-the-case/")


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    found = spot_checks.mine(request.person.id, request.moment)
    given = {"checks": [check(one, see) for one in found], "trouble": trouble}
    return render(request, "showing.html", given, status=422 if trouble else 200)


def check(card: CheckCard, see: Moments) -> Check:
    return Check(
        id=card.id.hex,
        who=card.person,
        call=card.call.hex,
        at=see.day_and_time(card.opened_at),
        why=" · ".join(filter(None, (words.purpose(card.purpose), card.reference))),
        due=see.day(card.due_at),
        late=card.due_at <= see.now and not card.shown,
        shown=card.shown,
    )
