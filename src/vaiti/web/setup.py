"""What must be in place before calls can be recorded and heard as the notice says: a list that
turns green. Each line says what to do about it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.notice import lines, versions
from vaiti.people import coverage
from vaiti.playback.decoding import lacking
from vaiti.register import calls, canaries, codecs, unassigned
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import words

NEEDED = ("dpo", "administrator", "manager", "auditor")


@dataclass(frozen=True, slots=True)
class Check:
    """`advice` is what there is when it is done, and what to do when it is not."""

    title: str
    done: bool
    advice: str


def checks(see: Moments) -> list[Check]:
    """In the order in which one thing rests on another."""
    now = see.now
    return [
        *(_keys(), _notice(now), _lines(now), _roles(now)),
        *(_auditors(now), _telephones(now), _calls(see), _agents(now), _canaries(see)),
        _decoders(now),
    ]


def _keys() -> Check:
    title = _("The keys can be reached")
    try:
        locked = wired().keys.describe().locked
    except (KeysUnavailable, KeysRefused):
        return Check(title, False, _("Start the key process; without it nothing can be heard."))
    if not locked:
        return Check(title, False, _("Its memory may be swapped to disk: allow it to lock memory."))
    return Check(title, True, _("Their memory is never written to disk."))


def _notice(now: datetime) -> Check:
    title = _("A privacy notice is in force")
    found = versions.in_force(now)
    if found is None:
        return Check(title, False, _("Publish one: without it no call is taken in."))
    months = ngettext("%(count)d month", "%(count)d months", found.retention_months)
    kept = {"version": found.version, "months": months % {"count": found.retention_months}}
    return Check(title, True, _("Version %(version)s; calls are kept for %(months)s.") % kept)


def _lines(now: datetime) -> Check:
    title = _("Lines are listed")
    recorded = [line.label for line in lines.standing(now) if line.recorded]
    if not recorded:
        return Check(title, False, _("List a line: nothing is recorded on a line that is not."))
    return Check(title, True, ", ".join(recorded))


def _roles(now: datetime) -> Check:
    title = _("Every role has its person")
    held = coverage.roles_held(now)
    missing = [words.role(role) for role in NEEDED if role not in held]
    if not held & {"service_agent", "sales_agent"}:
        missing.append(words.role("service_agent"))
    if missing:
        named = {"roles": ", ".join(missing)}
        return Check(title, False, _("Nobody is there yet for: %(roles)s.") % named)
    return Check(title, True, _("Someone is there for each role that the register needs."))


def _auditors(now: datetime) -> Check:
    title = _("Auditors are let in for a time")
    without = coverage.boxed_without_end(now)
    if not without:
        return Check(title, True, _("Every auditor’s role has a last day."))
    said = ngettext(
        "%(count)d auditor’s role has no end: end it on their page, and grant it with a last day.",
        "%(count)d auditors’ roles have no end: end them on their pages, and grant them with a "
        "last day.",
        without,
    )
    return Check(title, False, said % {"count": without})


def _telephones(now: datetime) -> Check:
    title = _("Every agent has a telephone")
    without = coverage.agents_without_device(now)
    if not without:
        return Check(title, True, _("Calls find their agents by the telephone they use."))
    said = ngettext(
        "%(count)d agent has none in the register of devices: their calls are nobody’s.",
        "%(count)d agents have none in the register of devices: their calls are nobody’s.",
        without,
    )
    return Check(title, False, said % {"count": without})


def _agents(now: datetime) -> Check:
    title = _("Calls find their agents")
    found = unassigned.share(now)
    if not found.unknown:
        return Check(title, True, _("Every call of the last day has its agent."))
    said = ngettext(
        "%(count)d part of a call, of %(every)d in the last day, has no known agent: look whether "
        "the agent feed comes, and let an assigner say whose it is.",
        "%(count)d parts of calls, of %(every)d in the last day, have no known agent: look whether "
        "the agent feed comes, and let an assigner say whose they are.",
        found.unknown,
    )
    return Check(title, False, said % {"count": found.unknown, "every": found.every})


def _calls(see: Moments) -> Check:
    title = _("Calls come in")
    last = calls.last_taken_in()
    if last is None:
        return Check(title, False, _("Place a call on the test line and look for it here."))
    at = {"moment": see.day_and_time(last)}
    return Check(title, True, _("The newest was taken in on %(moment)s.") % at)


def _canaries(see: Moments) -> Check:
    title = _("Test calls come through")
    found = canaries.last_of(lines.standing(see.now))
    placed = [one.placed_at for one in found if one.placed_at]
    if not placed:
        advice = _("None was placed yet: see “minutes” in [canary] of the settings file.")
        return Check(title, False, advice)
    missed = [one.label for one in found if one.state == canaries.State.MISSED]
    if missed:
        named = {"lines": ", ".join(missed)}
        return Check(title, False, _("The newest was missed on: %(lines)s. See the gaps.") % named)
    at = {"moment": see.day_and_time(max(placed)), "count": len(placed)}
    said = ngettext(
        "On %(count)d line; the newest was placed on %(moment)s.",
        "On %(count)d lines; the newest was placed on %(moment)s.",
        len(placed),
    )
    return Check(title, True, said % at)


def _decoders(now: datetime) -> Check:
    title = _("Every call that is kept can be heard")
    found = lacking(codecs.kept(now.date()))
    if not found:
        return Check(title, True, _("There is a decoder for each codec that is in the register."))
    named = {"codecs": ", ".join(found)}
    advice = _(
        "No decoder for %(codecs)s: stop Vaiti, and start it once with VAITI_WITH=codecs in the "
        "environment. Until then these calls stay sealed, and nobody hears them."
    )
    return Check(title, False, advice % named)
