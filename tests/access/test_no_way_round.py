"""Random worlds of people, teams, roles and mandates: no door opens but where the words say so."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access_world import SEED, SESSION
from cast import NOW, SINCE, Cast
from manifests import enter
from vaiti.access import doors, mandates
from vaiti.access.doors import NotVisible, Refused
from vaiti.people.models import Membership, Person, Role
from vaiti.register import calls
from vaiti.register.filters import Filters

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
PEOPLE = ("anna", "leila", "mikko", "sofia")
KINDS = ("service_agent", "manager", "rights_handler", "dpo", "trainer", "administrator", "auditor")
AGENTS = ("anna", "leila", "sofia")
DEVICES = {"anna": "anna.astrom", "leila": "leila.virtanen", "sofia": "sofia.holm"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Who has which roles, who is in or leads which team, whom a mandate names, if it stands."""

    roles: dict[str, frozenset[str]]
    teams: frozenset[tuple[str, int, bool]]
    kind: str
    named: frozenset[str]
    closed: bool


plans = st.builds(
    Plan,
    roles=st.fixed_dictionaries({name: st.frozensets(st.sampled_from(KINDS)) for name in PEOPLE}),
    teams=st.frozensets(st.tuples(st.sampled_from(PEOPLE), st.integers(1, 2), st.booleans())),
    kind=st.sampled_from(["case", "activity", "incident"]),
    named=st.frozensets(st.sampled_from(PEOPLE)),
    closed=st.booleans(),
)


def build(cast: Cast, plan: Plan) -> dict[str, UUID]:
    """The world of the plan, with a call of each agent; Sofia's is in the mandate."""
    everyone = [getattr(cast, name).id for name in PEOPLE]
    Role.objects.filter(person_id__in=everyone).delete()
    Membership.objects.filter(person_id__in=everyone).delete()
    for name, kinds in plan.roles.items():
        for kind in kinds:
            Role.objects.create(
                person=getattr(cast, name), kind=kind, valid_from=SINCE, granted_by="x"
            )
    for name, number, leads in plan.teams:
        Membership.objects.create(
            person=getattr(cast, name),
            team=getattr(cast, f"team_{number}"),
            leads=leads,
            valid_from=SINCE,
        )
    found = {name: enter(DEVICES[name]) for name in AGENTS}
    cap = 5 if plan.kind == "activity" else None
    end = NOW + timedelta(days=1)
    made = mandates.open_mandate(plan.kind, "REF-1", ends_at=end, by="x", now=NOW, cap=cap)
    for name in plan.named:
        mandates.name_person(made, getattr(cast, name).id, by="x", now=NOW)
    mandates.add_call(made, found["sofia"], by="x", now=NOW)
    if plan.closed:
        mandates.close(made, by="x", now=NOW)
    return found


def may(plan: Plan, who: str, agent: str) -> bool:
    """The table in plain words, apart from all code that decides."""
    roles = plan.roles[who]
    if "service_agent" in roles and who == agent:
        return True
    led = {team for name, team, leads in plan.teams if name == who and leads}
    members = {name for name, team, leads in plan.teams if team in led and not leads}
    if "manager" in roles and agent in members and agent != who:
        return True
    users = {
        "case": {"rights_handler", "dpo"},
        "activity": {"trainer"},
        "incident": {"dpo", "administrator"},
    }[plan.kind]
    return agent == "sofia" and who in plan.named and not plan.closed and bool(roles & users)


def seen(person: Person, call: UUID) -> bool:
    try:
        doors.see_call(person.id, call, NOW)
    except NotVisible:
        return False
    return True


def heard(person: Person, call: UUID, purpose: str) -> bool:
    leg = calls.legs(call)[0].id
    fields = {"purpose": purpose, "reference": "REF-1", "session": SESSION}
    try:
        doors.open_recording(person.id, leg, now=NOW, seed=SEED, **fields)
    except (NotVisible, Refused):
        return False
    return True


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=plans)
def test_n27_n28_n29_no_door_opens_but_where_the_table_says(cast: Cast, plan: Plan) -> None:
    # a savepoint and no block of its own: a door is never part of a wider transaction
    before = transaction.savepoint()
    try:
        check(cast, plan)
    finally:
        transaction.savepoint_rollback(before)


def check(cast: Cast, plan: Plan) -> None:
    found = build(cast, plan)
    for who in PEOPLE:
        person = getattr(cast, who)
        allowed = {call for agent, call in found.items() if may(plan, who, agent)}
        rows = doors.list_calls(person.id, ALL, None, NOW).rows
        assert {row.call.id for row in rows} == allowed
        for call in found.values():
            assert seen(person, call) is (call in allowed)
            opened = [heard(person, call, why) for why in ("verify", "rights", "training")]
            assert any(opened) <= (call in allowed)
            assert not heard(person, call, "security")
