"""One team for each manager whom SCIM names: its members are those who report to them, by date."""

from datetime import datetime
from uuid import UUID

from vaiti.people import teams
from vaiti.people.dated import standing
from vaiti.people.machine_models import ManagerTeam, ScimUser
from vaiti.people.models import Membership, Person, Team

BY, SOURCE = "system:scim", "scim"


def follow_manager(row: ScimUser, now: datetime) -> None:
    """The person is in their manager's team and in no other manager's. Teams made by hand stay."""
    manager = row.manager_id
    wanted = _team_of(manager, now) if manager is not None and _here(manager, now) else None
    present = Membership.objects.filter(
        standing(now),
        person_id=row.person_id,
        leads=False,
        team_id__in=ManagerTeam.objects.values("team_id"),
    )
    held = set(present.values_list("team_id", flat=True))
    for team in held - {wanted}:
        teams.leave_team(row.person_id, team, by=BY, now=now)
        _end_empty(team, now)
    if manager is not None and wanted is not None and wanted not in held:
        _lead(wanted, manager, now)
        teams.join_team(row.person_id, wanted, by=BY, now=now, source=SOURCE)


def _here(person_id: UUID, now: datetime) -> bool:
    return Person.objects.filter(standing(now, "active"), id=person_id).exists()


def _team_of(manager_id: UUID, now: datetime) -> UUID:
    manager = Person.objects.select_for_update().get(id=manager_id)  # one team, also of two at once
    known = ManagerTeam.objects.filter(manager_id=manager_id).first()
    if known is not None and known.team.ended_at is None:
        return known.team_id
    if known is not None:
        known.delete()  # somebody ended it here; who reports to the manager gets a new one
    name = f"{manager.name} ({manager.login})"[: teams.MAX_TEAM]
    if Team.objects.filter(name=name).exists():
        name = f"{name[: teams.MAX_TEAM - 9]} {manager.id.hex[:8]}"
    team = teams.add_team(name, by=BY, now=now)
    ManagerTeam.objects.create(manager=manager, team_id=team)
    return team


def _lead(team_id: UUID, manager_id: UUID, now: datetime) -> None:
    rows = Membership.objects.filter(standing(now), team_id=team_id, person_id=manager_id)
    if not rows.exists():
        teams.lead_team(manager_id, team_id, by=BY, now=now, source=SOURCE)


def _end_empty(team_id: UUID, now: datetime) -> None:
    """A team without members has no leader either."""
    rows = Membership.objects.filter(standing(now), team_id=team_id)
    if not rows.filter(leads=False).exists():
        for leader in rows.values_list("person_id", flat=True):
            teams.leave_team(leader, team_id, by=BY, now=now)
