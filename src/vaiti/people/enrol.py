"""Entering people: each verb names who did it (`by`) and leaves its audit entry (N-27).

All raise EnrolmentError, whose sentence says what to change, and change nothing then.
"""

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people.book import LANGUAGES
from vaiti.people.dated import standing
from vaiti.people.models import DeviceUse, FormerName, Membership, Person, Role, RoleKind, Team

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_DEVICE = re.compile(r"[^\s@<>\"]{1,64}")


class EnrolmentError(ValueError):
    """What was asked cannot be entered; the sentence says what to change."""


def add_person(
    *,
    login: str,
    name: str,
    employer: str,
    employers: Collection[str],
    language: str,
    by: str,
    now: datetime,
) -> UUID:
    """A named person from `now` on; `employers` are the controller's companies (N-24)."""
    if not _LOGIN.fullmatch(login):
        raise EnrolmentError("a login is 2 to 64 lower-case letters, digits, dots, dashes or @")
    _check_name(name)
    if employer not in employers:
        raise EnrolmentError("the employer is not among the controller's companies")
    if language not in LANGUAGES:
        raise EnrolmentError("the language is sv, fi or en")
    with transaction.atomic():
        if Person.objects.filter(login=login).exists():
            raise EnrolmentError("this login is taken; one account is for one person only")
        row = Person.objects.create(
            login=login, name=name, employer=employer, language=language, active_from=now
        )
        _log(Kind.PEOPLE_PERSON_CREATED, row.id, by, now)
    return row.id


def rename(person_id: UUID, name: str, *, by: str, now: datetime) -> None:
    """Gives the person a new name; the old one stays in the history (N-16)."""
    _check_name(name)
    with transaction.atomic():
        row = _present(person_id, now)
        FormerName.objects.create(person=row, name=row.name, until=now)
        row.name = name
        row.save(update_fields=["name"])
        _log(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, change="name")


def depart(person_id: UUID, *, by: str, now: datetime) -> None:
    """The person leaves: account, roles, memberships and devices end at once."""
    with transaction.atomic():
        row = _present(person_id, now)
        row.active_to = now
        row.save(update_fields=["active_to"])
        for dated in (Role, Membership, DeviceUse):
            dated.objects.filter(standing(now), person=row).update(valid_to=now)
        _log(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, change="left")


def grant_role(
    person_id: UUID, kind: str, *, by: str, now: datetime, until: datetime | None = None
) -> None:
    """Grants a role from `now`, to `until` if given."""
    if kind not in RoleKind.values:
        raise EnrolmentError("there is no such role")
    if until is not None and until <= now:
        raise EnrolmentError("a role ends after it begins")
    with transaction.atomic():
        row = _present(person_id, now)
        if Role.objects.filter(standing(now), person=row, kind=kind).exists():
            raise EnrolmentError("the person has this role already")
        Role.objects.create(person=row, kind=kind, valid_from=now, valid_to=until, granted_by=by)
        _log(Kind.PEOPLE_ROLE_GRANTED, row.id, by, now, role=kind)


def end_role(person_id: UUID, kind: str, *, by: str, now: datetime) -> None:
    with transaction.atomic():
        rows = Role.objects.filter(standing(now), person_id=person_id, kind=kind)
        if not rows.update(valid_to=now):
            raise EnrolmentError("the person does not have this role")
        _log(Kind.PEOPLE_ROLE_ENDED, person_id, by, now, role=kind)


def add_team(name: str, *, by: str, now: datetime) -> UUID:
    if not name.strip() or len(name) > 80:
        raise EnrolmentError("a team's name has 1 to 80 characters")
    with transaction.atomic():
        if Team.objects.filter(name=name).exists():
            raise EnrolmentError("there is a team of this name")
        team = Team.objects.create(name=name)
        _log(Kind.PEOPLE_MEMBERSHIP_CHANGED, team.id, by, now, change="team added")
    return team.id


def join_team(person_id: UUID, team_id: UUID, *, by: str, now: datetime) -> None:
    """Makes the person a member: the team's leaders may hear their calls from now on."""
    _enter_team(person_id, team_id, False, by, now)


def lead_team(person_id: UUID, team_id: UUID, *, by: str, now: datetime) -> None:
    """Makes the person a leader: its members are their subordinates from now on."""
    _enter_team(person_id, team_id, True, by, now)


def _enter_team(person_id: UUID, team_id: UUID, leads: bool, by: str, now: datetime) -> None:
    with transaction.atomic():
        row = _present(person_id, now)
        if not Team.objects.filter(id=team_id).exists():
            raise EnrolmentError("there is no such team")
        if Membership.objects.filter(standing(now), person=row, team_id=team_id).exists():
            raise EnrolmentError("the person is in this team already")
        Membership.objects.create(person=row, team_id=team_id, leads=leads, valid_from=now)
        change = "leads" if leads else "joined"
        _log(Kind.PEOPLE_MEMBERSHIP_CHANGED, row.id, by, now, change=change, team=team_id.hex)


def leave_team(person_id: UUID, team_id: UUID, *, by: str, now: datetime) -> None:
    """Ends the membership, or the leading, of one team."""
    with transaction.atomic():
        rows = Membership.objects.filter(standing(now), person_id=person_id, team_id=team_id)
        if not rows.update(valid_to=now):
            raise EnrolmentError("the person is not in this team")
        facts = {"change": "left", "team": team_id.hex}
        _log(Kind.PEOPLE_MEMBERSHIP_CHANGED, person_id, by, now, **facts)


def assign_device(person_id: UUID, device: str, *, by: str, now: datetime) -> None:
    """From `now` calls at `device` are this person's. Whoever had it before loses it at `now`."""
    if not _DEVICE.fullmatch(device):
        raise EnrolmentError("a device is the user part of the agent's address: no spaces, no @")
    with transaction.atomic():
        row = _present(person_id, now)
        DeviceUse.objects.filter(standing(now), device=device).update(valid_to=now)
        DeviceUse.objects.create(person=row, device=device, valid_from=now)
        _log(Kind.PEOPLE_DEVICE_ASSIGNED, row.id, by, now)


def release_device(device: str, *, by: str, now: datetime) -> None:
    """Nobody uses `device` from `now` on."""
    with transaction.atomic():
        row = DeviceUse.objects.filter(standing(now), device=device).first()
        if row is None:
            raise EnrolmentError("nobody uses this device")
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        _log(Kind.PEOPLE_DEVICE_ASSIGNED, row.person_id, by, now, change="released")


def _present(person_id: UUID, now: datetime) -> Person:
    row = Person.objects.select_for_update().filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise EnrolmentError("there is no such person at this time")
    return row


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise EnrolmentError("a name has 1 to 120 printable characters")


def _log(kind: Kind, subject: UUID, by: str, now: datetime, **facts: Fact) -> None:
    if not by.strip():
        raise EnrolmentError("name who does this")
    log.append(kind, actor=by, subject=subject.hex, facts=facts, now=now)
