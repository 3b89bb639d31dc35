"""A shorter time of storage: shown before, approved by the officer, and never a longer one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cast import Cast
from retention.world import Recorded, World
from vaiti.access.errors import NotVisible
from vaiti.access.holding import may_place
from vaiti.access.mandates import add_call, name_person, open_mandate
from vaiti.access.periods import may_decide
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.notice import rules
from vaiti.notice.due import due_instant
from vaiti.notice.rules import RuleDecided
from vaiti.register.hold_rules import Draft, Time
from vaiti.register.models import Call, Leg
from vaiti.retention import holds, periods
from vaiti.retention.models import Tombstone
from vaiti.retention.overdue import overdue
from vaiti.values.ids import as_uuid

ZONE = ZoneInfo("Europe/Helsinki")
AGES = (timedelta(days=120), timedelta(days=60), timedelta(days=1))
pytestmark = pytest.mark.django_db(transaction=True)


def row(call: Recorded) -> Call:
    return Call.objects.get(id=as_uuid(call.call_id))


def standing() -> set[str]:
    return {one.kind for one in alarms.standing()}


def carried_out(now: datetime) -> int:
    """All of it, however many calls there are; how many were shortened."""
    shortened = 0
    while (rule := rules.last_approved()) and rule.applied_at is None:
        shortened += periods.carry_out(now)
    return shortened


def test_n18_a_wish_is_counted_and_changes_nothing(world: World) -> None:
    calls = [world.kept(world.now - age) for age in AGES]
    before = [row(call).due_at for call in calls]
    found = periods.look_ahead(3, world.now)
    assert (found.calls, found.shortened, found.at_once, found.longer) == (3, 3, 1, 0)
    assert found.earliest == world.now
    assert found.latest == due_instant(row(calls[2]).ended_at, 3, ZONE)
    assert sorted(found.days.values()) == [1, 1, 1]
    assert [one.at_once for one in found.lines.values()] == [1]
    periods.watch(3, world.now)
    waits = rules.waiting()
    assert waits is not None
    assert (waits.number, waits.months, waits.counts["shortened"]) == (1, 3, 3)
    assert periods.WAITING in standing()
    assert periods.carry_out(world.now) == 0
    assert [row(call).due_at for call in calls] == before


def test_n18_an_approved_rule_shortens_and_is_stored_with_each_call(
    world: World, cast: Cast
) -> None:
    calls = [world.kept(world.now - age) for age in AGES]
    days = [row(call).destruction_day for call in calls]
    periods.watch(3, world.now)
    periods.decide(1, approved=True, by=cast.dpo.id.hex, now=world.now)
    assert carried_out(world.now) == 3
    assert (overdue(world.now).keys, standing()) == (0, set())  # due now, and not late
    assert [row(call).due_rule for call in calls] == ["calendar-months/1;rule=1"] * 3
    assert row(calls[0]).due_at == world.now
    assert row(calls[1]).due_at == due_instant(row(calls[1]).ended_at, 3, ZONE)
    assert row(calls[1]).destruction_day < days[1]
    legs = Leg.objects.filter(call_id=as_uuid(calls[1].call_id))
    assert {leg.destruction_day for leg in legs} == {row(calls[1]).destruction_day}
    (told,) = [
        one
        for one in entries(subject=calls[1].call_id, limit=50).entries
        if one.kind == "retention:call:shortened"
    ]
    assert told.facts["rule"] == 1
    assert world.sweep(world.now).destroyed == 1
    assert not world.openable(calls[0])
    assert world.traces(calls[0]) == set()
    later = world.kept(world.now)  # taken in under the rule that stands
    assert row(later).due_rule == "calendar-months/1;rule=1"
    assert row(later).due_at == due_instant(later.end, 3, ZONE)


def test_n18_nothing_is_ever_kept_for_longer(world: World, cast: Cast) -> None:
    with pytest.raises(periods.TooLong, match="6 months: 7 would be longer"):
        periods.look_ahead(7, world.now)
    periods.watch(7, world.now)
    assert (rules.waiting(), standing()) == (None, {periods.TOO_LONG})
    periods.watch(3, world.now)
    assert standing() == {periods.WAITING}
    periods.decide(1, approved=True, by=cast.dpo.id.hex, now=world.now)
    call = world.kept(world.now - AGES[1])
    due = row(call).due_at
    found = periods.look_ahead(6, world.now)  # back to the notice's time
    assert (found.shortened, found.longer) == (0, 1)
    now = world.now + timedelta(minutes=5)
    periods.watch(6, now)
    periods.decide(2, approved=True, by=cast.dpo.id.hex, now=now)
    assert carried_out(now) == 0
    assert (row(call).due_at, row(call).due_rule) == (due, "calendar-months/1;rule=1")
    world.move(now + timedelta(minutes=1))
    assert row(world.kept(world.now)).due_rule == "calendar-months/1;rule=2"


def test_n18_only_the_officer_decides_and_only_once(world: World, cast: Cast) -> None:
    world.kept(world.now - AGES[0])
    periods.watch(3, world.now)
    for person in (cast.administrator, cast.auditor, cast.mikko):
        with pytest.raises(NotVisible):
            may_decide(person.id, world.now)
    may_decide(cast.dpo.id, world.now)
    periods.decide(1, approved=False, by=cast.dpo.id.hex, now=world.now)
    with pytest.raises(RuleDecided):
        periods.decide(1, approved=True, by=cast.dpo.id.hex, now=world.now)
    periods.watch(3, world.now)  # asked and answered
    assert (rules.waiting(), standing()) == (None, set())
    periods.watch(4, world.now)
    periods.watch(2, world.now)  # another wish takes the place of the first
    periods.watch(0, world.now)  # and is taken back
    assert [(one.months, one.decision) for one in rules.every()] == [
        *((2, "withdrawn"), (4, "withdrawn"), (3, "refused")),
    ]


def test_n18_a_held_call_is_kept_by_its_hold_and_no_longer(world: World, cast: Cast) -> None:
    call = world.kept(world.now - AGES[0])
    mandate = open_mandate(
        "case", "R-7", ends_at=world.now + timedelta(days=366), by="system:test", now=world.now
    )
    name_person(mandate, cast.dpo.id, by="system:test", now=world.now)
    add_call(mandate, as_uuid(call.call_id), by="system:test", now=world.now)
    ends = world.now + timedelta(days=80)
    draft = Draft(
        kind="order",
        reference="POL-2026-9",
        reason="Ordered by the police.",
        owner=cast.dpo.id,
        time=Time(ends, ends),
    )
    ids = [as_uuid(call.call_id)]
    holds.place(may_place(cast.dpo.id, draft, ids, world.now), world.keys, world.now)
    assert periods.look_ahead(3, world.now).held == 1
    periods.watch(3, world.now)
    periods.decide(1, approved=True, by=cast.dpo.id.hex, now=world.now)
    assert carried_out(world.now) == 1
    held = row(call)
    assert (held.due_at, held.ordinary_due_at, held.narrow_at) == (ends, world.now, world.now)
    assert world.sweep(world.now).destroyed == 0
    assert world.sweep(ends).destroyed == 1
    assert Tombstone.objects.get(call=held.id).due_at == ends.astimezone(UTC)
