"""For how long calls are kept: versions of the rule, and the officer's decision on the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from vaiti.access.errors import NotVisible
from vaiti.access.periods import may_decide, see_periods
from vaiti.notice import lines, rules, versions
from vaiti.notice.rules import Rule, RuleDecided
from vaiti.people import book
from vaiti.retention import periods as verbs
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.numbers import write_whole

DAYS_LISTED = 14
HEX = 32  # characters of a person in the log; others are programs of ours
ACTS = ("approve", "refuse")
STATES = {
    "waiting": gettext_noop("waits for a decision"),
    "approved": gettext_noop("approved"),
    "refused": gettext_noop("refused"),
    "withdrawn": gettext_noop("withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """A decided version in words."""

    number: int
    months: str
    state: str
    good: bool
    at: str
    by: str
    done: str


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    label: str
    calls: int
    shortened: int
    at_once: int


@only("GET", "POST")
def periods(request: SignedIn) -> HttpResponseBase:
    """A POST names the version and says `act`; approving asks once more."""
    try:
        decides = see_periods(request.person.id, request.moment)
        if request.method != "POST":
            return _page(request, decides=decides)
        may_decide(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    form = request.POST
    number, act = form.get("number", ""), form.get("act", "")
    if act not in ACTS or not (number.isascii() and number.isdigit() and len(number) < 7):
        return HttpResponseRedirect("/keeping/")
    if act == "approve" and "sure" not in form:
        return _ask(request, int(number))
    try:
        verbs.decide(
            int(number), approved=act == "approve", by=request.person.id.hex, now=request.moment
        )
    except RuleDecided:
        return _page(request, decides=decides, trouble=_gone())
    return HttpResponseRedirect("/keeping/")


def _gone() -> Trouble:
    return Trouble(
        _("Nothing was decided"),
        _("This version does not wait for a decision any more. Look at what stands now."),
    )


def _ask(request: SignedIn, number: int) -> HttpResponse:
    waits = rules.waiting()
    if waits is None or waits.number != number:
        return _page(request, decides=True, trouble=_gone())
    many = waits.counts["at_once"]
    sentence = ngettext(
        "%(count)d call is destroyed at once, and every other goes on its nearer day. "
        "This cannot be undone.",
        "%(count)d calls are destroyed at once, and every other goes on its nearer day. "
        "This cannot be undone.",
        many,
    )
    given = {
        "title": _("Keep calls for %(months)s only?") % {"months": months_told(waits.months)},
        "sentence": sentence % {"count": many},
        "button": _("Approve it"),
        "act": "/keeping/",
        "back": "/keeping/",
        "fields": [("number", number), ("act", "approve")],
    }
    return render(request, "person_confirm.html", given)


def _page(request: SignedIn, *, decides: bool, trouble: Trouble | None = None) -> HttpResponse:
    see, notice = Moments.at(request.moment), versions.in_force(request.moment)
    found = rules.every()
    people = {one.decided_by for one in found if len(one.decided_by) == HEX}
    names = {who.hex: name for who, name in book.names(map(UUID, people)).items()}
    standing = rules.last_approved()
    told = notice.retention_months if notice else 0
    kept = min(told, standing.months) if standing else told
    waits = next((one for one in found if one.decision == "waiting"), None)
    given = {
        "told": months_told(told),
        "kept": months_told(kept),
        "shorter": kept < told,
        "waits": waits,
        "decides": decides,
        "trouble": trouble,
        "versions": [_version(one, names, see) for one in found if one.decision != "waiting"],
        **(_ahead(waits, see) if waits else {}),
    }
    return render(request, "periods.html", given, status=422 if trouble else 200)


def months_told(count: int) -> str:
    return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}


def _ahead(waits: Rule, see: Moments) -> dict[str, object]:
    counts = waits.counts
    days = sorted((date.fromisoformat(day), many) for day, many in counts["days"].items())
    return {
        "wanted": months_told(waits.months),
        "counts": counts,
        "asked": see.day_and_time(waits.proposed_at),
        "counted": see.day_and_time(waits.counted_at),
        "earliest": _moment(counts["earliest"], see),
        "latest": _moment(counts["latest"], see),
        "days": [(dates.write_day(day), many) for day, many in days[:DAYS_LISTED]],
        "more_days": _later(sum(many for _day, many in days[DAYS_LISTED:])),
        "lines": _lines(counts["lines"]),
    }


def _later(count: int) -> str:
    told = ngettext("%(count)d more call on later days.", "%(count)d more on later days.", count)
    return told % {"count": count} if count else ""


def _moment(text: str, see: Moments) -> str:
    return see.day_and_time(datetime.fromisoformat(text)) if text else ""


def _lines(counted: Mapping[str, Any]) -> list[Line]:
    known = {one.line.id.hex: one.line for one in lines.entries()}
    return [
        Line(write_whole(known[line].number), known[line].label, *counts)
        for line, counts in sorted(counted.items(), key=lambda pair: known[pair[0]].number)
    ]


def _version(one: Rule, names: Mapping[str, str], see: Moments) -> Version:
    shortened = ngettext(
        "%(count)d call has a nearer day.", "%(count)d calls have a nearer day.", one.shortened
    )
    told = shortened % {"count": one.shortened}
    if one.decision == "approved" and one.applied_at is None:
        told = _("It is being carried out.")
    return Version(
        one.number,
        months_told(one.months),
        _(STATES[one.decision]),
        one.decision == "approved",
        see.day_and_time(one.decided_at or one.proposed_at),
        names.get(one.decided_by, ""),
        told if one.decision == "approved" else "",
    )
