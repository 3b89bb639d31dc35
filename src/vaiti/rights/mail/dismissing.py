"""A case that a mail opened and that is none: nobody asked for anything.

Whoever handles it says so, the officer is told, and what the mail said is kept for a month only.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.rights.asking import Channel, State
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import note, open_case, save
from vaiti.rights.intake import number_of
from vaiti.rights.mail.arriving import ACTOR

OUTCOME = "no_request"
ALARM = "rights:mail_dismissed"
KEPT = timedelta(days=30)


def dismiss(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """Raises NotVisible, Unprepared, CaseRefused."""
    with open_case(person_id, case_id, now) as row:
        if row.channel != Channel.EMAIL or row.registered_by != ACTOR:
            raise CaseRefused("no_mail")
        if row.state != State.RECEIVED:
            raise CaseRefused("state")
        row.state, row.outcome, row.closed_at = State.CLOSED, OUTCOME, now
        save(row, "state", "outcome", "closed_at")
        note(Kind.RIGHTS_MAIL_DISMISSED, row, person_id, now)
        number = number_of(row.year, row.serial)
        alarms.raise_alarm(ALARM, row.id.hex, f"number={number}", now, event=True)


def forget(now: datetime) -> int:
    """What was no request is not kept like one."""
    over = Case.objects.filter(state=State.CLOSED, outcome=OUTCOME, closed_at__lte=now - KEPT)
    with transaction.atomic():
        count = over.count()
        if count:
            over.delete()
            kind = Kind.RIGHTS_CASES_FORGOTTEN
            log.append(kind, actor=ACTOR, facts={"cases": count}, now=now)
    return count
