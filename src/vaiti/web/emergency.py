"""Emergency access: opened with a reason, seen by all who look after it, ended at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import emergencies as verbs
from vaiti.access.emergencies import EmergencyCard
from vaiti.access.emergency_rules import MAX_REASON, Stands
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.wording import access_words


@dataclass(frozen=True, slots=True)
class Emergency:
    """One of them in words. `calls` are the ids in their addresses."""

    id: str
    who: str
    matter: str
    reason: str
    opened: str
    until: str
    stands: bool
    used: int
    seen: str
    may_look: bool
    may_end: bool
    calls: list[str]


@only("GET", "POST")
def page(request: SignedIn) -> HttpResponseBase:
    if request.method == "GET":
        return _page(request)
    given = request.POST
    reference, hours = given.get("reference", "").strip(), given.get("hours", "")
    reason = " ".join(given.get("reason", "").split())[: MAX_REASON + 1]
    number = int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 3 else 0
    strong = request.visit.strong
    try:
        verbs.open_emergency(
            request.person.id, reference[:80], reason, number, strong=strong, now=request.moment
        )
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        typed = {"reference": reference[:40], "reason": reason, "hours": hours[:2]}
        return _page(request, _trouble(error), typed)
    return HttpResponseRedirect("/emergency/")


@only("POST")
def act(request: SignedIn, emergency_id: str) -> HttpResponseBase:
    """`act` is look or end; nothing else is taken for one."""
    name = request.POST.get("act", "")
    if name not in ACTS:
        return errors.show(request, "bad")
    try:
        ACTS[name](request.person.id, UUID(hex=emergency_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, _trouble(error))
    return HttpResponseRedirect("/emergency/")


ACTS: dict[str, Callable[[UUID, UUID, datetime], None]] = {"look": verbs.look, "end": verbs.end}


def _trouble(error: MandateError) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))


def _page(
    request: SignedIn, trouble: Trouble | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    try:
        view = verbs.emergencies(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    rules, see = limits().emergency, Moments.at(request.moment)
    given = {
        "emergencies": [_emergency(one, see) for one in view.cards],
        "may_open": view.may_open,
        "strong": request.visit.strong,
        "stands_for": [access_words.stands_for(one) for one in Stands if one in rules.standing_for],
        "longest": rules.longest_hours,
        "typed": typed or {"hours": "1"},
        "trouble": trouble,
    }
    return render(request, "emergency.html", given, status=422 if trouble else 200)


def _emergency(one: EmergencyCard, see: Moments) -> Emergency:
    told = {"name": one.seen_by, "moment": see.day_and_time(one.seen_at) if one.seen_at else ""}
    return Emergency(
        id=one.id.hex,
        who=one.person,
        matter=access_words.matter(one.kind, one.reference),
        reason=one.reason,
        opened=see.day_and_time(one.opened_at),
        until=see.day_and_time(one.ends_at),
        stands=one.stands,
        used=one.used,
        seen=_("Seen by %(name)s on %(moment)s") % told if one.seen_by else "",
        may_look=one.may_look,
        may_end=one.may_end,
        calls=[call.hex for call in one.calls],
    )
