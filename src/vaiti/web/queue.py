"""The officer's one queue: what to look at, what to do about it, and who has seen it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import alerts as misuse_alerts
from vaiti.access import emergencies, spot_checks
from vaiti.access import queue as verbs
from vaiti.access.errors import NotVisible
from vaiti.access.queue import Item, Seen
from vaiti.due import alarms
from vaiti.people import attention, book, confirming, widening
from vaiti.retention import holds, periods
from vaiti.rights.breaches import book as breaches
from vaiti.rights.case_alarms import ALARMS, SECOND_LOOK, WAITS
from vaiti.rights.clock import Stage
from vaiti.rights.law import watch as law
from vaiti.rights.mail.arriving import AFTER
from vaiti.rights.mail.canaries import LOST
from vaiti.rights.mail.dismissing import ALARM as DISMISSED
from vaiti.web import dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words, words

WIDENED, OVERDUE, REPORTED = widening.ALARM, confirming.OVERDUE, confirming.REPORTED
BREACHES = (breaches.WAITS, breaches.OVERDUE)
LAW = (law.DUE, law.SECRET, law.COMPLAINT_DUE)
ALL_OF_CASES = (*ALARMS, AFTER, DISMISSED)
ELSEWHERE = (misuse_alerts.ALARM, holds.ALARM, SECOND_LOOK)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item in words. `undo` is where an approval can be taken back.

    `elsewhere`: it ends with an answer on the page that it leads to, and not with a look at it.
    """

    code: str
    count: int
    title: str
    about: str
    todo: str
    href: str
    link: str
    undo: str
    seen: str
    at: datetime
    elsewhere: bool = False


@only("GET")
def queue(request: SignedIn) -> HttpResponseBase:
    return _page(request, again=False)


@only("POST")
def seen(request: SignedIn) -> HttpResponseBase:
    """`item` and `count` as they were shown; what happened again since is not marked."""
    code, count = request.POST.get("item", ""), request.POST.get("count", "")
    shown = {one.code: one.count for one in waiting(request) if not one.elsewhere}
    if str(shown.get(code, "")) != count or not count:
        return _page(request, again=True)
    if code.startswith("alarm:"):
        _end_alarm(request, UUID(hex=code.removeprefix("alarm:")))
    verbs.mark(request.person.id, code, int(count), request.moment)
    return HttpResponseRedirect("/queue/#waiting")  # so that Tab goes on at the next item


def _end_alarm(request: SignedIn, alarm_id: UUID) -> None:
    """One on an event ends with being seen; one on a state with the state."""
    standing = alarms.standing()
    one = next((each for each in standing if each.id == alarm_id), None)
    if one is None or not one.event:
        return
    earlier = [each for each in filter(_by_stage, standing) if _case(each) == _case(one)]
    for each in earlier if _by_stage(one) else [one]:
        attention.mark_seen(request.person.id, each.id, each.count, request.moment)


def waiting(request: SignedIn) -> list[Entry]:
    """What nobody has marked as seen, the oldest first. Raises Http404."""
    return [one for one in _all(request) if not one.seen]


def _all(request: SignedIn) -> list[Entry]:
    try:
        found = verbs.from_log(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    see, opened = Moments.at(request.moment), emergencies.waiting()
    standing = _latest([one for one in alarms.standing() if one.kind != emergencies.ALARM])
    codes = [one.code for one in found] + [_code(one) for one in standing]
    looks = verbs.looks(codes)
    known = [*filter(None, map(_as_person, _actors(found))), *(one.person_id for one in opened)]
    names = book.names(known)
    entries = [_from_log(one, looks.get(one.code), names, see) for one in found]
    entries += [_from_alarm(one, looks.get(_code(one)), see) for one in standing]
    entries += [_from_emergency(one, names[one.person_id], see) for one in opened]
    return sorted(entries, key=lambda one: (one.at, one.code))


def _latest(standing: list[alarms.Standing]) -> list[alarms.Standing]:
    """A case that has reached a further stage waits once, and not once a stage."""
    last = {_case(one): one for one in sorted(filter(_by_stage, standing), key=_stage)}
    return [one for one in standing if not _by_stage(one) or last[_case(one)] is one]


def _by_stage(one: alarms.Standing) -> bool:
    return one.kind == WAITS


def _case(one: alarms.Standing) -> str:
    return one.key.partition(":")[0]


def _stage(one: alarms.Standing) -> int:
    return list(Stage).index(Stage(one.key.partition(":")[2]))


def _actors(found: tuple[Item, ...]) -> list[str]:
    return [one.actor for one in found] + [str(one.facts.get("person", "")) for one in found]


def _as_person(text: str) -> UUID | None:
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def _code(alarm: alarms.Standing) -> str:
    return f"alarm:{alarm.id.hex}"


def _page(request: SignedIn, *, again: bool) -> HttpResponse:
    entries = _all(request)
    given = {
        "waiting": [one for one in entries if not one.seen],
        "looked_at": [one for one in reversed(entries) if one.seen],
        "again": again,
    }
    return render(request, "queue.html", given, status=409 if again else 200)


def _from_log(item: Item, look: Seen | None, names: dict[UUID, str], see: Moments) -> Entry:
    title, todo, href, link, undo = _SAID.get(item.kind, _refused)(item)
    who = names.get(_as_person(item.actor) or UUID(int=0), "") or words.doer(item.actor)
    whom = names.get(_as_person(str(item.facts.get("person", ""))) or UUID(int=0), "")
    about = " · ".join(filter(None, (who, whom, _age(item.at, see))))
    seen = _seen(look, see) if look is not None and look.count >= item.count else ""
    return Entry(item.code, item.count, title, about, todo, href, link, undo, seen, item.at)


Said = tuple[str, str, str, str, str]
"""Title, what to do, where, what that link is called, where to take it back."""


def _refused(item: Item) -> Said:
    title = ngettext(
        "%(count)d refusal of a call or a recording",
        "%(count)d refusals of calls or recordings",
        item.count,
    )
    todo = _("See in the log what they tried. Ask them why if it was not theirs to hear.")
    href = f"/log/?kind={item.kind}&actor={item.actor}"
    return title % {"count": item.count}, todo, href, _("In the log"), ""


def _approved(item: Item) -> Said:
    reference = {"reference": item.facts.get("reference", "")}
    title = _("Listening for security was approved: incident %(reference)s") % reference
    todo = _("Take a second look. If the call is not needed for it, take the approval back.")
    undo = f"/approvals/{item.facts['approval']}"
    return title, todo, "/approvals/", _("Approvals"), undo


def _sampled(item: Item) -> Said:
    numbers = {"calls": item.facts.get("calls", 0), "among": item.facts.get("among", 0)}
    title = _("An auditor drew a sample of calls: %(calls)s of %(among)s") % numbers
    todo = _("See for which period, and whether it fits what the audit is about.")
    return title, todo, f"/samples/{item.subject}/", _("The sample"), ""


def _token(item: Item) -> Said:
    told = {"name": item.facts.get("name", ""), "scopes": item.facts.get("scopes", "")}
    title = _("A token of the API was granted: %(name)s, for %(scopes)s") % told
    todo = _("See whether its owner needs it. If not, have an administrator end it.")
    return title, todo, "/programs/", _("The tokens"), ""


def _silenced(item: Item) -> Said:
    title = _("A passage of a recording was silenced for good")
    todo = _("See in the log how long it is and why, and ask about it if it was no such matter.")
    return title, todo, f"/log/?kind={item.kind}&actor={item.actor}", _("In the log"), ""


_SAID: dict[str, Callable[[Item], Said]] = {
    "access:approval:given": _approved,
    "access:sample:drawn": _sampled,
    "access:token:granted": _token,
    "call:passage:silencing": _silenced,
}


def _from_alarm(one: alarms.Standing, look: Seen | None, see: Moments) -> Entry:
    """What is so stays seen while it lasts; what happens comes back when it happens again."""
    count = one.count if one.event or one.kind == WIDENED else 1
    todo, href, link = _about_alarm(one)
    looked = look is not None and look.count >= count and one.kind not in ELSEWHERE
    seen = _seen(look, see) if look is not None and looked else ""
    about = " · ".join((*_which_case(one), _age(one.raised_at, see)))
    title = words.alarm(one.kind)
    told = (title, about, todo, href, link, "", seen)
    return Entry(_code(one), count, *told, one.raised_at, elsewhere=one.kind in ELSEWHERE)


def _from_emergency(one: emergencies.Waiting, name: str, see: Moments) -> Entry:
    """From the book itself, so that it is there in the moment in which it was opened."""
    about = f"{name} · {one.reference} · {_age(one.opened_at, see)}"
    todo = _("Read why it could not wait and whether it was used, and say so there.")
    told = (words.alarm(emergencies.ALARM), about, todo, f"/emergency/#e-{one.id.hex}")
    code, link = f"emergency:{one.id.hex}", _("Emergency access")
    return Entry(code, 1, *told, link, "", "", one.opened_at, elsewhere=True)


def _about_alarm(one: alarms.Standing) -> tuple[str, str, str]:
    ids = one.key.split(":")
    if one.kind == WIDENED:
        todo = _("See whether each of them should hear that, and mark them as seen there.")
        return todo, "/people/widened/", _("The widenings")
    if one.kind == widening.FACTORS_REMOVED:
        todo = _("Ask this person whether they had lost them.")
        return todo, f"/people/{ids[0]}/", _("The person")
    if one.kind == misuse_alerts.ALARM:
        todo = _("Read why, ask the one who listened, and answer it there.")
        return todo, f"/alerts/{one.key}/", _("The listening to explain")
    if one.kind == spot_checks.ALARM:
        todo = _("Remind the one who listened, or answer it there.")
        return todo, "/alerts/", _("Listening to explain")
    if one.kind == holds.ALARM:
        todo = _("See whether it is still needed; prolong it or end it there.")
        return todo, f"/holds/{one.key}/", _("The hold")
    if one.kind == periods.WAITING:
        todo = _("Read what it would do to the calls there are, and decide there.")
        return todo, "/keeping/", _("Time of storage")
    if one.kind == OVERDUE:
        todo = _("Ask the manager to confirm the team, or have somebody else lead it.")
        return todo, f"/people/{ids[-1]}/", _("The manager")
    if one.kind == REPORTED:
        todo = _("An administrator puts it right. See that it happens.")
        return todo, f"/people/{ids[0]}/", _("The person")
    if one.kind in (*ALL_OF_CASES, *BREACHES, *LAW):
        return _about_case(one.kind, ids[0])
    return _about_machinery(one), "/state/", _("State")


def _about_machinery(one: alarms.Standing) -> str:
    if one.kind != LOST:
        return _("See with the administrators that its cause is mended.")
    todo = _(
        "Requests mailed to %(address)s may be lost. Have the mailbox mended today, and look "
        "there for what came meanwhile."
    )
    return todo % {"address": one.key}


def _about_case(kind: str, key: str) -> tuple[str, str, str]:
    if kind in BREACHES:
        todo = _("Judge the risk, and tell the authority in time.")
        return todo, f"/breaches/{key}/", _("The breach")
    todo = _("See with the rights handlers that it goes on.")
    if kind in LAW:
        where = "complaints" if kind == law.COMPLAINT_DUE else "disclosures"
        return todo, f"/{where}/{key}/", _("The matter")
    if kind == SECOND_LOOK:
        todo = _("Read the reasons, and agree or send it back.")
    if kind == AFTER:
        todo = _("See whether the person asks for something new. If so, have a case opened for it.")
    if kind == DISMISSED:
        todo = _("Read the mail. If it asks for something, have a case opened as of its arrival.")
    return todo, _case_of(key), _("The case")


def _which_case(one: alarms.Standing) -> Iterator[str]:
    """Its number and how far it has come, as the alarm tells them."""
    told = dict(part.partition("=")[::2] for part in one.detail.split())
    if one.kind in ALL_OF_CASES and "number" in told:
        yield told["number"]
    if _by_stage(one):
        yield case_words.word(case_words.STAGES, told["stage"])


def _case_of(key: str) -> str:
    return f"/cases/{key}/" if _as_person(key) else "/cases/"


def _age(at: datetime, see: Moments) -> str:
    days = -dates.days_until(at, see.now, see.zone)
    if days < 1:
        return see.day_and_time(at)
    since = ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    return f"{see.day_and_time(at)} · {since}"


def _seen(look: Seen, see: Moments) -> str:
    told = {"name": look.name, "moment": see.day_and_time(look.at)}
    return _("Seen by %(name)s on %(moment)s") % told
