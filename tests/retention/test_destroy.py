"""N-18 and N-19 against real keys, files and rows."""

import shutil
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from cast import NOW
from retention.world import CUSTOMER, DUE, Recorded, World, database_holds
from vaiti.access.models import Mandate, MandateCall
from vaiti.audit.models import Leaf
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.people.models import Person
from vaiti.register.models import Arrival, Call, Comment, Leg, Picture, State
from vaiti.retention import journals, planning, rows
from vaiti.retention.destroy import Executed, execute
from vaiti.retention.models import Plan, PlanLine, Tombstone
from vaiti.retention.planning import open_plans, plan
from vaiti.retention.remains import ALARM
from vaiti.values.ids import as_uuid
from vaiti.vault import shred

pytestmark = pytest.mark.django_db(transaction=True)


def run(world: World, later: timedelta = DUE) -> list[Executed]:
    """Plans and executes as the worker does, that much after the recording."""
    now = world.now + later
    plan(now)
    return [
        execute(plan_id, world.keys, world.store, world.journal, now) for plan_id in open_plans()
    ]


def acts(call: Recorded) -> Counter[str]:
    found = entries(subject=call.call_id, limit=100).entries
    return Counter(entry.kind for entry in found if entry.kind.startswith("retention:"))


WRITTEN = "She greeted warmly and summed up."
DESTROYED_ONCE = Counter({"retention:call:destroying": 1, "retention:call:destroyed": 1})


def test_n19_a_due_call_is_destroyed_everywhere_and_proven(world: World) -> None:
    call, other = world.kept(), world.kept(world.now + timedelta(days=30))
    assert world.openable(call)
    assert world.traces(call) == {"store"}
    assert run(world) == [Executed(done=1, left=0)]
    assert not world.openable(call)
    assert world.traces(call) == set()
    assert world.store.absent(call.object_id)
    assert not Call.objects.filter(id=as_uuid(call.call_id)).exists()
    assert Leg.objects.count() == 1
    assert acts(call) == DESTROYED_ONCE
    stone = Tombstone.objects.get()
    assert (stone.call.hex, stone.object_id.hex) == (call.call_id, call.object_id)
    assert stone.done_at == world.now + DUE
    assert Leaf.objects.get(id=stone.audit_leaf).kind == "retention:call:destroyed"
    assert Plan.objects.get().executed_at == world.now + DUE
    assert world.openable(other)
    assert world.traces(other) == {"store"}


def test_n18_a_clock_that_ran_ahead_destroys_nothing_once_it_is_set_back(world: World) -> None:
    call = world.kept()
    assert plan(world.now + DUE)  # planned by a clock that is half a year ahead
    assert run(world, timedelta(hours=1)) == [Executed(done=0, left=0)]
    assert world.openable(call)
    assert acts(call) == {"retention:line:withdrawn": 1}
    assert run(world) == [Executed(done=1, left=0)]
    assert not world.openable(call)


@pytest.mark.sqlite
def test_n19_the_database_file_forgets_the_call(world: World) -> None:
    world.kept()
    drawn = b"a picture of what was said"
    Picture.objects.create(leg=Leg.objects.get(), sealed=drawn)
    comment_on(Leg.objects.get())
    assert database_holds(CUSTOMER)
    assert database_holds(drawn.decode())
    assert database_holds(WRITTEN)
    run(world)
    assert not database_holds(CUSTOMER)
    assert not database_holds(drawn.decode())
    assert not database_holds(WRITTEN)


def comment_on(leg: Leg) -> None:
    """A training activity with the call in it, and a comment on the leg."""
    author = Person.objects.get(login="tuula.aho")
    mandate = Mandate.objects.create(
        kind="activity", reference="TR-1", cap=3, opened_by="x", opened_at=NOW, ends_at=NOW + DUE
    )
    MandateCall.objects.create(mandate=mandate, call=leg.call, added_at=NOW)
    Comment.objects.create(
        leg=leg, activity=mandate.id, author=author, written_at=NOW, place_ms=1, text=WRITTEN
    )


def test_n06_what_training_gathered_and_wrote_goes_with_the_call(world: World) -> None:
    world.kept()
    comment_on(Leg.objects.get())
    run(world)
    assert (Comment.objects.count(), MandateCall.objects.count()) == (0, 0)
    assert Mandate.objects.count() == 1


def test_n19_the_picture_of_the_sound_goes_with_the_call(world: World) -> None:
    world.kept()
    Picture.objects.create(leg=Leg.objects.get(), sealed=b"drawn")
    run(world)
    assert Picture.objects.count() == 0


@pytest.mark.postgresql
def test_n19_the_tables_have_no_dead_row_of_the_call(world: World) -> None:
    world.kept()
    comment_on(Leg.objects.get())
    run(world)
    with connection.cursor() as cursor:
        for table in ("register_call", "register_comment", "access_mandatecall"):
            cursor.execute(f"SELECT pg_relation_size('{table}')")
            assert cursor.fetchone() == (0,)


def test_n18_nothing_is_planned_before_the_due_instant(world: World) -> None:
    call = world.kept()
    due = Call.objects.get(id=as_uuid(call.call_id)).due_at
    assert plan(due - timedelta(microseconds=1)) is None
    assert not Plan.objects.exists()
    planned = plan(due)
    assert planned is not None
    (line,) = planned.lines
    assert (line.call.hex, line.reason, line.due_at) == (call.call_id, "expired", due)
    assert [entry.facts["calls"] for entry in entries(kind="retention:plan:made").entries] == [1]


def test_a_plan_is_frozen_bounded_and_takes_the_oldest_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MAX_LINES", 2)
    newest, oldest, middle = (world.kept(world.now - timedelta(days=days)) for days in (1, 3, 2))
    first = plan(world.now + DUE)
    second = plan(world.now + DUE + timedelta(seconds=1))
    assert first is not None
    assert second is not None
    assert [line.call.hex for line in first.lines] == [oldest.call_id, middle.call_id]
    assert [line.call.hex for line in second.lines] == [newest.call_id]
    assert plan(world.now + DUE) is None
    assert open_plans() == [first.id, second.id]


def test_an_executed_plan_does_nothing_again(world: World) -> None:
    call = world.kept()
    run(world)
    made = Plan.objects.get()
    again = execute(made.id, world.keys, world.store, world.journal, world.now + 2 * DUE)
    assert again == Executed(0, 0)
    assert acts(call) == DESTROYED_ONCE
    assert Plan.objects.get().executed_at == world.now + DUE


def test_n19_a_failure_is_loud_and_holds_up_no_other_call(world: World) -> None:
    stuck, other = world.kept(), world.kept()
    path = world.store.path(stuck.object_id)
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    assert run(world) == [Executed(done=1, left=1)]
    row = Call.objects.get(id=as_uuid(stuck.call_id))
    assert row.state == State.DESTROYING
    assert not world.openable(stuck)
    line = PlanLine.objects.get(call=row.id)
    assert (line.done_at, line.last_error) == (None, "os_eisdir")
    assert [(alarm.kind, alarm.key, alarm.detail) for alarm in alarms.standing()] == [
        (ALARM, stuck.call_id, "os_eisdir")
    ]
    assert acts(other) == DESTROYED_ONCE
    shutil.rmtree(path)
    assert run(world) == [Executed(done=1, left=0)]
    assert alarms.standing() == []
    assert acts(stuck) == DESTROYED_ONCE


def test_without_the_key_process_nothing_is_called_destroyed(world: World) -> None:
    calls = [world.kept() for _ in range(3)]
    world.stop_keys()
    assert run(world) == [Executed(done=0, left=3)]
    assert not Tombstone.objects.exists()
    assert all(not world.store.absent(call.object_id) for call in calls)
    assert Counter(PlanLine.objects.values_list("last_error", flat=True)) == {
        "keys_unavailable": 1,
        "": 2,
    }
    world.start_keys()
    assert run(world) == [Executed(done=3, left=0)]
    assert [acts(call) for call in calls] == [DESTROYED_ONCE] * 3


def test_what_the_living_journal_still_holds_is_not_called_destroyed(world: World) -> None:
    call, in_progress = world.record(), world.record(world.now + timedelta(days=30))
    writer = world.writer()
    writer.append(call.records)
    writer.append(in_progress.records[:2])
    writer.sync()
    world.take_in(call)
    assert run(world) == [Executed(done=0, left=1)]
    assert PlanLine.objects.get().last_error == "journal_holds"
    assert not world.openable(call)
    assert world.traces(call) == {"journal"}
    world.kill_recorders()
    assert run(world) == [Executed(done=0, left=1)]  # the other call is not in the book yet
    world.take_in(in_progress)
    assert run(world) == [Executed(done=1, left=0)]
    assert world.traces(call) == set()
    assert alarms.standing() == []


class Crash(BaseException):
    """The worker dies here."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (shred, "remove_all"),
        (journals, "trim"),
        (rows, "remove_all"),
        (journals, "holding"),
        (rows, "scrub"),
        (rows, "absent_all"),
        (alarms, "clear_all"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_anywhere_is_followed_by_one_that_finishes(
    world: World, module: object, name: str, after: bool
) -> None:
    call = world.kept()
    real = getattr(module, name)

    def die(*given: object, **named: object) -> None:
        if after:
            real(*given, **named)
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(Crash):
            run(world)
    assert not Tombstone.objects.exists()
    assert run(world) == [Executed(done=1, left=0)]
    assert acts(call) == DESTROYED_ONCE
    assert world.traces(call) == set()


def test_two_workers_on_one_plan_destroy_each_call_once(world: World) -> None:
    calls = [world.kept() for _ in range(6)]
    planned = plan(world.now + DUE)
    assert planned is not None
    start, failures = threading.Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            execute(planned.id, world.keys, world.store, world.journal, world.now + DUE)
        except Exception as error:  # noqa: BLE001 - a thread's failure is shown by the test
            failures.append(error)
        finally:
            world.keys.close()
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    run(world)
    assert [acts(call) for call in calls] == [DESTROYED_ONCE] * 6
    assert Tombstone.objects.count() == 6


def test_every_table_that_hangs_on_a_call_is_asked_for_absence(world: World) -> None:
    tables = {place.table.strip('"') for place in rows._places()}
    register = {"call", "leg", "arrival", "picture", "objection", "comment", "correction"}
    register |= {
        "check",
        "desk",
        "gap",
        "heldcall",
        "part",
        "partsession",
        "settling",
        "silencing",
        "statement",
        "stop",
        "consent",
    }
    access = {"spotcheck", "listening", "mandatecall", "approval", "permit"}
    rights = {"rights_packagecall"}
    known = {f"register_{one}" for one in register} | {f"access_{one}" for one in access}
    assert tables == known | rights
    call = as_uuid(world.kept().call_id)
    assert not rows.absent(call)
    rows.remove(call)
    assert rows.absent(call)
    Arrival.objects.create(call=call, object_id=call, since=world.now)
    assert not rows.absent(call)
