"""Ends destruction days: when nothing of a day is left, its key dies, here and in every backup."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice.models import NoticeVersion
from vaiti.register.models import Call
from vaiti.retention.models import DayEnd, PlanLine, Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.retention.policy import day_is_over
from vaiti.vault.keyclient import KeyClient, KeysRefused
from vaiti.vault.keymessage import MAX_DAYS

ALARM = "retention:day_open"


def end_days(keys: KeyClient, now: datetime) -> list[date]:
    """Ends each past day on which no call is left; returns them. Raises KeysUnavailable.

    A past day with calls left keeps its key, for they may yet be held, and raises an alarm.
    """
    zones = [ZoneInfo(name) for name in _zone_names()]
    ending = []
    for day in _candidates(keys):
        if day_is_over(day, zones, now):
            left = _left(day)
            if left:
                alarms.raise_alarm(ALARM, day.isoformat(), f"calls={left}", now)
            else:
                ending.append(day)
    for first in range(0, len(ending), MAX_DAYS):
        _end(ending[first : first + MAX_DAYS], keys, now)
    return ending


def _zone_names() -> list[str]:
    return list(NoticeVersion.objects.values_list("zone", flat=True).distinct())


def _candidates(keys: KeyClient) -> list[date]:
    """The days whose keys are alive, and those that died with the record of it unwritten."""
    buried = Tombstone.objects.filter(destruction_day__isnull=False).exclude(
        destruction_day__in=DayEnd.objects.values("day")
    )
    unrecorded = buried.values_list("destruction_day", flat=True).distinct()
    return sorted({*keys.describe().days, *(day for day in unrecorded if day)})


def _left(day: date) -> int:
    lines = PlanLine.objects.filter(destruction_day=day, done_at__isnull=True)
    row = Call.objects.filter(id=OuterRef("call"), destruction_day=day)
    return Call.objects.filter(destruction_day=day).count() + lines.exclude(Exists(row)).count()


def _end(days: Sequence[date], keys: KeyClient, now: datetime) -> None:
    keys.destroy_days(days)
    if not set(days).isdisjoint(keys.describe().days):
        raise KeysRefused("alive", "the key of a day that was destroyed is still there")
    with transaction.atomic():
        known = set(DayEnd.objects.filter(day__in=days).values_list("day", flat=True))
        ended = [day for day in days if day not in known]
        leaves = zip(ended, _log(ended, now), strict=True)
        DayEnd.objects.bulk_create(
            DayEnd(day=day, done_at=now, audit_leaf=leaf) for day, leaf in leaves
        )
        alarms.clear_all([ALARM], [day.isoformat() for day in days], now)


def _log(days: Sequence[date], now: datetime) -> list[UUID]:
    buried = Tombstone.objects.filter(destruction_day__in=days).values("destruction_day")
    counted = buried.annotate(calls=Count("call")).values_list("destruction_day", "calls")
    calls = {day: count for day, count in counted}
    acts: list[tuple[str, Facts]] = [
        ("", {"day": day.isoformat(), "calls": calls.get(day, 0)}) for day in days
    ]
    return list(log.append_all(Kind.RETENTION_DAY_ENDED, acts, actor=ACTOR, now=now))
