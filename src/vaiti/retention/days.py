"""Ends destruction days: when nothing of a day is left, its key dies, here and in every backup."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice.models import NoticeVersion
from vaiti.register.models import Call
from vaiti.retention.models import DayEnd, PlanLine, Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.retention.policy import day_is_over
from vaiti.vault.keyclient import KeyClient, KeysRefused

ALARM = "retention:day_open"


def end_days(keys: KeyClient, now: datetime) -> list[date]:
    """Ends each past day on which no call is left; returns them. Raises KeysUnavailable.

    A past day with calls left keeps its key, for they may yet be held, and raises an alarm.
    """
    zones = [ZoneInfo(name) for name in _zone_names()]
    ended = []
    for day in _candidates(keys):
        if day_is_over(day, zones, now):
            left = _left(day)
            if left:
                alarms.raise_alarm(ALARM, day.isoformat(), f"calls={left}", now)
            else:
                _end(day, keys, now)
                ended.append(day)
    return ended


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


def _end(day: date, keys: KeyClient, now: datetime) -> None:
    keys.destroy_day(day)
    if day in keys.describe().days:
        raise KeysRefused("alive", "the key of a day that was destroyed is still there")
    with transaction.atomic():
        if not DayEnd.objects.filter(day=day).exists():
            DayEnd.objects.create(day=day, done_at=now, audit_leaf=_log(day, now))
        alarms.clear(ALARM, day.isoformat(), now)


def _log(day: date, now: datetime) -> UUID:
    calls = Tombstone.objects.filter(destruction_day=day).count()
    return log.append(
        Kind.RETENTION_DAY_ENDED,
        actor=ACTOR,
        facts={"day": day.isoformat(), "calls": calls},
        now=now,
    )
