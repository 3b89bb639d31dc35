"""The inbox of who decides on others' listening, and everyone's own requests."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import approvals, permits
from vaiti.access.approvals import ApprovalCard
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.permit_rules import MAX_REASON
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.permits import MOODS, permit
from vaiti.web.wording import access_words


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in words. `incident` and `call` are the ids in their addresses."""

    id: str
    who: str
    reference: str
    incident: str
    call: str
    asked: str
    until: str
    state: str
    label: str
    mood: str
    by: str


BACK = {"desk": "/desk/"}
"""Where a form stood, so that whoever answered comes back there."""


@only("GET")
def inbox(request: SignedIn) -> HttpResponseBase:
    return _page(request)


@only("POST")
def answer(request: SignedIn, approval_id: str) -> HttpResponseBase:
    """`answer` is yes, no, or back, for an approval taken back; nothing else is taken for one."""
    given, asked_id = request.POST.get("answer", ""), UUID(hex=approval_id)
    if given not in ("yes", "no", "back"):
        return errors.show(request, "bad")
    try:
        if given == "back":
            approvals.withdraw(request.person.id, asked_id, request.moment)
        else:
            allow = given == "yes"
            approvals.answer(request.person.id, asked_id, allow=allow, now=request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, _trouble(error))
    return HttpResponseRedirect(BACK.get(request.POST.get("from", ""), "/approvals/"))


@only("POST")
def answer_permit(request: SignedIn, permit_id: str) -> HttpResponseBase:
    """`answer` is yes, no, or back, for a yes taken back; nothing else is taken for one."""
    word, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
    if word not in ("yes", "no", "back"):
        return errors.show(request, "bad")
    reason = " ".join(reason.split())[: MAX_REASON + 1]
    try:
        permits.answer(request.person.id, UUID(hex=permit_id), word, reason, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, _trouble(error))
    return HttpResponseRedirect("/approvals/")


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    found = approvals.inbox(request.person.id, request.moment)
    asked_of = permits.inbox(request.person.id, request.moment)
    given = {
        "permits": [permit(one, request.moment) for one in asked_of.waiting],
        "permits_given": [permit(one, request.moment) for one in asked_of.given],
        "own_permits": [permit(one, request.moment) for one in asked_of.own],
        "answers": found.answers,
        "waiting": [asked(one, request.moment) for one in found.waiting],
        "own": [asked(one, request.moment) for one in found.own],
        "trouble": trouble,
    }
    return render(request, "approvals.html", given, status=422 if trouble else 200)


def _trouble(error: MandateError) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))


def asked(one: ApprovalCard, now: datetime) -> Asked:
    see = Moments.at(now)
    return Asked(
        id=one.id.hex,
        who=one.person,
        reference=one.reference,
        incident=one.incident.hex,
        call=one.call.hex,
        asked=see.day_and_time(one.asked_at),
        until=see.day_and_time(one.until),
        state=one.state.value,
        label=access_words.approval(one.state.value),
        mood=MOODS[one.state.value],
        by=one.by,
    )
