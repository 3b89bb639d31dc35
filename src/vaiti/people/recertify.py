"""Leaders confirm their teams at intervals, or say who is wrong in them (N-27)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people import book, confirming
from vaiti.people.confirming import OUTSIDE, OVERDUE, REPORTED
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Membership, Person, Review, Role, RoleKind

INTERVAL = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Led:
    """A team and its leader, with the instant by which the leader confirms it."""

    team: UUID
    name: str
    leader: UUID
    confirmed: datetime | None
    due: datetime

    @property
    def key(self) -> str:
        return f"{self.team.hex}:{self.leader.hex}"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the leader sees them; `reported`: somebody has said that they are wrong here."""

    id: UUID
    name: str = field(repr=False)
    since: datetime
    roles: tuple[str, ...]
    reported: bool


def led_by(person_id: UUID, interval: timedelta, now: datetime) -> list[Led]:
    """The teams that the person leads at `now`, by name."""
    return [one for one in leaderships(interval, now) if one.leader == person_id]


def leaderships(interval: timedelta, now: datetime) -> list[Led]:
    """Every manager who leads a team at `now`, once a team.

    A confirmation is due an interval after this leader's last one, or after they began to lead.
    """
    managers = Role.objects.filter(standing(now), kind=RoleKind.MANAGER).values("person_id")
    rows = Membership.objects.filter(
        standing(now), standing(now, "person__active"), leads=True, person_id__in=managers
    )
    confirmed = _confirmed(now)
    return [
        _led(row, confirmed.get((row.team_id, row.person_id)), interval)
        for row in rows.select_related("team").order_by("team__name", "id")
    ]


def _confirmed(now: datetime) -> dict[tuple[UUID, UUID], datetime]:
    words = Review.objects.filter(team__isnull=False, about__isnull=True, at__lte=now)
    newest = words.values_list("team_id", "leader_id").annotate(last=Max("at"))
    return {(team, leader): last for team, leader, last in newest if team is not None}


def _led(row: Membership, confirmed: datetime | None, interval: timedelta) -> Led:
    begins = max(filter(None, (row.valid_from, confirmed)))
    return Led(row.team_id, row.team.name, row.person_id, confirmed, begins + interval)


def members(team_id: UUID, now: datetime) -> list[Member]:
    """Those whom the team's leaders hear at `now`, by name."""
    rows = Membership.objects.filter(
        standing(now), standing(now, "person__active"), team_id=team_id, leads=False
    )
    doubted = set(
        Review.objects.filter(
            team_id=team_id, about__isnull=False, settled_at__isnull=True
        ).values_list("about_id", flat=True)
    )
    return [
        Member(
            row.person_id,
            row.person.name,
            row.valid_from,
            tuple(sorted(book.roles(row.person_id, now))),
            row.person_id in doubted,
        )
        for row in rows.select_related("person").order_by("person__name", "person_id")
    ]


def confirm(leader_id: UUID, team_id: UUID, now: datetime) -> None:
    """The leader's word that members, roles and delegations of the team are right."""
    with transaction.atomic():
        _check_leads(leader_id, team_id, now)
        Review.objects.create(team_id=team_id, leader_id=leader_id, at=now)
        count = len(members(team_id, now))
        kind = Kind.PEOPLE_REVIEW_CONFIRMED
        enter(kind, team_id, leader_id.hex, now, members=count)
        alarms.clear(OVERDUE, f"{team_id.hex}:{leader_id.hex}", now)


def report(leader_id: UUID, team_id: UUID, about: UUID, now: datetime) -> None:
    """The leader's word that somebody is wrong in the team: an alarm to the administrators."""
    with transaction.atomic():
        _check_leads(leader_id, team_id, now)
        if about not in {one.id for one in members(team_id, now)}:
            raise EnrolmentError("this person is not in the team")
        Review.objects.create(team_id=team_id, leader_id=leader_id, at=now, about_id=about)
        enter(Kind.PEOPLE_REVIEW_REPORTED, about, leader_id.hex, now, team=team_id.hex)
        alarms.raise_alarm(REPORTED, about.hex, f"reported in team {team_id.hex}", now)


def settle(about: UUID, *, by: str, now: datetime) -> None:
    """An administrator has dealt with what leaders reported of this person."""
    with transaction.atomic():
        open_ones = Review.objects.filter(about_id=about, settled_at__isnull=True)
        count = open_ones.update(settled_at=now, settled_by=by)
        if not count:
            raise EnrolmentError("there is no such report, or it is settled")
        enter(Kind.PEOPLE_REVIEW_SETTLED, about, by, now, reports=count)
        alarms.clear(REPORTED, about.hex, now)


def reports_about(person_id: UUID) -> list[tuple[str, str, datetime]]:
    """What stands reported of the person: by whom, in which team (none by a confirmer), when."""
    rows = Review.objects.filter(about_id=person_id, settled_at__isnull=True)
    return [
        (row.leader.name, row.team.name if row.team else "", row.at)
        for row in rows.select_related("leader", "team").order_by("at", "id")
    ]


def watch(interval: timedelta, now: datetime) -> int:
    """Raises the alarm for each confirmation that is overdue, and ends those that are not.

    Says how many are overdue; those outside teams count as one.
    """
    late = {
        one.key: (one.due, f"team {one.team.hex}, leader {one.leader.hex}")
        for one in leaderships(interval, now)
        if one.due <= now
    }
    outside = confirming.late(interval, now)
    if outside is not None:
        late[OUTSIDE] = (outside[0], f"{outside[1]} people")
    with transaction.atomic():
        for alarm in alarms.standing():
            if alarm.kind == OVERDUE and alarm.key not in late:
                alarms.clear(OVERDUE, alarm.key, now)
        for key, (due, detail) in late.items():
            if not alarms.known(OVERDUE, key, due):
                alarms.raise_alarm(OVERDUE, key, detail, now)
    return len(late)


def _check_leads(leader_id: UUID, team_id: UUID, now: datetime) -> None:
    """Locks the leader's row, so that an end of the right waits for this word or forbids it."""
    Person.objects.select_for_update().filter(id=leader_id).first()
    if not any(one.team == team_id for one in led_by(leader_id, INTERVAL, now)):
        raise EnrolmentError("you do not lead this team")
