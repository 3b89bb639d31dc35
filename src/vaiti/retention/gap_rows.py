"""The gap register's own end: rows go when they have stood for as long as the settings say."""

from datetime import datetime, timedelta

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.models import Comparison, Gap

ACTOR = "system:retention"


def forget(keep: timedelta, now: datetime) -> int:
    """Removes gaps that began, and comparisons that were made, longer ago; how many rows."""
    with transaction.atomic():
        gone, _ = Gap.objects.filter(started_at__lt=now - keep, ended_at__isnull=False).delete()
        looks, _ = Comparison.objects.filter(at__lt=now - keep).delete()
        if gone or looks:
            facts = {"gaps": gone, "comparisons": looks}
            log.append(Kind.RETENTION_GAPS_REMOVED, actor=ACTOR, facts=facts, now=now)
    return gone + looks
