"""Somebody comes back: the same person and account, a new dated stay, and no right of before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.people import leaving, sessions
from vaiti.people.companies import listed
from vaiti.people.entries import enter, instant
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Factor, FormerStay, Person, RecoveryCode


def come_back(person_id: UUID, *, by: str, now: datetime, employer: str = "") -> None:
    """Opens the account of a leaver again from `now` on, for `employer` or the one they had.

    Roles, teams, devices and delegations of before stay ended, the password and the second factors
    are gone. What was learnt and promised counts as long as it would have. Raises EnrolmentError.
    """
    with transaction.atomic():
        row = Person.objects.select_for_update().filter(id=person_id).first()
        if row is None or row.active_to is None or row.active_to > now:
            raise EnrolmentError("this person has not left")
        if not listed(employer or row.employer, now):
            raise EnrolmentError(
                "the employer is not on the controller's list of companies; add it there, or ask "
                "who this person works for"
            )
        leaving.close_rows(row.id, now)
        sessions.end_others(row.id, by=by, now=now)
        FormerStay.objects.create(person=row, active_from=row.active_from, active_to=row.active_to)
        for model in (Factor, RecoveryCode):
            model.objects.filter(person=row).delete()
        facts = {"change": "returns", "before": instant(row.active_to), "after": instant(now)}
        _open(row, employer or row.employer, now)
        enter(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, **facts, employer=row.employer)


def _open(row: Person, employer: str, now: datetime) -> None:
    row.active_from, row.active_to, row.employer = now, None, employer
    row.password, row.password_given = "", False
    fields = ["active_from", "active_to", "employer", "password", "password_given"]
    row.save(update_fields=fields)
