"""People in no manager's team are confirmed too: by a named one, never by themselves (N-27).

Who has a role and is in no team that a manager leads is confirmed at the same intervals as teams
are. An administrator names who does it; where nobody is named, any data protection officer may, and
for the officers any administrator.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people.dated import standing
from vaiti.people.duties import CONFIRMS
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Confirmer, Membership, Person, Review, Role, RoleKind
from vaiti.people.teams import present

OVERDUE = "people:review_overdue"
OUTSIDE = "outside teams"
REPORTED = "people:report"


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody in no manager's team, by when they are to be confirmed, and who may do it."""

    person: UUID
    name: str = field(repr=False)
    roles: tuple[str, ...]
    confirmers: frozenset[UUID]
    named: UUID | None
    confirmed: datetime | None
    due: datetime
    reported: bool


def outsiders(interval: timedelta, now: datetime) -> list[Outsider]:
    """All of them, by name; due an interval after the last word, or after the first role began."""
    held = _roles(now)
    outside = set(held) - _in_led_teams(held, now)
    people = Person.objects.filter(standing(now, "active"), id__in=outside)
    confirmed, named, doubted = _confirmed(now), _named(now), _doubted()
    confirming = _holding(held, CONFIRMS)
    found = []
    for row in people.order_by("name", "id"):
        last, chosen = confirmed.get(row.id), named.get(row.id)
        if chosen not in confirming - {row.id}:
            chosen = None  # has left or lost the role meanwhile
        begins = max(filter(None, (last, row.active_from, min(at for _, at in held[row.id]))))
        kinds = frozenset(kind for kind, _ in held[row.id])
        fit = _fit(row.id, kinds, held) if chosen is None else frozenset({chosen})
        one = (row.id, row.name, tuple(sorted(kinds)), fit, chosen, last, begins + interval)
        found.append(Outsider(*one, reported=row.id in doubted))
    return found


def _doubted() -> set[UUID | None]:
    words = Review.objects.filter(team__isnull=True, about__isnull=False, settled_at__isnull=True)
    return set(words.values_list("about_id", flat=True))


Held = dict[UUID, list[tuple[str, datetime]]]


def _roles(now: datetime) -> Held:
    """The roles that stand, with their beginnings, of everybody here."""
    found: Held = {}
    rows = Role.objects.filter(standing(now), standing(now, "person__active"))
    for person, kind, at in rows.values_list("person_id", "kind", "valid_from"):
        found.setdefault(person, []).append((kind, at))
    return found


def _holding(held: Held, kinds: frozenset[str]) -> frozenset[UUID]:
    return frozenset(
        person for person, roles in held.items() if kinds & {kind for kind, _ in roles}
    )


def _in_led_teams(held: Held, now: datetime) -> set[UUID]:
    """The members of the teams that a manager leads now: their leader confirms them."""
    managers = _holding(held, frozenset({RoleKind.MANAGER.value}))
    been = Membership.objects.filter(standing(now), standing(now, "person__active"))
    led = been.filter(leads=True, person_id__in=managers).values("team_id")
    return set(been.filter(leads=False, team_id__in=led).values_list("person_id", flat=True))


def _fit(person: UUID, kinds: frozenset[str], held: Held) -> frozenset[UUID]:
    """Who may confirm the person where nobody is named for it."""
    role = RoleKind.ADMINISTRATOR if RoleKind.DPO in kinds else RoleKind.DPO
    return _holding(held, frozenset({role.value})) - {person}


def _confirmed(now: datetime) -> dict[UUID, datetime]:
    words = Review.objects.filter(of__isnull=False, about__isnull=True, at__lte=now)
    return dict(words.values_list("of_id").annotate(last=Max("at")))


def _named(now: datetime) -> dict[UUID, UUID]:
    return dict(Confirmer.objects.filter(standing(now)).values_list("person_id", "confirmer_id"))


def name_confirmer(person_id: UUID, confirmer_id: UUID | None, *, by: str, now: datetime) -> None:
    """From now on this person, or any fitting one, confirms the other. Raises EnrolmentError."""
    if confirmer_id == person_id or by == person_id.hex:
        raise EnrolmentError("nobody confirms themselves")
    with transaction.atomic():
        row = present(person_id, now)
        before = Confirmer.objects.filter(standing(now), person=row)
        was = before.values_list("confirmer_id", flat=True).first()
        before.update(valid_to=now)
        if confirmer_id is not None:
            roles = Role.objects.filter(
                standing(now), standing(now, "person__active"), person_id=confirmer_id
            )
            if not roles.filter(kind__in=CONFIRMS).exists():
                raise EnrolmentError(
                    "who confirms somebody is an administrator or a data protection officer"
                )
            Confirmer.objects.create(
                person=row, confirmer_id=confirmer_id, valid_from=now, named_by=by
            )
        facts = {"before": was.hex if was else None}
        after = confirmer_id.hex if confirmer_id else None
        enter(Kind.PEOPLE_PERSON_CHANGED, row.id, by, now, change="confirmer", after=after, **facts)


def to_confirm(confirmer_id: UUID, interval: timedelta, now: datetime) -> list[Outsider]:
    """Those whom this person confirms, the earliest due first."""
    mine = [one for one in outsiders(interval, now) if confirmer_id in one.confirmers]
    return sorted(mine, key=lambda one: one.due)


def confirm_person(confirmer_id: UUID, person_id: UUID, interval: timedelta, now: datetime) -> None:
    """The confirmer's word that the person belongs here with these roles."""
    with transaction.atomic():
        one = _mine(confirmer_id, person_id, now)
        Review.objects.create(of_id=person_id, leader_id=confirmer_id, at=now)
        facts = {"roles": ",".join(one.roles)}
        enter(Kind.PEOPLE_REVIEW_CONFIRMED, person_id, confirmer_id.hex, now, **facts)
        if late(interval, now) is None:
            alarms.clear(OVERDUE, OUTSIDE, now)


def report_person(confirmer_id: UUID, person_id: UUID, now: datetime) -> None:
    """The confirmer's word that something is wrong with the person: an alarm to administrators."""
    with transaction.atomic():
        _mine(confirmer_id, person_id, now)
        Review.objects.create(of_id=person_id, leader_id=confirmer_id, at=now, about_id=person_id)
        enter(Kind.PEOPLE_REVIEW_REPORTED, person_id, confirmer_id.hex, now)
        detail = f"reported by {confirmer_id.hex}"
        alarms.raise_alarm(REPORTED, person_id.hex, detail, now)


def _mine(confirmer_id: UUID, person_id: UUID, now: datetime) -> Outsider:
    """Locks the person's row, so that a change of their rights waits for this word."""
    Person.objects.select_for_update().filter(id=person_id).first()
    for one in outsiders(timedelta(0), now):
        if one.person == person_id and confirmer_id in one.confirmers:
            return one
    raise EnrolmentError("it is not you who confirms this person")


def late(interval: timedelta, now: datetime) -> tuple[datetime, int] | None:
    """Since when the newest of the overdue is so, and how many are; None for none.

    All of them are one alarm: a firm may have hundreds of people outside teams.
    """
    found = [one.due for one in outsiders(interval, now) if one.due <= now]
    return (max(found), len(found)) if found else None
