"""Who is who at an instant: persons, their roles, their devices, and who answers to whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from vaiti.asking.prepared import Prepared
from vaiti.people.dated import standing
from vaiti.people.models import (
    Delegation,
    DeviceUse,
    FormerName,
    FormerStay,
    Membership,
    Person,
    Role,
    RoleKind,
    Team,
)
from vaiti.people.named import alike

MOST_DEVICES = 16  # of one person at a time
LANGUAGES = ("sv", "fi", "en")


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as of an instant. A leaver has no card; `roles` are values of RoleKind."""

    id: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    language: str
    roles: frozenset[str]


def person(person_id: UUID, now: datetime) -> PersonCard | None:
    """The person, or None for an unknown one and for one who is not here at `now`."""
    rows = _PERSON.rows(person=person_id, now=now)
    kinds = frozenset(kind for *_, kind in rows if kind)
    for found_id, name, login, language, kind in rows:
        if not kind:
            return PersonCard(found_id, name, login, language, kinds)
    return None


_NOTHING = (Value(""), Value(""), Value(""))  # a role's row has the person's columns empty
_PERSON = Prepared(
    lambda person, now: (
        Person.objects.filter(standing(now, "active"), id=person)
        .values_list("id", "name", "login", "language", Value(""))
        .union(_roles(person, now).values_list("person_id", *_NOTHING, "kind"), all=True)
    ),
    person=UUID,
    now=datetime,
)


def persons(now: datetime) -> list[PersonCard]:
    """Everyone who is here at `now`, by name."""
    rows = Person.objects.filter(standing(now, "active")).order_by("name", "id")
    return [card(row, now) for row in rows]


def card(row: Person, now: datetime) -> PersonCard:
    return PersonCard(row.id, row.name, row.login, row.language, roles(row.id, now))


def names(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The current names, of leavers too: a call keeps its agent's name while it is kept (N-16)."""
    return dict(_NAMES.rows(persons=sorted(set(person_ids))))


_NAMES = Prepared(
    lambda persons: Person.objects.filter(id__in=persons).values_list("id", "name"), persons=UUID
)


def team_names() -> dict[UUID, str]:
    """Every team's name, of those without anybody in them too."""
    return dict(Team.objects.values_list("id", "name"))


def former_names(person_id: UUID) -> list[tuple[str, datetime]]:
    """The names the person had before, each with the instant until which, oldest first."""
    rows = FormerName.objects.filter(person_id=person_id).order_by("until")
    return [(row.name, row.until) for row in rows]


def roles(person_id: UUID, now: datetime) -> frozenset[str]:
    """The kinds of the roles that stand at `now`; none for a leaver."""
    return frozenset(kind for (kind,) in _ROLES.rows(person=person_id, now=now))


def _roles(person_id: UUID, now: datetime) -> "QuerySet[Role]":
    return Role.objects.filter(standing(now), standing(now, "person__active"), person_id=person_id)


_ROLES = Prepared(
    lambda person, now: _roles(person, now).values_list("kind"), person=UUID, now=datetime
)


def left_after(person_id: UUID, at: datetime) -> datetime | None:
    """When the person left for the first time after `at`; None for who has been here since."""
    stays = FormerStay.objects.filter(person_id=person_id, active_to__gt=at)
    now = Person.objects.filter(id=person_id, active_to__gt=at)
    left = [rows.values_list("active_to", flat=True) for rows in (stays, now)]
    return min((one for ends in left for one in ends if one is not None), default=None)


def set_language(person_id: UUID, language: str) -> None:
    """The language the person's pages begin in: sv, fi or en. No act that the log would hold."""
    if language not in LANGUAGES:
        raise ValueError("the language is sv, fi or en")
    Person.objects.filter(id=person_id).update(language=language)


def subordinates(person_id: UUID, now: datetime) -> frozenset[UUID]:
    """The members, at `now`, of the teams that the person leads or stands in for (N-29).

    Direct only: the members of a team that a subordinate leads are not among them, nor are other
    leaders of the same team, nor the person, nor who leads a team that the person is a member of.
    A leaver neither has subordinates nor is one.
    """
    own = frozenset(member for (member,) in _LED.rows(person=person_id, now=now))
    return own | _handed(person_id, now)


def _led(person: UUID, now: datetime) -> "QuerySet[Membership, tuple[UUID]]":
    led = _standing_members(now).filter(person_id=person, leads=True)
    rows = _standing_members(now).filter(team_id__in=led.values("team_id"), leads=False)
    superiors = _superiors(person, now).values("person_id")
    return rows.exclude(person_id=person).exclude(person_id__in=superiors).values_list("person_id")


def _superiors(person: UUID, now: datetime) -> QuerySet[Membership]:
    mine = _standing_members(now).filter(person_id=person, leads=False).values("team_id")
    return _standing_members(now).filter(team_id__in=mine, leads=True)


_LED = Prepared(_led, person=UUID, now=datetime)


def leaders(person_id: UUID, now: datetime) -> frozenset[UUID]:
    """The managers who lead a team in which the person is a member at `now`."""
    mine = _standing_members(now).filter(person_id=person_id, leads=False).values("team_id")
    managers = Role.objects.filter(standing(now), kind=RoleKind.MANAGER).values("person_id")
    led = _standing_members(now).filter(team_id__in=mine, leads=True, person_id__in=managers)
    return frozenset(led.exclude(person_id=person_id).values_list("person_id", flat=True))


def _handed(person_id: UUID, now: datetime) -> frozenset[UUID]:
    """Those whom a delegation standing at `now` adds; never more than its giver's own right.

    Nobody hears their own team's members as a stand-in, nor those who lead them.
    """
    given = _given_teams(person_id, now)
    if not given:
        return frozenset()
    superiors = _superiors(person_id, now).values_list("person_id", flat=True)
    return _members(Q(team_id__in=given), person_id, now) - set(superiors)


def _given_teams(person_id: UUID, now: datetime) -> set[UUID]:
    """The teams that delegations hand to the person at `now`, save those they belong to."""
    given = {team for (team,) in _GIVEN.rows(person=person_id, now=now)}
    if not given:
        return set()
    mine = _standing_members(now).filter(person_id=person_id, leads=False)
    return given - set(mine.values_list("team_id", flat=True))


def _given(person: UUID, now: datetime) -> "QuerySet[Delegation, tuple[UUID]]":
    rows = Delegation.objects.filter(
        standing(now),
        standing(now, "giver__active"),
        standing(now, "receiver__active"),
        receiver_id=person,
    )
    leads = _standing_members(now).filter(
        person_id=OuterRef("giver_id"), team_id=OuterRef("team_id"), leads=True
    )
    manages = Role.objects.filter(
        standing(now), person_id=OuterRef("giver_id"), kind=RoleKind.MANAGER
    )
    return rows.filter(Exists(leads), Exists(manages)).values_list("team_id")


_GIVEN = Prepared(_given, person=UUID, now=datetime)


def _standing_members(now: datetime) -> QuerySet[Membership]:
    return Membership.objects.filter(standing(now), standing(now, "person__active"))


def _members(teams: Q, besides: UUID, now: datetime) -> frozenset[UUID]:
    rows = _standing_members(now).filter(teams, leads=False)
    return frozenset(rows.exclude(person_id=besides).values_list("person_id", flat=True))


def stays(person_id: UUID, now: datetime) -> tuple[tuple[UUID, datetime, datetime | None], ...]:
    """When each subordinate was in the team that makes them one at `now`.

    (person, from, to) for each time, earlier ones of those who came back among them.
    """
    led = _standing_members(now).filter(person_id=person_id, leads=True)
    teams = {*led.values_list("team_id", flat=True), *_given_teams(person_id, now)}
    member = _standing_members(now).filter(
        person_id=OuterRef("person_id"), team_id=OuterRef("team_id"), leads=False
    )
    rows = Membership.objects.filter(
        Exists(member),
        team_id__in=teams,
        person_id__in=subordinates(person_id, now),
        leads=False,
        valid_from__lte=now,
    )
    found = rows.order_by("person_id", "valid_from", "id")
    return tuple(found.values_list("person_id", "valid_from", "valid_to"))


def answering(at: datetime, now: datetime) -> dict[UUID, str]:
    """Who may have been a call's agent at `at`: those who were one, and those who are one now.

    A call is often nobody's because its agent was entered a day too late.
    """
    are_now = standing(now) & standing(now, "person__active")
    agents = Role.objects.filter(
        standing(at) | are_now, kind__in=(RoleKind.SERVICE_AGENT, RoleKind.SALES_AGENT)
    )
    return names(agents.values_list("person_id", flat=True))


def at_device(device: str, at: datetime) -> UUID | None:
    """The person who used `device` at `at`; None if nobody did, or if two would answer to it."""
    found = {person for (person,) in _AT_DEVICE.rows(device=device, at=at)}
    return found.pop() if len(found) == 1 else None


def _using(device: str, at: datetime) -> "QuerySet[DeviceUse, tuple[UUID]]":
    before = FormerStay.objects.filter(standing(at, "active"), person_id=OuterRef("person_id"))
    here = standing(at, "person__active") | Q(Exists(before))
    users = DeviceUse.objects.filter(standing(at), here, device=device)
    return users.values_list("person_id")[:2]


_AT_DEVICE = Prepared(_using, device=str, at=datetime)


def agents_named(name: str, at: datetime) -> frozenset[UUID]:
    """The agents of this name at `at`, as they were called then. There may be more than one."""
    wanted = alike(name)
    kinds = (RoleKind.SERVICE_AGENT, RoleKind.SALES_AGENT)
    agents = Role.objects.filter(standing(at), kind__in=kinds).values("person_id")
    called = dict(Person.objects.filter(id__in=agents).values_list("id", "name"))
    former = FormerName.objects.filter(person_id__in=agents, until__gt=at).order_by("-until")
    called |= dict(former.values_list("person_id", "name"))
    return frozenset(person for person, each in called.items() if alike(each) == wanted)


def devices_of(person_id: UUID, now: datetime) -> frozenset[str]:
    """The devices that the person, and nobody else, uses now."""
    used = DeviceUse.objects.filter(standing(now), person_id=person_id)
    devices = set(used.values_list("device", flat=True)[:MOST_DEVICES])
    others = DeviceUse.objects.filter(
        standing(now), standing(now, "person__active"), device__in=devices
    ).exclude(person_id=person_id)
    return frozenset(devices - set(others.values_list("device", flat=True)))
