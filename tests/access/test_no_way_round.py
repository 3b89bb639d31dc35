"""Random worlds of people, teams, rights and time: no door opens but where the paper says so."""

from itertools import cycle
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from access.on_paper import AGENT_OF, Leg, Plan, Why
from access.planned import plans
from access.staged import Scene, build, instant, stage
from access_world import SEED, SESSION
from cast import Cast
from vaiti.access import activities, commenting, doors, limits, objecting, samples
from vaiti.access.doors import ListeningEnded, NotVisible, Refused, Unprepared
from vaiti.people.models import Person
from vaiti.register.filters import Filters
from vaiti.vault.grant import Opening

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
NO = (NotVisible, Refused, Unprepared, ListeningEnded)
OWN_REFERENCE = "REF-9"
REASONS = (
    *(("", ""), ("verify", ""), ("verify", OWN_REFERENCE), ("rights", OWN_REFERENCE)),
    *(("training", OWN_REFERENCE), ("rights", "R-1"), ("", "R-1"), ("training", "A-1")),
    *(("", "A-1"), ("security", "I-1"), ("security", "I-2"), ("", "I-1"), ("security", "")),
    *(("security", OWN_REFERENCE), ("training", ""), ("verify", "R-1"), ("rights", "A-1")),
)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return stage(cast)


@pytest.mark.django_db
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # making a failure smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans(), first=st.integers(0, 2), later=st.integers(1, 3), luck=st.integers(0, 10**6))
def test_n27_n28_n29_n31_n34_no_door_opens_but_where_the_table_says(
    scene: Scene, plan: Plan, first: int, later: int, luck: int
) -> None:
    # a savepoint and no block of its own: a door is never part of a wider transaction
    before = transaction.savepoint()
    try:
        walk(scene, plan, (first, min(3, first + later)), Random(luck))
    finally:
        limits.install(limits.Limits())
        transaction.savepoint_rollback(before)


def walk(scene: Scene, plan: Plan, ticks: tuple[int, int], luck: Random) -> None:
    """At the one tick every door is tried; at the later one, what was opened then."""
    activity, sample = build(scene, plan)
    first, later = ticks
    reasons = cycle(luck.sample(REASONS, len(REASONS)))
    opened = {}
    for who, person in scene.people.items():
        check_list(scene, plan, who, first)
        check_pages(scene, plan, who, first)
        check_besides(scene, plan, who, first, (activity, sample))
        check_objecting(scene, plan, who, first, luck.choice(list(scene.calls)))
        for leg, leg_id in scene.legs.items():
            ground = bool(plan.grounds(who, leg, first))
            for reason in (next(reasons) for _ in range(2 if ground else 1)):
                found = opening(person, leg_id, reason, first)
                allowed = plan.hears(who, leg, first, reason)
                assert (found is not None) is allowed, (who, leg, first, reason)
                if found is not None:
                    stated = (found.grant.purpose, reason[1])
                    assert plan.hears(who, leg, first, stated), (who, leg, first, reason)
                    opened[UUID(found.listening_id)] = (who, leg, stated)
    for listening, (who, leg, reason) in opened.items():
        check_later(plan, scene.people[who], listening, (who, leg, reason), ticks)
    for who in scene.people:
        check_list(scene, plan, who, later)


def opening(person: Person, leg: int, reason: Why, tick: int) -> Opening | None:
    """None where the door says no."""
    purpose, reference = reason
    given = {"purpose": purpose, "reference": reference, "session": SESSION, "seed": SEED}
    try:
        return doors.open_recording(person.id, leg, now=instant(tick), **given)
    except NO:
        return None


def check_list(scene: Scene, plan: Plan, who: str, tick: int) -> None:
    """The list has the rows of the paper, part by part."""
    person, now = scene.people[who], instant(tick)
    try:
        listed = {row.id for row in doors.list_calls(person.id, ALL, None, now).rows}
    except NO:
        listed = set()
    assert listed == {scene.legs[leg] for leg in plan.rows(who, tick)}, (who, tick)


def check_pages(scene: Scene, plan: Plan, who: str, tick: int) -> None:
    """So has the page of each call."""
    person, now, mine = scene.people[who], instant(tick), plan.rows(who, tick)
    for name, call in scene.calls.items():
        try:
            shown = {part.leg.id for part in doors.see_call(person.id, call, now).legs}
        except NO:
            shown = set()
        assert shown == {scene.legs[leg] for leg in mine if leg[0] == name}, (who, name, tick)


def check_besides(scene: Scene, plan: Plan, who: str, tick: int, made: tuple[UUID, UUID]) -> None:
    """What an activity and a sample tell of calls, and what may be done to them."""
    person, now = scene.people[who].id, instant(tick)
    try:
        gathered = {leg.id for leg in activities.activity(person, made[0], now).legs}
    except NO:
        gathered = set()
    assert gathered == {scene.legs[leg] for leg in plan.gathered(who, tick)}, (who, tick)
    try:
        rows = samples.sample(person, made[1], now).rows
    except NO:
        rows = ()
    told = {row.call for row in rows if row.trace is not None}
    assert told == {scene.calls[call] for call in plan.sampled(who, tick)}, (who, tick)
    assert not any(hasattr(row.trace, "agent") for row in rows)
    try:
        own = {one.leg.id for one in commenting.gathered_of(person, now)}
    except NO:
        own = set()
    assert own <= {scene.legs[leg] for leg in scene.legs if AGENT_OF[leg] == who}, (who, tick)


def check_objecting(scene: Scene, plan: Plan, who: str, tick: int, name: str) -> None:
    """Only an agent of the call or their manager says that it is not for training."""
    legs = [leg for leg in scene.legs if leg[0] == name]
    grounds = {one for leg in legs for one in plan.grounds(who, leg, tick)}
    if not grounds & {"own", "people"}:
        person, call = scene.people[who].id, scene.calls[name]
        with pytest.raises(NO):
            objecting.object_to_training(person, call, wanted=True, now=instant(tick))


def check_later(
    plan: Plan,
    person: Person,
    listening: UUID,
    of: tuple[str, Leg, Why],
    ticks: tuple[int, int],
) -> None:
    """It goes on where the right does, for the same person and session; else it has ended."""
    who, leg, reason = of
    first, later = ticks
    given = {"now": instant(later), "seed": SEED}
    with pytest.raises(NO):
        doors.resume(person.id, listening, session="another one", **given)
    try:
        doors.resume(person.id, listening, session=SESSION, **given)
    except NO:
        goes_on = False
    else:
        goes_on = True
    allowed = plan.hears(who, leg, later, reason)
    if plan.grounds(who, leg, first) == plan.grounds(who, leg, later):
        assert goes_on is allowed, (who, leg, ticks, reason)
    assert goes_on <= allowed, (who, leg, ticks, reason)
