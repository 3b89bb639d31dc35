"""Day keys end with their day; what is late is loud; what a restore brings back dies again."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from retention.world import DUE, World
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.register.models import Call
from vaiti.retention import days
from vaiti.retention.days import end_days
from vaiti.retention.models import DayEnd, PlanLine, Tombstone
from vaiti.retention.overdue import BYTES_ALARM, KEYS_ALARM, Overdue, overdue
from vaiti.retention.replay import replay_tombstones
from vaiti.retention.sweep import sweep
from vaiti.values.ids import as_uuid
from vaiti.vault.keyclient import KeysUnavailable
from vaiti.vault.store import FolderStore

pytestmark = pytest.mark.django_db(transaction=True)


def standing() -> list[tuple[str, str, str]]:
    return [(alarm.kind, alarm.key, alarm.detail) for alarm in alarms.standing()]


def test_n19_a_day_key_dies_when_its_day_is_over_and_nothing_is_left(world: World) -> None:
    call = world.kept()
    row = Call.objects.get(id=as_uuid(call.call_id))
    midnight = datetime(2027, 5, 23, 21, tzinfo=UTC)  # in Helsinki
    assert row.destruction_day == datetime(2027, 5, 23, tzinfo=UTC).date()
    world.sweep(row.due_at)
    assert end_days(world.keys, midnight - timedelta(seconds=1)) == []
    assert world.keys.describe().days == (row.destruction_day,)
    assert end_days(world.keys, midnight) == [row.destruction_day]
    assert world.keys.describe().days == ()
    assert end_days(world.keys, midnight) == []
    end = DayEnd.objects.get()
    (entry,) = entries(kind="retention:day:ended").entries
    assert (end.day, end.audit_leaf) == (row.destruction_day, entry.id)
    assert entry.facts == {"day": "2027-05-23", "calls": 1}


def test_n19_days_that_are_over_together_end_together_with_an_entry_each(world: World) -> None:
    """As after weeks in which nothing could be destroyed."""
    calls = [world.kept(world.now - timedelta(days=one)) for one in range(3)]
    ended = sorted(row.destruction_day for row in Call.objects.all())
    swept = world.sweep(world.now + DUE)
    assert (swept.destroyed, list(swept.days)) == (3, ended)
    assert world.keys.describe().days == ()
    assert [world.openable(call) for call in calls] == [False] * 3
    told = {one.id: one.facts for one in entries(kind="retention:day:ended").entries}
    recorded = {end.day.isoformat(): told[end.audit_leaf] for end in DayEnd.objects.all()}
    assert recorded == {day.isoformat(): {"day": day.isoformat(), "calls": 1} for day in ended}


def test_a_past_day_with_a_call_left_keeps_its_key_and_raises_an_alarm(world: World) -> None:
    call = world.kept()
    later = world.now + DUE
    assert end_days(world.keys, later) == []
    assert world.openable(call)
    assert standing() == [(days.ALARM, "2027-05-23", "calls=1")]
    world.sweep(later)
    assert standing() == []
    assert world.keys.describe().days == ()


def test_an_end_whose_record_was_cut_off_is_recorded_later(world: World) -> None:
    world.kept()
    later = world.now + DUE
    due = Call.objects.get().due_at
    world.sweep(due)
    day = Tombstone.objects.get().destruction_day
    assert day is not None
    world.keys.destroy_day(day)
    assert not DayEnd.objects.exists()
    assert len(end_days(world.keys, later)) == 1
    assert DayEnd.objects.count() == 1


def test_n19_destruction_stopped_for_three_days_is_loud_within_the_hour_and_then_done(
    world: World,
) -> None:
    calls = [world.kept(world.now - timedelta(hours=hours)) for hours in range(3)]
    due = min(Call.objects.values_list("due_at", flat=True))
    assert overdue(due + timedelta(minutes=59)) == Overdue(keys=0, remains=0)
    assert overdue(due + timedelta(minutes=60)) == Overdue(keys=1, remains=0)
    assert standing() == [(KEYS_ALARM, "calls", "calls=1")]
    late = due + timedelta(days=3)
    assert overdue(late) == Overdue(keys=3, remains=3)
    assert [kind for kind, _, _ in standing()] == [KEYS_ALARM, BYTES_ALARM]
    swept = world.sweep(late)
    assert (swept.destroyed, swept.left, len(swept.days)) == (3, 0, 1)
    assert standing() == []
    assert all(world.traces(call) == set() for call in calls)


def test_n19_a_store_whose_disk_is_away_is_loud_and_nothing_is_called_done(world: World) -> None:
    made, root = world.folder / "store.made", world.folder / "store"
    world.store = FolderStore(root, made)
    calls = [world.kept() for _ in range(2)]
    root.rename(world.folder / "unmounted")
    root.mkdir()  # the empty place where a disk was mounted
    due = max(Call.objects.values_list("due_at", flat=True))
    for again in (world.store, FolderStore(root, made)):  # also after a start
        world.store = again
        swept = world.sweep(due)
        assert (swept.destroyed, swept.left) == (0, 2)
    assert not list(root.iterdir())
    assert not Tombstone.objects.exists()
    assert {kind for kind, _, _ in standing()} == {"retention:call_remains"}
    assert {line.last_error for line in PlanLine.objects.all()} == {"store", ""}  # the rest waits
    assert world.sweep(due + timedelta(days=1)).left == 2
    assert BYTES_ALARM in {kind for kind, _, _ in standing()}
    root.rmdir()
    (world.folder / "unmounted").rename(root)
    swept = world.sweep(due + timedelta(days=1))
    assert (swept.destroyed, swept.left) == (2, 0)
    assert standing() == []
    assert all(world.traces(call) == set() for call in calls)


def test_without_the_key_process_delay_is_still_seen(world: World) -> None:
    world.kept()
    world.stop_keys()
    late = world.now + DUE
    with pytest.raises(KeysUnavailable):
        sweep(world.keys, world.store, world.journal, late)
    assert {kind for kind, _, _ in standing()} >= {KEYS_ALARM, BYTES_ALARM}


def test_n19_what_a_restore_brings_back_of_a_destroyed_call_dies_again(world: World) -> None:
    call, other = world.kept(), world.kept(world.now + timedelta(days=30))
    backup = world.folder / "backup"
    shutil.copytree(world.folder / "store", backup / "store")
    shutil.copytree(world.folder / "keys", backup / "keys")
    due = Call.objects.get(id=as_uuid(call.call_id)).due_at
    world.sweep(due)
    assert replay_tombstones(world.keys, world.store, due) == 0
    world.stop_keys()
    for name in ("store", "keys"):
        shutil.rmtree(world.folder / name)
        shutil.move(backup / name, world.folder / name)
    world.start_keys()
    assert world.openable(call)
    assert not world.store.absent(call.object_id)
    assert replay_tombstones(world.keys, world.store, due) == 1
    assert not world.openable(call)
    assert world.store.absent(call.object_id)
    assert world.openable(other)
    (entry,) = entries(kind="retention:call:replayed").entries
    assert (entry.subject, entry.facts) == (call.call_id, {"key": True, "object": True})
