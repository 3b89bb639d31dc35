"""Entering people: each verb names who did it (`by`) and leaves its audit entry (N-27).

All raise EnrolmentError, whose sentence says what to change, and change nothing then. `source`
says where a widening came from: by hand, or from a machine such as single sign-on, which the data
protection officer is told. Teams and devices: `vaiti.people.teams`.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from vaiti.audit.kinds import Kind
from vaiti.people.book import LANGUAGES
from vaiti.people.companies import listed, outside
from vaiti.people.entries import enter, instant
from vaiti.people.errors import EnrolmentError, LoginTaken
from vaiti.people.models import FormerName, Person, Role, RoleKind
from vaiti.people.named import alike, login_fault, name_fault
from vaiti.people.teams import (
    add_team,
    assign_device,
    join_team,
    lead_team,
    leave_team,
    present,
    release_device,
)
from vaiti.people.time_boxed import longest, term_fault
from vaiti.people.widening import BY_HAND, Act, announce, by_another, widens

__all__ = [
    "EnrolmentError",
    "add_person",
    "add_team",
    "assign_device",
    "depart",
    "end_role",
    "grant_role",
    "join_team",
    "lead_team",
    "leave_team",
    "move_to_company",
    "release_device",
    "rename",
    "stay",
]

OUTSIDER = (
    "people of an outside company may be auditors and nothing else; they neither see nor hear "
    "customers' calls"
)


def add_person(
    *,
    login: str,
    name: str,
    employer: str,
    language: str,
    by: str,
    now: datetime,
    namesake: bool = False,
) -> UUID:
    """A named person from `now` on, working for a company of the controller's list (N-24).

    `namesake` says that another human being of this name has an account already, and is meant.
    """
    name = " ".join(name.split())
    _check(login_fault(login) or name_fault(name, employer))
    if language not in LANGUAGES:
        raise EnrolmentError("the language is sv, fi or en")
    with transaction.atomic():
        _check_employer(employer, now)
        if Person.objects.filter(login=login).exists():
            raise LoginTaken
        if not namesake and _namesakes(name):
            raise EnrolmentError(
                "somebody of this name has an account, or had one; one person has one. If they "
                "come back, open it again; if this is another person of the same name, say so"
            )
        given = {"login": login, "name": name, "employer": employer, "language": language}
        try:
            with transaction.atomic():
                row = Person.objects.create(**given, active_from=now)
        except IntegrityError as error:
            raise LoginTaken from error  # somebody else entered it in this moment
        kind = Kind.PEOPLE_PERSON_CREATED
        enter(kind, row.id, by, now, employer=employer, namesake=namesake)
    return row.id


def rename(person_id: UUID, name: str, *, by: str, now: datetime) -> None:
    """Gives the person a new name; the old one stays in the history (N-16).

    The log names the row of the history and no name.
    """
    name = " ".join(name.split())
    _check(name_fault(name))
    with transaction.atomic():
        row = present(person_id, now)
        if row.name == name:
            raise EnrolmentError("this is the person's name already")
        former = FormerName.objects.create(person=row, name=row.name, until=now)
        row.name = name
        row.save(update_fields=["name"])
        kind = Kind.PEOPLE_PERSON_CHANGED
        enter(kind, row.id, by, now, change="name", former_name=former.id)


def move_to_company(person_id: UUID, employer: str, *, by: str, now: datetime) -> None:
    """The person works for another company of the list from `now` on."""
    with transaction.atomic():
        row = present(person_id, now)
        _check_employer(employer, now)
        if row.employer == employer:
            raise EnrolmentError("the person works for this company already")
        if outside(employer, now) and _may_hear(row.id, now):
            raise EnrolmentError(OUTSIDER)
        facts = {"change": "employer", "before": row.employer, "after": employer}
        row.employer = employer
        row.save(update_fields=["employer"])
        enter(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, **facts)


def depart(person_id: UUID, *, by: str, now: datetime, at: datetime | None = None) -> None:
    """The person leaves, now or at a later instant.

    Account, roles, teams, devices and delegations end at that instant, whatever their rows say:
    nothing stands for somebody who is not here. `vaiti.people.leaving` closes the rows after it.
    """
    if at is not None and at < now:
        raise EnrolmentError("an employment ends now or later, never before")
    with transaction.atomic():
        row = present(person_id, now)
        facts = {"change": "left", "before": instant(row.active_to), "after": instant(at or now)}
        row.active_to = at or now
        row.save(update_fields=["active_to"])
        enter(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, **facts)


def stay(person_id: UUID, *, by: str, now: datetime) -> None:
    """Takes back a departure that has not come yet."""
    with transaction.atomic():
        row = present(person_id, now)
        if row.active_to is None:
            raise EnrolmentError("no end of this person's employment is entered")
        facts = {"change": "stays", "before": instant(row.active_to), "after": None}
        row.active_to = None
        row.save(update_fields=["active_to"])
        enter(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, **facts)


def grant_role(
    person_id: UUID,
    kind: str,
    *,
    by: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    source: str = BY_HAND,
) -> None:
    """Grants a role from `since`, or now, to `until` if given. Nobody grants one to themselves.

    An auditor's always has an end; people of an outside company get no role that hears (N-24).
    """
    begins = since or now
    if kind not in RoleKind.values:
        raise EnrolmentError("there is no such role")
    if begins < now:
        raise EnrolmentError("a role begins now or later, never before")
    if until is not None and until <= begins:
        raise EnrolmentError("a role ends after it begins")
    _check(term_fault(kind, begins, until, longest()))
    with transaction.atomic():
        row = present(person_id, now)
        if widens(kind):
            by_another(row.id, by)
            if outside(row.employer, now):
                raise EnrolmentError(OUTSIDER)
        if _overlapping(row.id, kind, begins, until).exists():
            raise EnrolmentError("the person has this role already")
        Role.objects.create(person=row, kind=kind, valid_from=begins, valid_to=until, granted_by=by)
        facts = {"role": kind, "source": source, "before": None}
        dates = {"from_us": instant(begins), "after": instant(until)}
        enter(Kind.PEOPLE_ROLE_GRANTED, row.id, by, now, **facts, **dates)
        if widens(kind):
            announce(row.id, Act.ROLE, kind, source, now)


def end_role(person_id: UUID, kind: str, *, by: str, now: datetime) -> None:
    """Ends the role now; one that has not begun yet never begins."""
    with transaction.atomic():
        rows = _overlapping(person_id, kind, now, None)
        ends = [instant(one.valid_to) for one in rows]
        if not ends:
            raise EnrolmentError("the person does not have this role")
        Role.objects.filter(id__in=rows.filter(valid_from__gt=now).values("id")).update(
            valid_to=F("valid_from")
        )
        rows.filter(valid_from__lte=now).update(valid_to=now)
        facts = {"role": kind, "before": ends[0], "after": instant(now)}
        enter(Kind.PEOPLE_ROLE_ENDED, person_id, by, now, **facts)


def _overlapping(
    person_id: UUID, kind: str, begins: datetime, until: datetime | None
) -> QuerySet[Role]:
    """The person's roles of this kind that stand at some instant of the stretch."""
    rows = Role.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=begins))
    rows = rows.exclude(valid_to=F("valid_from")).filter(person_id=person_id, kind=kind)
    return rows if until is None else rows.filter(valid_from__lt=until)


def _may_hear(person_id: UUID, now: datetime) -> bool:
    """Whether a role of theirs, now or to come, may let them hear calls."""
    kinds = Role.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=now), person_id=person_id)
    return any(map(widens, kinds.values_list("kind", flat=True)))


def _namesakes(name: str) -> bool:
    known = Person.objects.values_list("name", flat=True)
    return alike(name) in set(map(alike, known))


def _check_employer(employer: str, now: datetime) -> None:
    if not listed(employer, now):
        raise EnrolmentError(
            "the employer is not on the controller's list of companies; add it there, or ask who "
            "this person works for"
        )


def _check(sentence: str | None) -> None:
    if sentence is not None:
        raise EnrolmentError(sentence)
