"""What an auditor comes for, as sections of the overview: counts, days and roots, and no names."""

from collections import Counter
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import alerts, overview, samples
from vaiti.audit import counting, following, verified
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.audit.summary import summary
from vaiti.due import alarms
from vaiti.people.coverage import ready_at
from vaiti.promises.older import scan
from vaiti.values.clock import from_micros
from vaiti.web import dates
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.proof import LONG, way_of
from vaiti.web.sections import Line, Section
from vaiti.web.wording import words

DAY = timedelta(days=1)
OLD = timedelta(days=31)  # a verification; docs/audit.md
MOST = 3
"""How many of each kind of paper stand in the overview; all of them have pages of their own."""


def open_alerts(request: SignedIn, see: Moments) -> Section:
    """By kind and number: what they are about is the officer's to look at."""
    standing = Counter(words.alarm(one.kind) for one in alarms.standing())
    lines = [
        Line(title, _("standing: %(count)d") % {"count": count}, mark=str(count), mood="warn")
        for title, count in sorted(standing.items())
    ]
    if unanswered := len(alerts.waiting()):
        said = _("not answered by the officer yet: %(count)d") % {"count": unanswered}
        title = _("Listening to explain")
        lines.append(Line(title, said, mark=str(unanswered), mood="warn"))
    nothing = _("No alarm is standing, and every listening that was asked about is answered.")
    return Section(_("Alerts that are open"), nothing, lines)


def the_log(request: SignedIn, see: Moments) -> Section:
    found = summary()
    lines = []
    if found.at is not None:
        entries = ngettext("%(count)d entry", "%(count)d entries", found.size)
        signed = _("signed on %(moment)s") % {"moment": see.day_and_time(found.at, seconds=True)}
        lines.append(Line(entries % {"count": found.size}, signed, mark=_("signed"), mood="good"))
        lines += [_verified(see), *_grown(see), *_outside(see)]
    if found.waiting:
        waiting = ngettext("%(count)d entry waits", "%(count)d entries wait", found.waiting)
        lines.append(
            Line(waiting % {"count": found.waiting}, _("for their place in the next checkpoint"))
        )
    nothing = _("Nothing has been signed yet.")
    return Section(_("The log"), nothing, lines, "/log/", _("The whole log"))


def _verified(see: Moments) -> Line:
    """The last `vaiti audit verify` on the machine. What an auditor does elsewhere is not known."""
    found = verified.newest()
    if found is None:
        title = _("Nobody has verified the whole log on this machine yet")
        told = _("Whoever runs it does so with the command vaiti audit verify.")
        return Line(title, told, "/proof/", _("not yet"), "warn")
    looked = ngettext("%(count)d entry looked at", "%(count)d entries looked at", found.looked)
    when = _("on %(moment)s") % {"moment": see.day_and_time(found.at)}
    told = f"{when} · {looked % {'count': found.looked}}"
    if found.problems:
        title = _("The log was verified, and it is not whole")
        return Line(title, told, "/proof/", _("broken"), "bad")
    whole, since = _("The whole log was verified"), _("The newer part of the log was verified")
    mark, mood = (_("long ago"), "warn") if see.now - found.at > OLD else (_("verified"), "good")
    return Line(since if found.first else whole, told, "", mark, mood)


def _grown(see: Moments) -> list[Line]:
    """The checkpoint of a day ago, held against the newest one now."""
    ends = counting.checkpoints(see.now - DAY, see.now + DAY)
    if not ends.first_size:
        return []
    told = _("proven just now from the tree: %(first)d entries of then, %(last)d of now") % {
        "first": ends.first_size,
        "last": ends.last_size,
    }
    if ends.grown:
        title = _("The log of yesterday stands unchanged in that of today")
        return [Line(title, told, mark=_("verified"), mood="good")]
    title = _("The log of yesterday does not stand in that of today")
    return [Line(title, _("Have the whole log verified at once."), mark=_("broken"), mood="bad")]


def _outside(see: Moments) -> list[Line]:
    lines = []
    for one in following.outside():
        old = see.now - one.at > LONG
        way = way_of(one.name)
        sent = _("%(count)d entries, sent on %(moment)s") % {
            "count": one.place,
            "moment": see.day_and_time(one.at),
        }
        mark, mood = (_("long ago"), "bad") if old else (_("outside"), "good")
        lines.append(Line(_("Checkpoints: %(way)s") % {"way": way}, sent, "/proof/", mark, mood))
    return lines or [
        Line(
            _("No checkpoint has left this register"),
            _("Keep the newest one yourself: it stands on the page of the log."),
            "/log/",
            _("inside only"),
            "warn",
        )
    ]


def destruction(request: SignedIn, see: Moments) -> Section:
    """The last look for what is too old, and the newest certificates."""
    found = scan.newest()
    lines = []
    if found is not None:
        told = _("looked at every place on %(moment)s") % {"moment": see.day_and_time(found.at)}
        if found.holds:
            title = _("Nothing is older than callers were promised")
            lines.append(Line(title, told, "/proof/", _("proven"), "good"))
        else:
            title = _("Something is too old, or could not be looked at")
            lines.append(Line(title, told, "/proof/", _("look at it"), "bad"))
    lines += [_certificate(one, see) for one in _papers(request, Kind.RETENTION_CERTIFICATE_ISSUED)]
    nothing = _("Nobody has looked yet, and nothing has been destroyed.")
    return Section(_("Destruction"), nothing, lines, "/proof/", _("All days"))


def _certificate(one: LogEntry, see: Moments) -> Line:
    calls = int(one.facts.get("calls", 0))
    said = ngettext("%(count)d call", "%(count)d calls", calls) % {"count": calls}
    issued = _("issued on %(moment)s") % {"moment": see.day_and_time(one.at)}
    if one.subject.startswith("list:"):
        return Line(_("Certificate of listed calls"), f"{said} · {issued}")
    if one.subject.startswith("order:"):
        return Line(_("Certificate of destruction on order"), f"{said} · {issued}")
    day = dates.write_day(date.fromisoformat(one.subject))
    title = _("Certificate of %(day)s") % {"day": day}
    return Line(title, f"{said} · {issued}", f"/proof/{one.subject}/")


def reports(request: SignedIn, see: Moments) -> Section:
    lines = [_report(one, see) for one in _papers(request, Kind.ACCESS_REPORT_MADE)]
    nothing = _("No report has been made yet. Choose a month or a quarter on its page.")
    return Section(_("Last reports"), nothing, lines, "/report/", _("Make a report"))


def _report(one: LogEntry, see: Moments) -> Line:
    begins, ends = (int(one.facts.get(name, 0)) for name in ("begins_us", "ends_us"))
    first = see.day(from_micros(begins))
    last = see.day(from_micros(ends) - timedelta(hours=1))
    made = _("made on %(moment)s") % {"moment": see.day_and_time(one.at)}
    return Line(f"{first}–{last}", made, f"/report/?from={first}&to={last}")


def _papers(request: SignedIn, kind: Kind) -> list[LogEntry]:
    found = overview.papers(request.person.id, kind, request.moment)
    return [one for one in found if not one.removed][:MOST]


def own_samples(request: SignedIn, see: Moments) -> Section:
    cards = samples.samples(request.person.id, request.moment)[0][:MOST]
    lines = [
        Line(
            _("%(calls)d of %(among)d calls") % {"calls": one.calls, "among": one.among},
            _("drawn on %(moment)s") % {"moment": see.day_and_time(one.drawn_at)},
            f"/samples/{one.id.hex}/",
        )
        for one in cards
    ]
    nothing = _("You have drawn no sample yet. Chance picks the calls; you see no agent in them.")
    return Section(_("Your samples"), nothing, lines, "/samples/", _("Draw a sample"))


def training(request: SignedIn, see: Moments) -> Section:
    """Of those with a role now, how many may hear at all."""
    ready = ready_at(request.moment)
    lines = [
        _share(_("Trained"), ready.trained, ready.people),
        _share(_("Bound to secrecy"), ready.sworn, ready.people),
    ]
    label = _("People")
    return Section(_("Training and secrecy"), "", lines, "/people/", label)


def _share(title: str, count: int, whole: int) -> Line:
    said = _("%(count)d of %(whole)d with a role") % {"count": count, "whole": whole}
    if count == whole:
        return Line(title, said, mark=_("all"), mood="good")
    return Line(title, said, mark=_("%(count)d without") % {"count": whole - count}, mood="warn")
