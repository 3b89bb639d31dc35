"""The list of people and one person's page: who is and was who, with every row's dates."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from vaiti.people import book
from vaiti.people.dated import standing
from vaiti.people.delegation import Handed, delegations_of
from vaiti.people.models import (
    DeviceUse,
    FormerStay,
    FormerTeamName,
    Membership,
    Person,
    Role,
    Team,
)
from vaiti.people.named import alike

PAGE = 100  # people on one page
HERE, LEAVING, LEFT = "here", "leaving", "left"
STATES = (HERE, LEAVING, LEFT)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed down to; `text` is part of a name or login."""

    text: str = field(default="", repr=False)
    role: str = ""
    team: UUID | None = None
    state: str = HERE


@dataclass(frozen=True, slots=True)
class Found:
    """One person in the list. `state` is one of STATES; `ends` is the entered end, if any."""

    id: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    employer: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    state: str
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class People:
    """One page of those who fit; `count` of them there are on `pages` pages."""

    found: tuple[Found, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class RoleHeld:
    kind: str
    begins: datetime
    ends: datetime | None
    granted_by: str


@dataclass(frozen=True, slots=True)
class TeamBeen:
    team: UUID
    name: str
    leads: bool
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceUsed:
    device: str = field(repr=False)
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the register knows of a person as staff, newest first where it is dated."""

    id: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    employer: str
    since: datetime
    ends: datetime | None
    here: bool
    before: tuple[tuple[datetime, datetime], ...]
    former_names: tuple[tuple[str, datetime], ...] = field(repr=False)
    roles: tuple[RoleHeld, ...]
    teams: tuple[TeamBeen, ...]
    devices: tuple[DeviceUsed, ...]
    delegations: tuple[Handed, ...]


def search(wanted: Wanted, now: datetime, page: int = 1) -> People:
    """People by name, as they stand at `now`; of a page that there is not, the nearest one.

    Names are compared here and not by the database: SQLite does not know that Å and å are one.
    """
    rows = list(_narrowed(wanted, now).order_by("name", "id"))
    if text := alike(wanted.text):
        rows = [row for row in rows if text in alike(row.name) or text in row.login]
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    roles, teams = _roles_of(shown, now), _teams_of(shown, now)
    found = tuple(
        Found(
            row.id,
            row.name,
            row.login,
            row.employer,
            tuple(sorted(roles.get(row.id, ()))),
            tuple(sorted(teams.get(row.id, ()))),
            _state(row, now),
            row.active_to,
        )
        for row in shown
    )
    return People(found, len(rows), page, pages)


def holders(role: str, now: datetime) -> list[tuple[UUID, str]]:
    """Everybody who has this role, by name."""
    rows = _narrowed(Wanted(role=role), now).order_by("name", "id")
    return list(rows.values_list("id", "name"))


def _narrowed(wanted: Wanted, now: datetime) -> QuerySet[Person]:
    rows = Person.objects.all()
    if wanted.state == LEFT:
        rows = rows.filter(active_to__lte=now)
    elif wanted.state == LEAVING:
        rows = rows.filter(active_to__gt=now)
    elif wanted.state == HERE:
        rows = rows.filter(standing(now, "active"))
    if wanted.role:
        held = Role.objects.filter(standing(now), kind=wanted.role)
        rows = rows.filter(id__in=held.values("person_id"))
    if wanted.team:
        been = Membership.objects.filter(standing(now), team_id=wanted.team)
        rows = rows.filter(id__in=been.values("person_id"))
    return rows


def _state(row: Person, now: datetime) -> str:
    if row.active_to is None:
        return HERE
    return LEAVING if row.active_to > now else LEFT


def _roles_of(rows: list[Person], now: datetime) -> dict[UUID, set[str]]:
    held = Role.objects.filter(standing(now), person__in=rows)
    return _gathered(held.values_list("person_id", "kind"))


def _teams_of(rows: list[Person], now: datetime) -> dict[UUID, set[str]]:
    been = Membership.objects.filter(standing(now), person__in=rows)
    return _gathered(been.values_list("person_id", "team__name"))


def _gathered(
    pairs: QuerySet[Role, tuple[UUID, str]] | QuerySet[Membership, tuple[UUID, str]],
) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for person_id, word in pairs:
        found.setdefault(person_id, set()).add(word)
    return found


def profile(person_id: UUID, now: datetime) -> Profile | None:
    """The person's page, of leavers too; None for nobody."""
    row = Person.objects.filter(id=person_id).first()
    if row is None:
        return None
    return Profile(
        row.id,
        row.name,
        row.login,
        row.employer,
        since=row.active_from,
        ends=row.active_to,
        here=_state(row, now) != LEFT,
        before=tuple(
            FormerStay.objects.filter(person=row)
            .order_by("-active_from")
            .values_list("active_from", "active_to")
        ),
        former_names=tuple(book.former_names(row.id)),
        roles=_roles_held(row.id),
        teams=_teams_been(row.id),
        devices=_devices_used(row.id),
        delegations=tuple(delegations_of(row.id, now)),
    )


_NEVER = Q(valid_to=F("valid_from"))
"""What was taken back before it began."""


def _roles_held(person_id: UUID) -> tuple[RoleHeld, ...]:
    rows = Role.objects.filter(person_id=person_id).exclude(_NEVER).order_by("-valid_from", "-id")
    return tuple(RoleHeld(row.kind, row.valid_from, row.valid_to, row.granted_by) for row in rows)


def _teams_been(person_id: UUID) -> tuple[TeamBeen, ...]:
    rows = Membership.objects.filter(person_id=person_id).exclude(_NEVER).select_related("team")
    return tuple(
        TeamBeen(row.team_id, row.team.name, row.leads, row.valid_from, row.valid_to)
        for row in rows.order_by("-valid_from", "-id")
    )


def _devices_used(person_id: UUID) -> tuple[DeviceUsed, ...]:
    rows = DeviceUse.objects.filter(person_id=person_id).exclude(_NEVER)
    rows = rows.order_by("-valid_from", "-id")
    return tuple(DeviceUsed(row.device, row.valid_from, row.valid_to) for row in rows)


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team as it stands: who leads it, how many members it has, and what it was called."""

    id: UUID
    name: str
    leaders: tuple[str, ...] = field(repr=False)
    members: int
    former_names: tuple[tuple[str, datetime], ...] = ()


def teams(now: datetime) -> list[TeamCard]:
    """Every team that has not ended, by name."""
    been = Membership.objects.filter(standing(now), standing(now, "person__active"))
    leaders: dict[UUID, list[str]] = {}
    for team_id, name in been.filter(leads=True).values_list("team_id", "person__name"):
        leaders.setdefault(team_id, []).append(name)
    counts: dict[UUID, int] = {}
    for team_id in been.filter(leads=False).values_list("team_id", flat=True):
        counts[team_id] = counts.get(team_id, 0) + 1
    former: dict[UUID, tuple[tuple[str, datetime], ...]] = {}
    for row in FormerTeamName.objects.order_by("-until"):
        former[row.team_id] = (*former.get(row.team_id, ()), (row.name, row.until))
    return [
        TeamCard(
            team.id,
            team.name,
            tuple(sorted(leaders.get(team.id, ()))),
            counts.get(team.id, 0),
            former.get(team.id, ()),
        )
        for team in Team.objects.filter(ended_at__isnull=True).order_by("name")
    ]
