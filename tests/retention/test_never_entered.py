"""Calls that intake refused, or never got to: they do not lie in the journal for ever."""

import os
from datetime import timedelta

import pytest
from django.db.models import Q

from cast import Cast
from retention.world import DUE, Recorded, World
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.notice.models import Line
from vaiti.register.arrivals import Intake, What
from vaiti.register.models import Arrival, Call
from vaiti.retention.models import PlanLine, Tombstone
from vaiti.retention.planning import plan
from vaiti.values.clock import to_micros
from vaiti.vault.gathering import Gatherer
from vaiti.vault.journal import JournalWriter, files

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = timedelta(hours=72)


def journalled(world: World, count: int | None = None) -> Recorded:
    """A call in the journal of a dead recorder that stopped at the end of the call."""
    call = world.record()
    with JournalWriter(world.journal) as writer:
        writer.append(call.records[:count])
    for path in files(writer.folder):
        moment = to_micros(call.end) * 1000
        os.utime(path, ns=(moment, moment))
    return call


@pytest.fixture
def intake(world: World) -> Intake:
    return Intake(world.keys, world.store, Gatherer(world.journal))


@pytest.fixture
def unlisted(world: World, cast: Cast, intake: Intake) -> Recorded:
    """A call on a line that was not to be recorded, refused by intake."""
    Line.objects.filter(id=cast.service_line.id).update(recorded=False)
    call = journalled(world)
    (outcome,) = intake.step(world.now)
    assert (outcome.what, outcome.reason) == (What.LEFT, "unlisted_line")
    return call


def test_n11_a_call_that_no_line_allowed_goes_after_its_grace(
    world: World, unlisted: Recorded, intake: Intake
) -> None:
    assert plan(world.now + GRACE - timedelta(seconds=1)) is None
    assert world.traces(unlisted) == {"journal"}
    assert [alarm.detail for alarm in alarms.standing()] == ["unlisted_line"]
    swept = world.sweep(world.now + GRACE)
    assert (swept.destroyed, swept.left, swept.files) == (1, 0, 0)  # the plan trimmed the file
    assert world.traces(unlisted) == set()
    assert not Arrival.objects.exists()
    stone = Tombstone.objects.get()
    assert (stone.call.hex, stone.destruction_day) == (unlisted.call_id, None)
    (intent,) = entries(kind="retention:call:destroying").entries
    assert intent.facts["reason"] == "refused"
    assert alarms.standing() == []
    intake.step(world.now + GRACE)
    assert not Call.objects.exists()
    assert alarms.standing() == []
    assert not Arrival.objects.exists()


def test_n18_a_refused_call_that_enters_in_time_is_kept(
    world: World, cast: Cast, unlisted: Recorded, intake: Intake
) -> None:
    planned = plan(world.now + GRACE)
    assert planned is not None
    Line.objects.filter(id=cast.service_line.id).update(recorded=True)
    (outcome,) = intake.step(world.now + GRACE)
    assert outcome.what is What.ENTERED
    swept = world.sweep(world.now + GRACE)
    assert (swept.destroyed, swept.left) == (0, 0)
    assert world.openable(unlisted)
    assert not PlanLine.objects.exists()
    (entry,) = entries(kind="retention:line:withdrawn").entries
    assert entry.subject == unlisted.call_id
    assert world.sweep(Call.objects.get().due_at).destroyed == 1


def test_n19_a_call_that_nothing_took_in_goes_when_every_notices_time_is_over(
    world: World,
) -> None:
    lost = journalled(world, count=1)  # the recorder died before it had written a manifest
    assert world.sweep(lost.end + timedelta(days=180)).destroyed == 0
    assert world.traces(lost) == {"journal"}
    assert world.sweep(lost.end + DUE).destroyed == 1
    assert world.traces(lost) == set()
    assert list(world.journal.iterdir()) == []
    (intent,) = entries(kind="retention:call:destroying").entries
    assert (intent.subject, intent.facts["reason"]) == (lost.call_id, "abandoned")


def test_a_call_that_is_still_being_recorded_is_not_abandoned(world: World) -> None:
    call = world.record()
    writer = world.writer()
    writer.append(call.records[:2])
    assert world.sweep(world.now + DUE).destroyed == 0
    assert not PlanLine.objects.filter(Q(reason="abandoned")).exists()
    assert world.traces(call) == {"journal"}
