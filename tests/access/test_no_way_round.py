"""Random worlds of people, teams, rights and time: no door opens but where the paper says so."""

from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from access.on_paper import AGENT_OF, WHAT_FOR, Leg, Plan, Program, Why
from access.planned import OWN_REFERENCE, PEOPLE, plans
from access.staged import Scene, build, instant, secret_of, stage
from access_world import SEED, SESSION
from cast import Cast
from vaiti.access import (
    activities,
    by_token,
    commenting,
    correcting,
    doors,
    limits,
    objecting,
    samples,
    tokens,
)
from vaiti.access.doors import ListeningEnded, NotVisible, Refused, Unprepared
from vaiti.access.tokens import Token, UnknownToken
from vaiti.people.models import Person
from vaiti.register.corrections import CorrectionRefused
from vaiti.register.filters import FilterError, Filters
from vaiti.vault.grant import Opening

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
NO = (NotVisible, Refused, Unprepared, ListeningEnded)
REASONS = (
    *(("", ""), ("verify", ""), ("verify", OWN_REFERENCE), ("rights", OWN_REFERENCE)),
    *(("training", OWN_REFERENCE), ("rights", "R-1"), ("", "R-1"), ("training", "A-1")),
    *(("", "A-1"), ("security", "I-1"), ("security", "I-2"), ("", "I-1"), ("security", "")),
    *(("security", OWN_REFERENCE), ("training", ""), ("verify", "R-1"), ("rights", "A-1")),
    *(("verify", "I-1"), ("training", "R-1")),
)


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return stage(cast)


@pytest.mark.django_db
@pytest.mark.timeout(600)
@settings(
    max_examples=12,
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
    """At the one tick every door is tried; at the later one, what was opened then.

    Between the two some calls are put right, so that what was opened may be somebody else's.
    """
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
            found_for = plan.grounds(who, leg, first)
            some = [next(reasons) for _ in range(2 if found_for else 1)]
            some += telling(plan, who, leg[0]) if found_for else []
            for reason in some:
                found = opening(person, leg_id, reason, first)
                allowed = plan.hears(who, leg, first, reason)
                assert (found is not None) is allowed, (who, leg, first, reason)
                if found is not None:
                    stated = (found.grant.purpose, reason[1])
                    assert plan.hears(who, leg, first, stated), (who, leg, first, reason)
                    opened[UUID(found.listening_id)] = (who, leg, stated, found_for)
    check_programs(scene, plan, first)
    right = put_right(scene, plan, first, luck)
    for listening, of in opened.items():
        check_later(right, scene.people[of[0]], listening, of, later)
    for who in scene.people:
        check_list(scene, right, who, later)
    check_programs(scene, right, later)


def telling(plan: Plan, who: str, call: str) -> list[Why]:
    """What was said yes to or broken for this person and call, and what comes near that."""
    said = [one.why for one in plan.yeses if (one.who, one.call) == (who, call)]
    near = [(purpose, "REF-8") for purpose, _ in said[:1]]
    mine = {one.reference for one in plan.broken if one.who == who}
    about = [one for one in plan.matters if one.reference in mine and call in one.calls]
    return [*said, *near, *((WHAT_FOR[one.kind], one.reference) for one in about)]


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
    person, now, mine = scene.people[who], instant(tick), plan.page_rows(who, tick)
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


def check_programs(scene: Scene, plan: Plan, tick: int) -> None:
    """A token tells of its owner's rows on its lines, and of nothing once it or they have ended."""
    for one in plan.programs:
        try:
            token = tokens.known(secret_of(one), instant(tick))
        except UnknownToken:
            token = None
        assert (token is not None) is plan.token_stands(one, tick), (one, tick)
        if token is not None:
            check_program(scene, plan, one, token, tick)


def check_program(scene: Scene, plan: Plan, one: Program, token: Token, tick: int) -> None:
    now, rows = instant(tick), plan.on_lines(one, plan.rows(one.who, tick))
    for line, (_, number) in scene.lines.items():
        narrowed = Filters(zone=ALL.zone, line_number=number)
        try:
            listed = {row.id for row in by_token.list_calls(token, narrowed, None, now).rows}
        except (*NO, FilterError):
            listed = set()
        wanted = {scene.legs[leg] for leg in rows if plan.lines[leg[0]] == line}
        assert listed == wanted, (one, line, tick)
    pages = plan.on_lines(one, plan.page_rows(one.who, tick))
    for name, call in scene.calls.items():
        try:
            shown = {part.leg.id for part in by_token.see_call(token, call, now).legs}
        except NO:
            shown = set()
        assert shown == {scene.legs[leg] for leg in pages if leg[0] == name}, (one, name, tick)


def put_right(scene: Scene, plan: Plan, tick: int, luck: Random) -> Plan:
    """Everybody says of some parts whose they are, and of a call on which line it was."""
    for who in scene.people:
        for leg in luck.sample(list(scene.legs), 2):
            agent = luck.choice(["", *PEOPLE])
            allowed = plan.says_whose(who, leg, agent, tick)
            done = says_whose(scene, plan, (who, leg, agent), instant(tick))
            assert done is allowed, (who, leg, agent, tick)
            plan = plan.put_right(leg, agent) if allowed else plan
        name, line = (
            luck.choice([*scene.calls, *["handed_on"] * 5]),
            luck.choice(["service", "sales", "test"]),
        )
        allowed = plan.puts_line_right(who, name, tick) and line != "test"
        assert moves(scene, plan, (who, name, line), instant(tick)) is allowed, (who, name, line)
        plan = plan.moved(name, line) if allowed else plan
    return plan


def says_whose(scene: Scene, plan: Plan, what: tuple[str, Leg, str], now: datetime) -> bool:
    who, leg, agent = what
    person, part = scene.people[who].id, (scene.calls[leg[0]], scene.legs[leg])
    was = id_of(scene, plan.agents[leg])
    return changes(
        lambda: correcting.correct_agent(person, *part, id_of(scene, agent), was=was, now=now)
    )


def moves(scene: Scene, plan: Plan, what: tuple[str, str, str], now: datetime) -> bool:
    who, name, line = what
    person, call, to = scene.people[who].id, scene.calls[name], scene.lines[line][0]
    was = (scene.lines[plan.lines[name]][0], "in")
    return changes(lambda: correcting.correct_call(person, call, to, "in", was=was, now=now))


def changes(act: Callable[[], bool]) -> bool:
    """Whether it may be done; False where it is refused."""
    try:
        act()
    except (*NO, CorrectionRefused):
        return False
    return True


def id_of(scene: Scene, who: str) -> UUID | None:
    return scene.people[who].id if who else None


def check_later(
    plan: Plan,
    person: Person,
    listening: UUID,
    of: tuple[str, Leg, Why, frozenset[str]],
    later: int,
) -> None:
    """It goes on where the right does, for the same person and session; else it has ended."""
    who, leg, reason, ground = of
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
    if ground == plan.grounds(who, leg, later):
        assert goes_on is allowed, (who, leg, later, reason)
    assert goes_on <= allowed, (who, leg, later, reason)
