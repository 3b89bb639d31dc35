"""People in no manager's team, for who confirms them: is each rightly here, with these roles?"""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.people import confirming, duties
from vaiti.people.confirming import Outsider
from vaiti.people.errors import EnrolmentError
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.staff import refusals
from vaiti.web.staff.people import as_id, must
from vaiti.web.wording import words

ACTS = {
    "confirmed": lambda me, whom, now: confirming.confirm_person(me, whom, wired().recertify, now),
    "reported": confirming.report_person,
}
SAID = {"confirmed": "confirmed-person", "reported": "reported"}


@dataclass(frozen=True, slots=True)
class Line:
    """`tone` is a class of the style sheet's tags."""

    id: str
    name: str
    roles: list[str]
    due: str
    tone: str
    reported: bool


@only("GET", "POST")
def confirm(request: SignedIn) -> HttpResponseBase:
    must(duties.confirms_people, request)
    if request.method != "POST":
        return _page(request)
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise Http404
    whom = as_id(request.POST.get("person", "")) or UUID(int=0)
    try:
        ACTS[act](request.person.id, whom, request.moment)
    except EnrolmentError as refused:
        return _page(request, refusals.trouble(refused))
    return HttpResponseRedirect(f"/people/confirm/?done={SAID[act]}")


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    mine = confirming.to_confirm(request.person.id, wired().recertify, request.moment)
    given = {
        "lines": [_line(one, see) for one in mine],
        "trouble": trouble,
        "said": words.done(request.GET.get("done", "")),
    }
    return render(request, "people_confirm.html", given, status=422 if trouble else 200)


def _line(one: Outsider, see: Moments) -> Line:
    when = {"when": see.day(one.due)}
    overdue = one.due <= see.now
    due = _("to be confirmed since %(when)s") if overdue else _("next time by %(when)s")
    return Line(
        one.person.hex,
        one.name,
        [words.role(role) for role in one.roles],
        due % when,
        "bad" if overdue else "",
        one.reported,
    )
