"""A round over every promise: each check looks, each sentence is held to what they found.

A sentence that is broken raises an alarm at once, and a change of any is in the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice.sentences import Kind as Stands
from vaiti.notice.sentences import Sentence
from vaiti.promises.checks.table import CHECKS
from vaiti.promises.models import Attestation, Change, Result, Standing
from vaiti.promises.site import Site
from vaiti.promises.state import State
from vaiti.promises.verdict import Verdict
from vaiti.vault.store import StoreError

ALARM = "promise_broken"
OVERDUE = "promise_attestation_overdue"
ACTOR = "system:promises"
LONGEST_ROUND = timedelta(minutes=30)
"""What was looked at later than this is no round beside ours: the clock was set back."""
LONGEST = 200  # characters of what is told of a broken promise
NOBODY_LOOKS = "no check of this name is known"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found: by check, and how each sentence stands."""

    verdicts: Mapping[str, Verdict]
    states: Mapping[str, State]

    @property
    def kept(self) -> bool:
        return not any(one.wrong for one in self.states.values())


def go_round(site: Site, now: datetime) -> Round:
    """Looks at everything, notes it, raises and ends alarms."""
    sentences = site.wording.sentences
    wanted = {check for one in sentences for check in one.checks}
    verdicts = {check: _look(check, site, now) for check in sorted(wanted)}
    states = {one.id: _state(one, verdicts, now) for one in sentences}
    with transaction.atomic():
        if Result.objects.filter(checked_at__gt=now, checked_at__lt=now + LONGEST_ROUND).exists():
            return Round(verdicts, states)  # somebody began later and is done already
        for check, verdict in verdicts.items():
            _keep_result(check, verdict, now)
        for sentence in sentences:
            _keep_standing(sentence, states[sentence.id], verdicts, now)
        Result.objects.exclude(check_id__in=wanted).delete()
        Standing.objects.exclude(sentence__in=states).delete()
    return Round(verdicts, states)


def _look(check: str, site: Site, now: datetime) -> Verdict:
    """A check that cannot look has not seen that the promise is kept."""
    if check not in CHECKS:
        return Verdict(False, {}, NOBODY_LOOKS)
    look, _eye = CHECKS[check]
    try:
        return look(site, now)  # in no transaction: a look may take long, and others write
    except (OSError, StoreError, DatabaseError, ValueError, LookupError) as error:
        return Verdict(False, {"fault": type(error).__name__}, "the check could not look")


def _state(sentence: Sentence, verdicts: Mapping[str, Verdict], now: datetime) -> State:
    if sentence.kind is Stands.STATEMENT:
        return State.STATEMENT
    if sentence.kind is Stands.ATTESTED:
        newest = Attestation.objects.filter(what=sentence.attests).order_by("-at").first()
        return State.ATTESTED if newest and newest.until > now else State.OVERDUE
    return State.KEPT if all(verdicts[one].kept for one in sentence.checks) else State.BROKEN


def _keep_result(check: str, verdict: Verdict, now: datetime) -> None:
    before = Result.objects.filter(check_id=check).first()
    since = before.since if before and before.kept == verdict.kept else now
    told = {"kept": verdict.kept, "broken_by": verdict.broken_by[:LONGEST], "since": since}
    defaults = {**told, "evidence": dict(verdict.evidence), "checked_at": now}
    Result.objects.update_or_create(check_id=check, defaults=defaults)


def _keep_standing(
    sentence: Sentence, state: State, verdicts: Mapping[str, Verdict], now: datetime
) -> None:
    breaking = next((one for one in sentence.checks if not verdicts[one].kept), "")
    before = Standing.objects.filter(sentence=sentence.id).first()
    changed = before is None or before.state != state or before.check_id != breaking
    since = now if before is None or before.state != state else before.since
    defaults = {"state": state.value, "check_id": breaking, "since": since, "checked_at": now}
    Standing.objects.update_or_create(sentence=sentence.id, defaults=defaults)
    if changed:
        Change.objects.create(sentence=sentence.id, state=state, check_id=breaking, at=now)
    if before is not None and before.state != state:
        facts: Facts = {"before": before.state, "after": state.value, "cause": breaking}
        kind = Kind.PROMISES_SENTENCE_CHANGED
        log.append(kind, actor=ACTOR, subject=sentence.id, facts=facts, now=now)
    _settle(sentence, state, breaking, now)


def _settle(sentence: Sentence, state: State, breaking: str, now: datetime) -> None:
    for alarm, wrong, detail in (
        (ALARM, state is State.BROKEN, breaking),
        (OVERDUE, state is State.OVERDUE, sentence.attests),
    ):
        if wrong:
            alarms.raise_alarm(alarm, sentence.id, detail, now)
        else:
            alarms.clear(alarm, sentence.id, now)
