"""The mails of a case, and how far the mailbox has been read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from vaiti.rights.mail_models import MailRow, MailSeen

KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class MailCard:
    """A mail of a case, for whoever has been let see the case."""

    id: UUID
    arrived_at: datetime
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    left_out: tuple[str, ...]
    receipt_at: datetime | None


def of_case(case_id: UUID) -> tuple[MailCard, ...]:
    rows = MailRow.objects.filter(case_id=case_id).order_by("arrived_at", "id")
    return tuple(
        MailCard(
            *(row.id, row.arrived_at, row.sender, row.subject, row.text),
            left_out=tuple(row.left_out),
            receipt_at=row.receipt_at,
        )
        for row in rows
    )


def seen(box: str, validity: int) -> frozenset[str]:
    """The names of what was looked at already."""
    rows = MailSeen.objects.filter(box=box, validity=validity)
    return frozenset(rows.values_list("place", flat=True))


def last_number(box: str, validity: int) -> int:
    rows = MailSeen.objects.filter(box=box, validity=validity).order_by("-number")
    return rows.values_list("number", flat=True).first() or 0


def counts(since: datetime) -> dict[str, int]:
    """How many mails of each kind were looked at."""
    rows = MailSeen.objects.filter(seen_at__gte=since).values("what").annotate(many=Count("id"))
    return {row["what"]: row["many"] for row in rows}


def forget(now: datetime) -> int:
    """Old places, but for the newest of each mailbox, from which IMAP goes on."""
    old = MailSeen.objects.filter(seen_at__lt=now - KEPT, number__gt=0)
    boxes = old.values_list("box", "validity").distinct()
    return sum(
        old.filter(box=box, validity=validity, number__lt=last_number(box, validity)).delete()[0]
        for box, validity in list(boxes)
    )
