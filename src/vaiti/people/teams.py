"""Teams, their members and leaders, and who uses which device: dated, logged, never by oneself."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from vaiti.audit.kinds import Kind
from vaiti.people.book import subordinates
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Delegation, DeviceUse, FormerTeamName, Membership, Person, Team
from vaiti.people.widening import BY_HAND, OWN_HAND, Act, announce, by_another

_DEVICE = re.compile(r"[^\s@<>\"]{1,64}")
MAX_TEAM = 80  # characters


def present(person_id: UUID, now: datetime) -> Person:
    """The person's row, locked. Raises EnrolmentError for somebody who is not here at `now`."""
    row = Person.objects.select_for_update().filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise EnrolmentError("there is no such person at this time")
    return row


def add_team(name: str, *, by: str, now: datetime) -> UUID:
    with transaction.atomic():
        name = _free_name(name)
        team = Team.objects.create(name=name)
        enter(Kind.PEOPLE_MEMBERSHIP_CHANGED, team.id, by, now, change="team added")
    return team.id


def _free_name(name: str) -> str:
    """The name as it is kept. One of a team that has ended is not free: its past is told by it."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_TEAM or not name.isprintable():
        raise EnrolmentError("a team's name has 1 to 80 printable characters")
    if Team.objects.filter(name=name).exists():
        raise EnrolmentError("there is a team of this name")
    return name


def standing_team(team_id: UUID) -> Team:
    """The team's row, locked. Raises EnrolmentError for an unknown one and one that has ended."""
    row = Team.objects.select_for_update().filter(id=team_id).first()
    if row is None:
        raise EnrolmentError("there is no such team")
    if row.ended_at is not None:
        raise EnrolmentError("this team has ended")
    return row


def rename_team(team_id: UUID, name: str, *, by: str, now: datetime) -> None:
    """Gives the team a new name; the old one stays in its history. The log names no name."""
    with transaction.atomic():
        row = standing_team(team_id)
        before, row.name = row.name, _free_name(name)
        former = FormerTeamName.objects.create(team=row, name=before, until=now)
        row.save(update_fields=["name"])
        kind = Kind.PEOPLE_MEMBERSHIP_CHANGED
        enter(kind, row.id, by, now, change="team renamed", former_name=former.id)


def end_team(team_id: UUID, *, by: str, now: datetime) -> None:
    """The team is over: nobody is in it, leads it or stands in for its leader any more."""
    with transaction.atomic():
        row = standing_team(team_id)
        inside = Membership.objects.filter(team=row).filter(_not_over(now))
        inside.filter(valid_from__gt=now).update(valid_to=F("valid_from"))
        count = inside.filter(valid_from__lte=now).update(valid_to=now)
        handed = Delegation.objects.filter(team=row, valid_to__gt=now)
        handed.filter(valid_from__gt=now).update(valid_to=F("valid_from"))
        handed.filter(valid_from__lte=now).update(valid_to=now)
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        kind = Kind.PEOPLE_MEMBERSHIP_CHANGED
        enter(kind, row.id, by, now, change="team ended", people=count)


def _not_over(now: datetime) -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gt=now)


def join_team(
    person_id: UUID, team_id: UUID, *, by: str, now: datetime, source: str = BY_HAND
) -> None:
    """Makes the person a member: the team's leaders may hear their calls from now on.

    Raises EnrolmentError also when one of those who may then hear them does it.
    """
    _enter_team(person_id, team_id, by, now, leads=False, source=source)


def lead_team(
    person_id: UUID, team_id: UUID, *, by: str, now: datetime, source: str = BY_HAND
) -> None:
    """Makes the person a leader: its members are their subordinates from now on."""
    by_another(person_id, by)
    _enter_team(person_id, team_id, by, now, leads=True, source=source)


def _hears(by: str, now: datetime) -> frozenset[UUID]:
    """Whose calls the doer may hear as a leader; a machine hears nobody."""
    return frozenset() if by.startswith("system:") else subordinates(UUID(hex=by), now)


def _enter_team(
    person_id: UUID, team_id: UUID, by: str, now: datetime, *, leads: bool, source: str
) -> None:
    with transaction.atomic():
        row = present(person_id, now)
        standing_team(team_id)
        if Membership.objects.filter(standing(now), person=row, team_id=team_id).exists():
            raise EnrolmentError("the person is in this team already")
        heard = _hears(by, now)
        Membership.objects.create(person=row, team_id=team_id, leads=leads, valid_from=now)
        if _hears(by, now) - heard:
            raise EnrolmentError(OWN_HAND)
        after = "leads" if leads else "joined"
        facts = {"change": after, "team": team_id.hex, "source": source}
        enter(Kind.PEOPLE_MEMBERSHIP_CHANGED, row.id, by, now, **facts)
        announce(row.id, Act(after), team_id.hex, source, now)


def leave_team(person_id: UUID, team_id: UUID, *, by: str, now: datetime) -> None:
    """Ends the membership, or the leading, of one team."""
    with transaction.atomic():
        rows = Membership.objects.filter(standing(now), person_id=person_id, team_id=team_id)
        led = rows.filter(leads=True).exists()
        if not rows.update(valid_to=now):
            raise EnrolmentError("the person is not in this team")
        facts = {"change": "left", "team": team_id.hex, "before": "leads" if led else "joined"}
        enter(Kind.PEOPLE_MEMBERSHIP_CHANGED, person_id, by, now, **facts)


def assign_device(
    person_id: UUID, device: str, *, by: str, now: datetime, source: str = BY_HAND
) -> None:
    """From `now` calls at `device` are this person's. Whoever had it before loses it at `now`.

    The device may be a name, so the log tells only whose it was.
    """
    if not _DEVICE.fullmatch(device):
        raise EnrolmentError("a device is the user part of the agent's address: no spaces, no @")
    by_another(person_id, by)
    with transaction.atomic():
        row = present(person_id, now)
        held = DeviceUse.objects.filter(standing(now), device=device)
        before = held.values_list("person_id", flat=True).first()
        if before == row.id:
            raise EnrolmentError("the person uses this device already")
        held.update(valid_to=now)
        DeviceUse.objects.create(person=row, device=device, valid_from=now)
        facts = {"change": "assigned", "before": before.hex if before else None}
        enter(Kind.PEOPLE_DEVICE_ASSIGNED, row.id, by, now, **facts, source=source)
        announce(row.id, Act.DEVICE, "", source, now)


def release_device(device: str, *, by: str, now: datetime) -> None:
    """Nobody uses `device` from `now` on."""
    with transaction.atomic():
        row = DeviceUse.objects.filter(standing(now), device=device).first()
        if row is None:
            raise EnrolmentError("nobody uses this device")
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        enter(Kind.PEOPLE_DEVICE_ASSIGNED, row.person_id, by, now, change="released")
