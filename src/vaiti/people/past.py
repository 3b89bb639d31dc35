"""Reads the dated rows of a stretch of time, for `vaiti.people.as_of`."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from vaiti.people.as_of import Belonging, Handing, Holding, Rows, Somebody, Span
from vaiti.people.models import Delegation, FormerStay, Membership, Person, Role, Team


def rows(begins: datetime, ends: datetime) -> Rows:
    """Everything about people that stood at some instant from `begins` up to `ends`."""
    before = _former_stays(begins, ends)
    here = _touching("active", begins, ends)
    people = Person.objects.filter(here | Q(id__in=before)).order_by("name", "id")
    dated = _touching("valid", begins, ends) & ~Q(valid_to=F("valid_from"))
    open_ended = _touching("valid", begins, ends) & Q(valid_to__isnull=True)
    rule = dated | open_ended
    return Rows(
        tuple(
            Somebody(
                row.id,
                row.name,
                row.login,
                row.employer,
                (*before.get(row.id, ()), Span(row.active_from, row.active_to)),
            )
            for row in people
        ),
        tuple(
            Holding(row.person_id, row.kind, Span(row.valid_from, row.valid_to), row.granted_by)
            for row in Role.objects.filter(rule).order_by("id")
        ),
        tuple(
            Belonging(row.person_id, row.team_id, row.leads, Span(row.valid_from, row.valid_to))
            for row in Membership.objects.filter(rule).order_by("id")
        ),
        tuple(
            Handing(row.giver_id, row.receiver_id, row.team_id, Span(row.valid_from, row.valid_to))
            for row in Delegation.objects.filter(dated).order_by("valid_from", "id")
        ),
        _team_names(),
    )


def _former_stays(begins: datetime, ends: datetime) -> dict[UUID, tuple[Span, ...]]:
    found: dict[UUID, tuple[Span, ...]] = {}
    for row in FormerStay.objects.filter(_touching("active", begins, ends)).order_by("id"):
        stay = Span(row.active_from, row.active_to)
        found[row.person_id] = (*found.get(row.person_id, ()), stay)
    return found


def _team_names() -> dict[UUID, str]:
    return dict(Team.objects.values_list("id", "name"))


def _touching(prefix: str, begins: datetime, ends: datetime) -> Q:
    after = Q(**{f"{prefix}_to__isnull": True}) | Q(**{f"{prefix}_to__gt": begins})
    return after & Q(**{f"{prefix}_from__lt": ends})
