"""Who had access on a day: told from dated rows, by the table that decides, and by nothing else."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cast import NOW, SINCE, Cast
from vaiti.access import on_day
from vaiti.access.errors import NotVisible
from vaiti.access.on_day import Day, Way
from vaiti.audit.models import Leaf
from vaiti.people import as_of, book, delegation, enrol, past
from vaiti.people.models import Delegation, Membership, Person, Role, Team

BY = "system:test"
BEGINS, ENDS = datetime(2026, 11, 22, 22, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def day(cast: Cast, agent: Person | None = None) -> Day:
    found = agent.id if agent else None
    return on_day.had_access(cast.auditor.id, BEGINS, ENDS, NOW, found)


def who(told: Day) -> set[str]:
    return {one.login for one in told.people}


def ways(told: Day, person: Person) -> dict[Way, dict[UUID | None, list[tuple[datetime, object]]]]:
    (found,) = (one for one in told.people if one.id == person.id)
    return {
        way: {one.agent: [(span.begins, span.ends) for span in one.spans] for one in heard}
        for way, heard in found.ways
    }


def test_n27_everybody_who_was_here_is_told_with_role_team_and_rule(cast: Cast) -> None:
    told = day(cast)
    assert len(told.people) == Person.objects.count()
    whole = [(BEGINS, ENDS)]
    assert ways(told, cast.anna) == {Way("own_leg"): {cast.anna.id: whole}}
    assert ways(told, cast.mikko) == {
        Way("subordinate_leg", cast.team_1.id): {cast.anna.id: whole, cast.leila.id: whole}
    }
    assert ways(told, cast.administrator) == {Way("test_line"): {None: whole}}
    assert ways(told, cast.auditor) == {}
    (mikko,) = (one for one in told.people if one.id == cast.mikko.id)
    assert [(kind, span.begins) for kind, span in mikko.roles] == [("manager", SINCE)]
    assert [(name, leads) for name, leads, _ in mikko.teams] == [("Team 1", True)]


def test_n27_the_day_is_told_to_the_instant(cast: Cast) -> None:
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=NOW)
    enrol.join_team(cast.anna.id, cast.team_2.id, by=BY, now=NOW + HOUR)
    enrol.depart(cast.leila.id, by=BY, now=NOW, at=NOW + 2 * HOUR)
    told = day(cast)
    (mikkos,) = ways(told, cast.mikko).values()
    assert mikkos[cast.anna.id] == [(BEGINS, NOW)]
    assert mikkos[cast.leila.id] == [(BEGINS, NOW + 2 * HOUR)]
    (henriks,) = ways(told, cast.henrik).values()
    assert henriks[cast.anna.id] == [(NOW + HOUR, ENDS)]
    (own,) = ways(told, cast.leila).values()
    assert own == {cast.leila.id: [(BEGINS, NOW + 2 * HOUR)]}
    later = on_day.had_access(cast.dpo.id, ENDS, ENDS + 24 * HOUR, NOW)
    assert "leila.virtanen" not in who(later)


def test_n29_a_stand_in_is_told_with_whom_they_stand_in_for(cast: Cast) -> None:
    delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.eeva.id,
        begins=NOW,
        ends=NOW + HOUR,
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    told = ways(day(cast), cast.eeva)
    through = Way("subordinate_leg", cast.team_1.id, cast.mikko.id)
    assert told[through][cast.anna.id] == [(NOW, NOW + HOUR)]


def test_n27_for_one_agent_only_those_are_told_who_could_hear_them(cast: Cast) -> None:
    enrol.grant_role(cast.eeva.id, "auditor", by=BY, now=NOW, until=NOW + 30 * HOUR)
    told = day(cast, cast.anna)
    assert who(told) == {"anna.astrom", "mikko.makinen"}
    assert ways(told, cast.mikko) == {
        Way("subordinate_leg", cast.team_1.id): {cast.anna.id: [(BEGINS, ENDS)]}
    }


def test_only_who_looks_at_people_reads_it_and_the_reading_is_logged(cast: Cast) -> None:
    for person in (cast.anna, cast.mikko, cast.rights_handler):
        with pytest.raises(NotVisible):
            on_day.had_access(person.id, BEGINS, ENDS, NOW)
    for person in (cast.dpo, cast.auditor, cast.administrator):
        on_day.had_access(person.id, BEGINS, ENDS, NOW, cast.anna.id)
    entries = Leaf.objects.filter(kind="people:access:read")
    assert {one.actor for one in entries} == {
        cast.dpo.id.hex,
        cast.auditor.id.hex,
        cast.administrator.id.hex,
    }
    assert {one.subject for one in entries} == {cast.anna.id.hex}


def test_n29_the_past_is_told_as_the_book_would_have_answered(cast: Cast) -> None:
    """Rows at random, some of them absurd: both readings agree on everybody at every instant."""
    rng = random.Random(29)
    people, teams = list(Person.objects.all()), list(Team.objects.all())

    def stretch() -> dict[str, datetime]:
        first, last = sorted(rng.sample(range(24), 2))
        return {"valid_from": BEGINS + first * HOUR, "valid_to": BEGINS + last * HOUR}

    for _ in range(40):
        person, team = rng.choice(people), rng.choice(teams)
        leads = rng.random() < 0.4
        Membership.objects.create(person=person, team=team, leads=leads, **stretch())
    for _ in range(15):
        giver, receiver = rng.sample(people, 2)
        given = {"team": rng.choice(teams), "reason": "holiday", "entered_by": BY}
        Delegation.objects.create(giver=giver, receiver=receiver, **given, **stretch())
        Role.objects.create(person=giver, kind="manager", granted_by=BY, **stretch())
    for person in rng.sample(people, 3):
        Person.objects.filter(id=person.id).update(active_to=BEGINS + rng.randrange(24) * HOUR)
    rows = past.rows(BEGINS, ENDS)
    found = 0
    for hours in range(24):
        at = BEGINS + hours * HOUR
        reached = as_of.reach(rows, at)
        for person in people:
            told = {one.member for one in reached if one.person == person.id}
            assert told == book.subordinates(person.id, at), (hours, person.login)
            assert as_of.roles(rows, at).get(person.id, frozenset()) == book.roles(person.id, at)
            found += len(told)
    assert found > 300
