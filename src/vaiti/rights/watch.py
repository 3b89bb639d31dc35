"""What the worker looks after: that no limit passes unseen, and that enough people can work."""

from datetime import date, datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.retention.rows import scrub
from vaiti.rights import clock, handing, letters
from vaiti.rights.asking import State
from vaiti.rights.case_alarms import FEW, OVERDUE, WAITS
from vaiti.rights.case_models import Case
from vaiti.rights.cases import course_of
from vaiti.rights.clock import Stage
from vaiti.rights.handlers import trained
from vaiti.rights.intake import number_of
from vaiti.rights.policy import CaseRules
from vaiti.vault.store import Store

ACTOR = "system:rights"
REMOVED = (
    *("rights_case", "rights_casecall", "rights_decision", "rights_given", "rights_keptcall"),
    *("rights_letter", "rights_message", "rights_package", "rights_recipient"),
    *("rights_sitting", "rights_slot", "rights_mail", "rights_paper"),
)
"""The tables whose rows go with a case."""
_OVER = (Stage.OVERDUE, Stage.OVERDUE_UNPAUSED)


def watch_clocks(rules: CaseRules, today: date, now: datetime) -> None:
    """An alarm for each stage that a case reaches, once; overdue ones stand until it is closed."""
    late = set()
    for row in Case.objects.exclude(state=State.CLOSED).order_by("arrived_on", "id"):
        reached = clock.stages(course_of(row), rules.calendar, today)
        number = number_of(row.year, row.serial)
        with transaction.atomic():
            for stage in (one for one in reached if one not in _OVER):
                _once(f"{row.id.hex}:{stage}", number, row.registered_at, now)
            if any(one in _OVER for one in reached):
                late.add(row.id.hex)
                alarms.raise_alarm(OVERDUE, row.id.hex, f"number={number}", now)
    _clear_others(OVERDUE, late, now)


def watch_handlers(rules: CaseRules, now: datetime) -> None:
    """The clock does not wait for a course: there are always two who could work (question i)."""
    count = trained(now)
    with transaction.atomic():
        if count < rules.handlers and Case.objects.exclude(state=State.CLOSED).exists():
            alarms.raise_alarm(FEW, "handlers", f"trained={count} needed={rules.handlers}", now)
        else:
            alarms.clear(FEW, "handlers", now)


def forget(rules: CaseRules, store: Store, now: datetime) -> int:
    """Nothing of a case outlives its period (requirements 2.3, point 8): neither rows nor letters
    nor packages; nor what was made for a matter that is kept elsewhere."""
    before, count = now - rules.keep, 0
    for row in Case.objects.filter(state=State.CLOSED, closed_at__lte=before).order_by("id"):
        reference = number_of(row.year, row.serial)
        handing.destroy_all(reference, store, now)
        with transaction.atomic():
            letters.forget(reference)
            handing.forget(reference)
            row.delete()
            count += 1
    others = letters.forget_elsewhere(before) + handing.forget_elsewhere(before)
    with transaction.atomic():
        if count or others:
            kind, facts = Kind.RIGHTS_CASES_FORGOTTEN, {"cases": count, "others": others}
            log.append(kind, actor=ACTOR, facts=facts, now=now)
    if count or others:
        scrub(REMOVED)
    return count


def _once(key: str, number: str, since: datetime, now: datetime) -> None:
    if not alarms.known(WAITS, key, since):
        stage = key.partition(":")[2]
        alarms.raise_alarm(WAITS, key, f"number={number} stage={stage}", now, event=True)


def _clear_others(kind: str, still: set[str], now: datetime) -> None:
    with transaction.atomic():
        for one in alarms.standing():
            if one.kind == kind and one.key not in still:
                alarms.clear(kind, one.key, now)
