"""What the worker does for disclosures and complaints: alarms, holds renewed, records forgotten."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.retention.rows import scrub
from vaiti.rights import handing, letters
from vaiti.rights.law import keeping, rules
from vaiti.rights.law.models import Complaint, ComplaintCall, Disclosure, DisclosureCall
from vaiti.rights.law.rules import State
from vaiti.rights.numbering import DISCLOSURE, number_of
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

DUE, SECRET = "rights:disclosure_due", "rights:disclosure_secret"
COMPLAINT_DUE = "rights:complaint_due"
ALARMS = (DUE, SECRET, COMPLAINT_DUE)
WAIT = (State.RECEIVED, State.VERIFIED, State.PROPOSED, State.APPROVED)
REMOVED = (
    *("rights_disclosure", "rights_disclosurecall", "rights_complaint", "rights_complaintcall"),
    *("rights_letter", "rights_package"),
)
"""The tables whose rows go with one."""
WHY = "The matter is still open."


def watch(today: date, now: datetime) -> None:
    """States: each alarm ends when what it waits for was done."""
    wanted: set[tuple[str, UUID]] = set()
    for row in Disclosure.objects.exclude(state=State.CLOSED):
        if rules.late(row.answer_by, today, waits=row.state in WAIT):
            wanted.add((DUE, row.id))
        if row.secret_on is not None and row.secret_on <= today:
            wanted.add((SECRET, row.id))
    for one in Complaint.objects.filter(state=rules.Complaint.RECEIVED):
        if rules.late(one.answer_by, today, waits=True):
            wanted.add((COMPLAINT_DUE, one.id))
    with transaction.atomic():
        for kind, row_id in wanted:
            alarms.raise_alarm(kind, row_id.hex, "", now)
        keys = {(kind, row_id.hex) for kind, row_id in wanted}
        for standing in alarms.standing():
            if standing.kind in ALARMS and (standing.kind, standing.key) not in keys:
                alarms.clear(standing.kind, standing.key, now)


def keep(keys: KeyClient, now: datetime) -> None:
    """Holds of open matters do not end by themselves."""
    of_orders = DisclosureCall.objects.exclude(disclosure__state=State.CLOSED)
    of_complaints = ComplaintCall.objects.exclude(complaint__state=rules.Complaint.DECIDED)
    for rows in (of_orders, of_complaints):
        wanted = [one for one in rows.values_list("hold", flat=True) if one is not None]
        keeping.renew(wanted, WHY, keys, now)


def forget(kept: timedelta, store: Store, now: datetime) -> None:
    """Closed ones go with what was sealed for them, after as long as a closed case is kept."""
    before = now - kept
    count = 0
    for row in Disclosure.objects.filter(state=State.CLOSED, closed_at__lte=before):
        number = number_of(DISCLOSURE, row.year, row.serial)
        handing.destroy_all(number, store, now)
        with transaction.atomic():
            handing.forget(number)
            letters.forget(number)
            row.delete()
            count += 1
    with transaction.atomic():
        old = Complaint.objects.filter(closed_at__lte=before)
        count += old.count()
        old.delete()
        if count:
            kind, facts = Kind.RIGHTS_RECORDS_FORGOTTEN, {"rows": count}
            log.append(kind, actor=keeping.ACTOR, facts=facts, now=now)
    if count:
        scrub(REMOVED)
