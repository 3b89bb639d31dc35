"""N-19 for many calls: batches are cut off at each step, fail in part, and lose no order."""

import sqlite3
from collections import Counter
from datetime import timedelta
from itertools import count

import pytest

from retention.test_destroy import DESTROYED_ONCE, Crash, acts
from retention.world import DUE, Recorded, World
from vaiti.audit import log
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.register.models import Call
from vaiti.retention import destroy, journals, planning, rows
from vaiti.retention.destroy import Executed, execute_all
from vaiti.retention.models import PlanLine, Tombstone
from vaiti.retention.planning import open_plans
from vaiti.retention.sweep import kill_what_is_due, sweep
from vaiti.values.ids import ObjectId, as_uuid
from vaiti.vault import shred
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import FolderStore, StoreError

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = (
    *((planning, "freeze"), (log, "append_all"), (KeyClient, "destroy_calls")),
    *((KeyClient, "living"), (shred, "remove_all"), (journals, "holding")),
    *((rows, "remove_all"), (rows, "scrub"), (rows, "absent_all"), (alarms, "clear_all")),
)
"""What each batch goes through, some of it more than once."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans of three lines and batches of two: five calls are two plans, and three batches."""
    monkeypatch.setattr(planning, "MAX_LINES", 3)
    monkeypatch.setattr(destroy, "LINES_AT_ONCE", 2)
    monkeypatch.setattr(destroy, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(destroy, "PLANS_AT_ONCE", 1)


def kept(world: World, calls: int = 5) -> list[Recorded]:
    return [world.kept(world.now - timedelta(hours=calls - one)) for one in range(calls)]


def go_round(world: World) -> Executed:
    """What a sweep does of it: days and intake keys stay, for the next calls."""
    at = (world.keys, world.store, world.journal, world.now + DUE)
    dead = kill_what_is_due(*at)
    return execute_all(open_plans(), *at, dead=dead)


def require_nothing_called_done_too_early(world: World, calls: list[Recorded]) -> None:
    """What has a tombstone is gone, and what has none is on its line or still in the book."""
    buried = {one.hex for one in Tombstone.objects.values_list("call", flat=True)}
    for call in calls:
        if call.call_id in buried:
            assert world.traces(call) == set()
            assert not world.keys.alive(call.call_id)
            assert rows.absent(as_uuid(call.call_id))
            assert acts(call) == DESTROYED_ONCE
        else:
            there = Call.objects.filter(id=as_uuid(call.call_id)).exists()
            lines = PlanLine.objects.filter(call=as_uuid(call.call_id), done_at__isnull=True)
            assert there or lines.exists()


def test_n19_a_round_killed_at_any_step_of_any_batch_is_finished_by_the_next(world: World) -> None:
    cut = Counter[object]()
    for module, name in STEPS:
        for after in (False, True):
            calls = kept(world)
            cut[module, name] += cut_off(world, module, name, after=after)
            require_nothing_called_done_too_early(world, calls)
            go_round(world)
            require_nothing_called_done_too_early(world, calls)
            assert {acts(call) == DESTROYED_ONCE for call in calls} == {True}
    assert set(cut.values()) == {2}, "a step that nobody takes a second time"
    assert Tombstone.objects.count() == 5 * 2 * len(STEPS)
    assert alarms.standing() == []


def cut_off(world: World, module: object, name: str, *, after: bool) -> int:
    """A round that dies in the second batch's turn of the step, before it or after it."""
    real, turns = getattr(module, name), Counter[str]()

    def die(*given: object, **named: object) -> object:
        turns[name] += 1
        found = None if turns[name] == 2 and not after else real(*given, **named)
        if turns[name] == 2:
            raise Crash
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, die)
        try:
            go_round(world)
        except Crash:
            return 1
    return 0


def test_n19_all_keys_die_before_the_bytes_of_any_call(world: World) -> None:
    calls = kept(world)
    assert cut_off_at_bytes(world)
    assert [world.keys.alive(call.call_id) for call in calls] == [False] * 5
    assert [world.traces(call) for call in calls] == [{"store"}] * 5
    assert PlanLine.objects.filter(key_dead_at__isnull=False).count() == 5
    go_round(world)
    assert Tombstone.objects.count() == 5


def cut_off_at_bytes(world: World) -> bool:
    def die(*given: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shred, "remove_all", die)
        with pytest.raises(Crash):
            go_round(world)
    return True


def test_n19_what_was_left_over_goes_before_what_fell_due_since(world: World) -> None:
    """Keys in the order in which their calls were due, though the first round was cut off."""
    older = kept(world)
    world.stop_keys()
    assert go_round(world) == Executed(done=0, left=5)
    world.start_keys()
    newer = kept(world)
    asked = list[str]()
    real = KeyClient.destroy_calls

    def note(client: KeyClient, calls: list[str]) -> None:
        asked.extend(calls)
        real(client, calls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KeyClient, "destroy_calls", note)
        go_round(world)
    assert asked[:5] == [call.call_id for call in older]
    assert sorted(asked[5:]) == sorted(call.call_id for call in newer)
    assert Tombstone.objects.count() == 10


class SwitchedOff(FolderStore):
    """A store whose disk is away as long as `off`."""

    off = True

    def absent(self, object_id: ObjectId) -> bool:
        self._require()
        return super().absent(object_id)

    def begun(self) -> list:  # type: ignore[type-arg]
        self._require()
        return super().begun()

    def _require(self) -> None:
        if self.off:
            raise StoreError("the store is switched off")


def test_while_the_store_is_away_keys_die_and_the_rest_waits(world: World) -> None:
    calls = kept(world)
    store = world.store = SwitchedOff(world.folder / "store")
    go_round(world)
    assert not Tombstone.objects.exists()
    assert [world.keys.alive(call.call_id) for call in calls] == [False] * 5
    lines = PlanLine.objects.filter(done_at__isnull=True)
    assert Counter(lines.values_list("last_error", flat=True)) == {"store": 2, "": 3}
    store.off = False
    go_round(world)
    assert [acts(call) for call in calls] == [DESTROYED_ONCE] * 5
    assert alarms.standing() == []


def test_one_key_that_comes_back_dies_again_and_is_not_overlooked(world: World) -> None:
    """As after a restored backup of the keys: the line says dead, and the key process is asked."""
    calls = kept(world, 3)
    assert cut_off_at_bytes(world)
    world.stop_keys()
    bring_back(world, calls[1])
    world.start_keys()
    assert world.keys.alive(calls[1].call_id)
    assert go_round(world) == Executed(done=3, left=0)
    assert not world.keys.alive(calls[1].call_id)


def test_n19_a_key_that_comes_back_within_the_round_is_found_and_nothing_is_called_done(
    world: World,
) -> None:
    """Keys that died in this round are asked for at its end only, and then anew."""
    calls, real = kept(world, 2), rows.scrub

    def restored() -> None:
        world.stop_keys()
        bring_back(world, calls[1])
        world.start_keys()
        real()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "scrub", restored)
        assert go_round(world) == Executed(done=1, left=1)
    assert [acts(call) == DESTROYED_ONCE for call in calls] == [True, False]
    assert [alarm.detail for alarm in alarms.standing()] == ["key_alive"]
    assert go_round(world) == Executed(done=1, left=0)
    assert not world.keys.alive(calls[1].call_id)
    assert alarms.standing() == []


def bring_back(world: World, call: Recorded) -> None:
    with sqlite3.connect(world.secrets.config.store) as file:
        file.execute("DELETE FROM dead WHERE kind = 'call' AND name = ?", (call.call_id,))
        file.execute(
            "INSERT INTO call SELECT ?, day, x'00' FROM day LIMIT 1",
            (call.call_id,),
        )
    file.close()


def test_n19_each_call_is_gone_when_it_was_proven_and_not_when_the_round_began(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round of very many calls takes minutes; whoever tells others of tombstones goes by these
    instants, and would miss what is dated back."""
    monkeypatch.setattr(destroy, "PLANS_AT_ONCE", 1)
    monkeypatch.setattr(planning, "MAX_LINES", 2)
    for _ in range(4):
        world.kept()
    begins = world.now + DUE
    ticks = (begins + timedelta(seconds=second) for second in count())
    world.move(begins)
    sweep(world.keys, world.store, world.journal, begins, clock=lambda: next(ticks))
    ends = sorted(set(Tombstone.objects.values_list("done_at", flat=True)))
    assert len(ends) == 2
    assert ends[0] > begins
    assert {one.at for one in entries(kind="retention:call:destroyed").entries} == set(ends)
