"""That a complaint about somebody came: noted and taken back on the officer's page of alerts."""

from uuid import UUID

from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from vaiti.access import complaints as verbs
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.people import book
from vaiti.web import alerts, dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.log import person_typed
from vaiti.web.moments import Moments
from vaiti.web.staff.person_acts import WrongDay, beginning_of_day, wrong_day
from vaiti.web.wording import access_words


@only("POST")
def note(request: SignedIn) -> HttpResponseBase:
    if not limits().misuse.after_complaint:
        raise Http404
    typed = {name: request.POST.get(name, "").strip()[:100] for name in ("who", "reference", "day")}
    now, see = request.moment, Moments.at(request.moment)
    who = person_typed(typed["who"], book.persons(now))
    about = UUID(hex=who.found) if who.found else UUID(int=0)
    try:
        came = dates.day_begins(see.day_of(beginning_of_day(typed["day"], see) or now), see.zone)
        verbs.note(request.person.id, about, typed["reference"], came, now)
    except NotVisible as error:
        raise Http404 from error
    except WrongDay:
        return alerts.page(request, wrong_day(see), typed)
    except MandateError as error:
        advice = who.wrong or access_words.refusal(str(error))
        return alerts.page(request, Trouble(_("Nothing was changed"), advice), typed)
    return HttpResponseRedirect("/alerts/#complaints-title")


@only("POST")
def take_back(request: SignedIn, complaint_id: str) -> HttpResponseBase:
    try:
        verbs.take_back(request.person.id, UUID(hex=complaint_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    return HttpResponseRedirect("/alerts/#complaints-title")
