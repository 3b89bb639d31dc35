"""The controller's list of companies: whoever works for another has no account here (N-24).

A company from outside, such as an auditing firm, may be listed too: its people hear nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Company, Person

MAX_COMPANY = 120  # characters


@dataclass(frozen=True, slots=True)
class Listed:
    """A company as listed, with how many people work for it now."""

    name: str
    since: datetime
    people: int
    outside: bool


def add_company(name: str, *, by: str, now: datetime, outside: bool = False) -> None:
    """Lists a company from `now` on. Raises EnrolmentError.

    One from `outside` is none of the controller's: its people may be auditors and nothing else.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_COMPANY or not name.isprintable():
        raise EnrolmentError("a company's name has 1 to 120 printable characters")
    with transaction.atomic():
        if listed(name, now):
            raise EnrolmentError("this company is on the list already")
        row = Company.objects.create(name=name, outside=outside, valid_from=now, entered_by=by)
        kind, subject = Kind.PEOPLE_COMPANY_LISTED, f"company:{row.id}"
        enter(kind, subject, by, now, after=name, outside=outside)


def end_company(name: str, *, by: str, now: datetime) -> None:
    """Takes a company off the list. Raises EnrolmentError while anybody here works for it."""
    with transaction.atomic():
        row = Company.objects.select_for_update().filter(standing(now), name=name).first()
        if row is None:
            raise EnrolmentError("this company is not on the list")
        if _people_of(name, now):
            raise EnrolmentError(
                "people here still work for this company; move them to another, or end their "
                "employment first"
            )
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        enter(Kind.PEOPLE_COMPANY_ENDED, f"company:{row.id}", by, now, before=name)


def listed(name: str, now: datetime) -> bool:
    return Company.objects.filter(standing(now), name=name).exists()


def outside(name: str, now: datetime) -> bool:
    """Whether the company is listed as one that is none of the controller's."""
    return Company.objects.filter(standing(now), name=name, outside=True).exists()


def companies(now: datetime) -> list[Listed]:
    """The list as it stands at `now`, by name."""
    rows = Company.objects.filter(standing(now)).order_by("name")
    return [
        Listed(row.name, row.valid_from, _people_of(row.name, now), row.outside) for row in rows
    ]


def _people_of(name: str, now: datetime) -> int:
    return Person.objects.filter(standing(now, "active"), employer=name).count()
