"""The worker's eye on listening: what asks for an explanation, emergencies, cases not shown.

Access finds them; it knows no alarms. Here they become some, and end when they are answered.
"""

from collections.abc import Mapping
from datetime import datetime
from random import SystemRandom

from django.db import transaction

from vaiti.access import alerts, balancing, emergencies, spot_checks
from vaiti.access.misuse import Thresholds
from vaiti.due import alarms
from vaiti.notice import versions


def watch_listening(rules: Thresholds, now: datetime) -> None:
    """One round; nothing before the first notice, by whose zone nights and days are told."""
    notice = versions.in_force(now)
    if notice is None:
        return
    alerts.watch(rules, notice.zone, now)
    spot_checks.draw(rules.checks_a_week, notice.zone, SystemRandom(), now)
    settle(alerts.ALARM, alerts.waiting(), now)
    settle(spot_checks.ALARM, spot_checks.late(now), now)
    settle(balancing.ALARM, balancing.overdue(now), now)


def watch_emergencies(now: datetime) -> None:
    """Each that nobody has looked at is an alarm; the officer's queue has shown it already."""
    wanted = {one.id.hex: f"opened by {one.person_id.hex}" for one in emergencies.waiting()}
    settle(emergencies.ALARM, wanted, now)


def settle(kind: str, wanted: Mapping[str, str], now: datetime) -> None:
    """Makes the alarms of a kind stand for these keys, each with its detail, and no others."""
    with transaction.atomic():
        there = {one.key for one in alarms.standing() if one.kind == kind}
        for key in there - set(wanted):
            alarms.clear(kind, key, now)
        for key in set(wanted) - there:
            alarms.raise_alarm(kind, key, wanted[key], now)
