"""The overview: what asks for a person's attention, in sections by role.

A room that has something to ask adds a function to SECTIONS; it returns None when it has nothing
to say to this person at all.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import approvals, doors, overview, permits, seen
from vaiti.access.destroying import may_order
from vaiti.access.doors import Unprepared
from vaiti.access.limits import limits
from vaiti.access.permits import PermitCard
from vaiti.access.seen import Heard, Wanted
from vaiti.audit.reading import LogEntry
from vaiti.due import alarms
from vaiti.people import book, confirming, duties, recertify
from vaiti.register.filters import Filters
from vaiti.retention import order_cards
from vaiti.retention.order_rules import OF_A_PERSON
from vaiti.web import auditing, queue
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, between
from vaiti.web.places import DESK, places_of
from vaiti.web.sections import Line, Section
from vaiti.web.wording import access_words, destruction_words, words

AGENTS = frozenset({"service_agent", "sales_agent"})
MOST_CALLS = 6
DPO, MANAGER = frozenset({"dpo"}), frozenset({"manager"})
LEAD, ADMINISTRATOR = frozenset({"security_lead"}), frozenset({"administrator"})
AUDITOR = frozenset({"auditor"})
MOST_LINES = 8
FORTNIGHT = timedelta(days=14)


Make = Callable[[SignedIn, Moments], Section]


@only("GET")
def desk(request: SignedIn) -> HttpResponseBase:
    if DESK not in places_of(request.person.roles):
        raise Http404
    see = Moments.at(request.moment)
    try:
        made = [make(request, see) for roles, make in SECTIONS if roles & request.person.roles]
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    return render(request, "desk.html", {"sections": made})


def latest_calls(request: SignedIn, see: Moments) -> Section:
    page = doors.list_calls(request.person.id, Filters(see.zone), None, request.moment)
    lines = [
        Line(
            title=see.day_and_time(leg.started_at),
            detail=f"{words.direction(leg.call.direction)} · {leg.call.line_label}"
            f" · {between(leg.started_at, leg.ended_at)}",
            href=f"/calls/{leg.call.id.hex}/",
        )
        for leg in page.rows[:MOST_CALLS]
    ]
    nothing = _("Your calls appear here within a minute of their end.")
    return Section(_("Your latest calls"), nothing, lines, "/calls/", _("All your calls"))


def to_decide(request: SignedIn, see: Moments) -> Section:
    """The one inbox: everything that waits for this person's word, the oldest first."""
    found = approvals.inbox(request.person.id, request.moment).waiting
    lines = [
        Line(
            title=_("%(who)s asks to hear a call for security: incident %(reference)s")
            % {"who": one.person, "reference": one.reference},
            detail=_("asked on %(asked)s; answer by %(until)s")
            % {"asked": see.day_and_time(one.asked_at), "until": see.day_and_time(one.until)},
            href=f"/incidents/{one.incident.hex}/",
            answers=f"/approvals/{one.id.hex}",
        )
        for one in found
    ]
    lines += [_permit(one, see) for one in permits.inbox(request.person.id, see.now).waiting]
    lines += [
        Line(
            title=_("Confirm %(team)s: is everybody in it your people?") % {"team": one.name},
            detail=_("due on %(day)s") % {"day": see.day(one.due)},
            href="/team/",
            mark=_("overdue") if one.due <= see.now else "",
            mood="bad",
        )
        for one in _to_confirm(request)
    ]
    lines += [
        Line(
            title=_("Confirm %(name)s: rightly here, with these roles?") % {"name": one.name},
            detail=_("due on %(day)s") % {"day": see.day(one.due)},
            href="/people/confirm/",
            mark=_("overdue") if one.due <= see.now else "",
            mood="bad",
        )
        for one in _outside(request)[:MOST_LINES]
    ]
    lines += _destructions(request, see)
    nothing = _("Nothing waits for your decision. Requests appear here as they are made.")
    return Section(_("To decide"), nothing, lines)


def _destructions(request: SignedIn, see: Moments) -> list[Line]:
    """Planned, and not by this person where a second one has to approve."""
    if not may_order(request.person.id, request.moment):
        return []
    mine = request.person.id.hex
    return [
        Line(
            title=_("Destroy calls before their day: %(reason)s")
            % {"reason": destruction_words.reason(one.reason)},
            detail=_("planned on %(moment)s; calls: %(count)s")
            % {"moment": see.day_and_time(one.planned_at), "count": one.calls},
            href=f"/destruction/{one.id.hex}/",
        )
        for one in order_cards.planned()
        if one.planned_by != mine or one.reason not in OF_A_PERSON
    ][:MOST_LINES]


def _permit(one: PermitCard, see: Moments) -> Line:
    """Answered where there is room for a reason."""
    return Line(
        title=_("%(who)s asks to hear a call: %(purpose)s, %(reference)s")
        % {"who": one.person, "purpose": words.purpose(one.purpose), "reference": one.reference},
        detail=_("asked on %(asked)s; answer by %(until)s")
        % {"asked": see.day_and_time(one.asked_at), "until": see.day_and_time(one.until)},
        href="/approvals/",
    )


def _to_confirm(request: SignedIn) -> list[recertify.Led]:
    """Those of the person's teams that are due within a fortnight, or late; managers have some."""
    led = recertify.led_by(request.person.id, wired().recertify, request.moment)
    return [one for one in led if one.due <= request.moment + FORTNIGHT]


def _outside(request: SignedIn) -> list[confirming.Outsider]:
    """The people outside teams whom this person confirms: due within a fortnight, or late."""
    if not duties.confirms_people(request.person.roles):
        return []
    mine = confirming.to_confirm(request.person.id, wired().recertify, request.moment)
    return [one for one in mine if one.due <= request.moment + FORTNIGHT]


def in_queue(request: SignedIn, see: Moments) -> Section:
    lines = [Line(one.title, one.about, href=one.href) for one in queue.waiting(request)]
    nothing = _("Everything has been looked at.")
    return Section(_("To look at"), nothing, lines[:MOST_LINES], "/queue/", _("The whole queue"))


def who_listened(request: SignedIn, see: Moments) -> Section:
    """What is new stands first and is counted; the newest of the last 30 days follow."""
    person, now = request.person.id, request.moment
    fresh = seen.count_new(person, now)
    wanted = Wanted(begins=now - seen.BACK)
    found = seen.listened_to(person, now, wanted, most=MOST_CALLS).rows
    lines = [_news(fresh)] if fresh else []
    lines += [_heard(one, see) for one in found]
    nothing = _("Nobody else has listened to your calls in the last 30 days.")
    title = _("Who has listened to your calls")
    return Section(title, nothing, lines, "/listened/", _("All of them"))


def _news(count: int) -> Line:
    said = ngettext("%(count)d new listening", "%(count)d new listenings", count)
    since = _("since you last looked")
    return Line(said % {"count": count}, since, "/listened/", _("new"), "warn")


def _heard(one: Heard, see: Moments) -> Line:
    told = one.listening
    return Line(
        title=_("The call of %(moment)s") % {"moment": see.day_and_time(one.started_at)},
        detail=f"{words.listener(told.rule, told.by)} · {words.purpose(told.purpose)}"
        f" · {see.day_and_time(told.at)}",
        href=f"/calls/{one.call.hex}/",
    )


def held_back(request: SignedIn, see: Moments) -> Section:
    """Where the settings let agents be told later: in which matter, and on which ground."""
    telling = limits().telling
    lines = [
        Line(
            title=access_words.matter(one.kind, one.reference),
            detail=ngettext("%(count)d listening", "%(count)d listenings", one.listenings)
            % {"count": one.listenings}
            + " · "
            + telling.ground,
            mark=_("held back"),
            mood="warn",
        )
        for one in seen.held_back(request.person.id, request.moment)
    ]
    if telling.hold_back:
        nothing = _("Agents have been told of every listening.")
    else:
        nothing = _("Agents are told of every listening at once. The settings hold nothing back.")
    return Section(_("Listenings that agents are not told of yet"), nothing, lines)


def own_listening(request: SignedIn, see: Moments) -> Section:
    counts = seen.own_listenings(request.person.id, request.moment)
    lines = [
        Line(
            title=words.purpose(purpose),
            detail=ngettext("%(count)d time", "%(count)d times", count) % {"count": count},
        )
        for purpose, count in sorted(counts.items())
    ]
    nothing = _("You have not listened to anything in the last 30 days.")
    return Section(_("Your own listening in 30 days"), nothing, lines)


def teams_to_confirm(request: SignedIn, see: Moments) -> Section:
    led = recertify.led_by(request.person.id, wired().recertify, request.moment)
    lines = [_review(one, one.name, see) for one in led]
    nothing = _("You lead no team just now.")
    return Section(_("Teams that you confirm"), nothing, lines, "/team/", _("My team"))


def overdue_reviews(request: SignedIn, see: Moments) -> Section:
    late = [
        one
        for one in recertify.leaderships(wired().recertify, request.moment)
        if one.due <= request.moment
    ]
    names = book.names(one.leader for one in late)
    lines = [_review(one, f"{one.name} · {names[one.leader]}", see) for one in late]
    return Section(_("Overdue reviews"), _("Every leader has confirmed their teams."), lines)


def _review(one: recertify.Led, title: str, see: Moments) -> Line:
    day = {"day": see.day(one.due)}
    if one.due <= see.now:
        return Line(title, _("was due on %(day)s") % day, mark=_("overdue"), mood="bad")
    return Line(title, _("due on %(day)s") % day)


def standing_alarms(request: SignedIn, see: Moments) -> Section:
    lines = [
        Line(
            title=words.alarm(one.kind),
            detail=_("since %(moment)s") % {"moment": see.day_and_time(one.raised_at)},
            mark=_("standing"),
            mood="warn",
        )
        for one in alarms.standing()
    ]
    return Section(_("Alarms"), _("No alarm is standing."), lines, "/state/", _("State"))


def newest_refusals(request: SignedIn, see: Moments) -> Section:
    found = overview.refusals(request.person.id, request.moment)
    names = book.names(_persons(found))
    lines = [
        Line(
            title=words.act(one.kind),
            detail=f"{_name(one.actor, names)} · {see.day_and_time(one.at)}",
        )
        for one in found
    ]
    nothing = _("Nobody has been refused anything.")
    return Section(_("Newest refusals"), nothing, lines, "/log/", _("The whole log"))


def _persons(entries: Iterable[LogEntry]) -> list[UUID]:
    return [UUID(hex=one.actor) for one in entries if len(one.actor) == 32]


def _name(actor: str, names: dict[UUID, str]) -> str:
    return names.get(UUID(hex=actor), actor) if len(actor) == 32 else actor


SECTIONS: tuple[tuple[frozenset[str], Make], ...] = (
    (MANAGER | DPO | LEAD | ADMINISTRATOR, to_decide),
    (DPO, in_queue),
    (ADMINISTRATOR, standing_alarms),
    (AUDITOR, auditing.open_alerts),
    (DPO | AUDITOR, newest_refusals),
    (DPO, overdue_reviews),
    (DPO, held_back),
    (DPO | AUDITOR, auditing.the_log),
    (AUDITOR, auditing.destruction),
    (AUDITOR, auditing.reports),
    (AUDITOR, auditing.own_samples),
    (AUDITOR, auditing.training),
    (MANAGER, teams_to_confirm),
    (MANAGER, own_listening),
    (AGENTS, latest_calls),
    (AGENTS, who_listened),
)
"""Who is shown what, in the order of the page."""
