"""Groups as an identity provider keeps them, and the roles that settings give to their members.

These roles are rows of their own, granted by `system:scim:groups`; what was granted by hand, or to
everybody who came by SCIM, is never touched. A role whose group is gone ends at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from vaiti.audit.kinds import Kind
from vaiti.people import enrol
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.machine_models import ScimGroup, ScimMember, ScimUser
from vaiti.people.models import Person, Role
from vaiti.people.scim_document import ScimFault, ScimRules, Wanted
from vaiti.people.scim_group_document import ADD, REMOVE, GroupChanges

BY, SOURCE = "system:scim", "scim"
GROUPS = "system:scim:groups"
NOT_FOUND = ScimFault(404, "", "there is no such group")


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group as SCIM sees it. `members` is empty where they were not asked for."""

    id: UUID
    name: str = field(repr=False)
    external_id: str = field(repr=False)
    members: tuple[UUID, ...]
    made_at: datetime
    changed_at: datetime


def create_group(changes: GroupChanges, rules: ScimRules, now: datetime) -> GroupCard:
    """Raises ScimFault."""
    with transaction.atomic():
        row = ScimGroup.objects.create(name=changes.name or "", made_at=now, changed_at=now)
        _apply(row, changes, rules, now)
    return get_group(row.id)


def change_group(
    group_id: UUID, changes: GroupChanges, rules: ScimRules, now: datetime
) -> GroupCard:
    """Raises ScimFault, and changes nothing then."""
    with transaction.atomic():
        row = ScimGroup.objects.select_for_update().filter(id=group_id).first()
        if row is None:
            raise NOT_FOUND
        _apply(row, changes, rules, now)
    return get_group(group_id)


def remove_group(group_id: UUID, rules: ScimRules, now: datetime) -> None:
    """What the group gave its members ends."""
    with transaction.atomic():
        row = ScimGroup.objects.select_for_update().filter(id=group_id).first()
        if row is None:
            raise NOT_FOUND
        members = _members(row)
        row.delete()
        _note(group_id, now, change="removed", removed=len(members))
        follow(members, rules, now)


def get_group(group_id: UUID) -> GroupCard:
    row = ScimGroup.objects.filter(id=group_id).first()
    if row is None:
        raise NOT_FOUND
    return _card(row, with_members=True)


def find_groups(
    wanted: Wanted, start: int, count: int, *, with_members: bool
) -> tuple[int, list[GroupCard]]:
    """How many there are in all, and those from the `start`th (from 1) on."""
    rows = ScimGroup.objects.order_by("made_at", "id")
    for column, value in wanted:
        try:
            rows = rows.filter(_condition(column, value))
        except ValueError:
            return 0, []
    found = rows[start - 1 : start - 1 + count]
    return rows.count(), [_card(row, with_members=with_members) for row in found]


def _condition(column: str, value: str) -> Q:
    """Raises ValueError where the value is no id and should be one."""
    if column == "members":
        return Q(id__in=ScimMember.objects.filter(person_id=UUID(value)).values("group_id"))
    return Q(id=UUID(value)) if column == "id" else Q(**{column: value})


def follow(people: Collection[UUID], rules: ScimRules, now: datetime) -> None:
    """Gives each of them the roles of their groups, and ends what no group gives any more."""
    for person_id in sorted(people):
        Person.objects.select_for_update().get(id=person_id)  # two groups at a time, one after one
        if Person.objects.filter(standing(now, "active"), id=person_id).exists():
            _follow(person_id, rules, now)


def follow_all(rules: ScimRules, now: datetime) -> int:
    """Everybody of SCIM, as after a change of the settings; says how many."""
    people = set(ScimUser.objects.values_list("person_id", flat=True))
    with transaction.atomic():
        follow(people, rules, now)
    return len(people)


def _follow(person_id: UUID, rules: ScimRules, now: datetime) -> None:
    groups = ScimGroup.objects.filter(
        id__in=ScimMember.objects.filter(person_id=person_id).values("group_id")
    )
    wanted = {
        rules.roles[key] for row in groups if (key := row.external_id or row.name) in rules.roles
    }
    rows = Role.objects.filter(standing(now), person_id=person_id)
    held = set(rows.values_list("kind", flat=True))
    ours = set(rows.filter(granted_by=GROUPS).values_list("kind", flat=True))
    for role in sorted(ours - wanted):
        enrol.end_role(person_id, role, by=GROUPS, now=now)
    for role in sorted(wanted - held):
        enrol.grant_role(person_id, role, by=GROUPS, now=now, source=SOURCE)


def _apply(row: ScimGroup, changes: GroupChanges, rules: ScimRules, now: datetime) -> None:
    before = _members(row)
    row.name = changes.name if changes.name is not None else row.name
    row.external_id = row.external_id if changes.external_id is None else changes.external_id
    row.changed_at = now
    row.save(update_fields=["name", "external_id", "changed_at"])
    after = _after(before, changes)
    _check_known(after - before)
    ScimMember.objects.filter(group=row, person_id__in=before - after).delete()
    ScimMember.objects.bulk_create(
        ScimMember(group=row, person_id=one) for one in sorted(after - before)
    )
    counts = {"added": len(after - before), "removed": len(before - after)}
    _note(row.id, now, change="changed", **counts)
    follow(before | after, rules, now)


def _after(before: frozenset[UUID], changes: GroupChanges) -> frozenset[UUID]:
    found = before
    for act, named in changes.members:
        if act == ADD:
            found |= named
        elif act == REMOVE:
            found -= named
        else:
            found = named
    return found


def _check_known(people: frozenset[UUID]) -> None:
    known = set(ScimUser.objects.filter(person_id__in=people).values_list("person_id", flat=True))
    if people - known:
        raise ScimFault(400, "invalidValue", "members are ids of users that are here")


def _members(row: ScimGroup) -> frozenset[UUID]:
    return frozenset(ScimMember.objects.filter(group=row).values_list("person_id", flat=True))


def _card(row: ScimGroup, *, with_members: bool) -> GroupCard:
    found: QuerySet[ScimMember, UUID] = (
        ScimMember.objects.filter(group=row).order_by("id").values_list("person_id", flat=True)
    )
    members = tuple(found) if with_members else ()
    return GroupCard(row.id, row.name, row.external_id, members, row.made_at, row.changed_at)


def _note(group_id: UUID, now: datetime, **facts: str | int) -> None:
    """Names of groups are in no entry."""
    enter(Kind.PEOPLE_GROUP_CHANGED, group_id, BY, now, **facts)
