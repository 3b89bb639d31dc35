"""N-38: one shredder also for what persons ask: planned, approved by another, executed, proven."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from cast import Cast
from retention.test_holds import draft, in_case, place
from retention.test_holds import end as end_hold
from retention.world import DUE, Recorded, World
from vaiti.access import doors
from vaiti.access.errors import NotVisible
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.register.models import Call, Gap
from vaiti.retention import order_cards, orders, planning
from vaiti.retention.fulfilling import ALARM, Fulfilment, tell_nobody
from vaiti.retention.models import OrderCall, PlanLine, Tombstone
from vaiti.retention.order_rules import Asked, OrderRefused
from vaiti.retention.places import there
from vaiti.retention.sweep import sweep
from vaiti.values.ids import as_uuid
from vaiti.vault.keyclient import KeysUnavailable

pytestmark = pytest.mark.django_db(transaction=True)
CASE = Asked("case", "R-2026/17")
MINUTE = timedelta(minutes=1)
Told = Callable[[UUID, datetime], None]


def plan(world: World, cast: Cast, *calls: Recorded, reason: str = "erasure") -> UUID:
    ids = [as_uuid(call.call_id) for call in calls]
    return orders.plan(ids, reason, CASE, by=cast.rights_handler.id.hex, now=world.now)


def approve(world: World, cast: Cast, order: UUID) -> None:
    orders.approve(order, by=cast.dpo.id.hex, now=world.now)


def ordered(world: World, cast: Cast, *calls: Recorded) -> UUID:
    made = plan(world, cast, *calls)
    approve(world, cast, made)
    return made


def work(world: World, later: timedelta = MINUTE, told: Told = tell_nobody) -> int:
    """What the worker does that much later: its orders, its sweep, and its orders again."""
    now = world.now + later
    desk = Fulfilment(world.keys, world.store, world.journal, told)
    done = desk.go_on(now)
    sweep(world.keys, world.store, world.journal, now)
    return done + desk.go_on(now)


def acts(subject: str) -> Counter[str]:
    found = entries(subject=subject, limit=100).entries
    return Counter(entry.kind for entry in found if entry.kind.startswith("retention:"))


def state(order: UUID) -> tuple[str, str]:
    card = order_cards.order(order)
    assert card is not None
    return card.state, card.left


def code(error: pytest.ExceptionInfo[OrderRefused]) -> tuple[str, tuple[str, ...]]:
    return error.value.code, error.value.about


def test_n38_an_ordered_call_is_destroyed_everywhere_and_then_called_done(
    world: World, cast: Cast
) -> None:
    call, other = world.kept(), world.kept()
    in_case(world, cast, call, other)
    order = plan(world, cast, call)
    doors.see_call(cast.dpo.id, as_uuid(call.call_id), world.now)
    assert work(world) == 0  # nobody has approved it
    assert world.openable(call)

    approve(world, cast, order)
    with pytest.raises(NotVisible):  # from the approval on, before anything is destroyed
        doors.see_call(cast.dpo.id, as_uuid(call.call_id), world.now)
    heard: list[UUID] = []
    assert work(world, told=lambda done, now: heard.append(done)) == 1
    assert state(order) == ("done", "")
    assert heard == [order]
    assert not world.openable(call)
    assert world.traces(call) == set()
    assert not Call.objects.filter(id=as_uuid(call.call_id)).exists()
    assert acts(order.hex) == {
        f"retention:order:{act}": 1 for act in ("planned", "approved", "executing", "done")
    }
    (intent,) = entries(kind="retention:call:destroying").entries
    assert (intent.subject, intent.facts["reason"]) == (call.call_id, "erasure")
    stone = Tombstone.objects.get(call=as_uuid(call.call_id))
    assert stone.due_at == world.now  # late or not is counted from the approval
    assert world.openable(other)
    assert work(world) == 0
    assert acts(order.hex)["retention:order:done"] == 1


def test_n38_who_plans_does_not_approve_where_a_person_asked(world: World, cast: Cast) -> None:
    call, unwanted = world.kept(), world.kept()
    planner = cast.rights_handler.id.hex
    for reason in ("erasure", "objection"):
        order = plan(world, cast, call, reason=reason)
        with pytest.raises(OrderRefused) as error:
            orders.approve(order, by=planner, now=world.now)
        assert code(error) == ("own", ())
        orders.refuse(order, "The claim is still open.", by=cast.dpo.id.hex, now=world.now)
        assert acts(order.hex) == {"retention:order:planned": 1, "retention:order:refused": 1}
    assert world.openable(call)
    assert Call.objects.get(id=as_uuid(call.call_id)).state == "kept"

    gap = Gap.objects.create(
        kind="unwanted",
        cause="no_record",
        source="pbx",
        started_at=world.now,
        call_id=as_uuid(unwanted.call_id),
        found_at=world.now,
        state="open",
    )
    asked = Asked("gap", gap.id.hex)
    ids = [as_uuid(unwanted.call_id)]
    order = orders.plan(ids, "unwanted", asked, by=planner, now=world.now)
    orders.approve(order, by=planner, now=world.now)
    assert work(world) == 1
    assert [one.id for one in order_cards.of_asked(asked)] == [order]
    assert not world.openable(unwanted)


def test_n38_a_hold_stands_against_destruction_and_is_named(world: World, cast: Cast) -> None:
    call = world.kept()
    in_case(world, cast, call)
    order = plan(world, cast, call)
    hold = place(world, cast.dpo, draft(world, cast.rights_handler, timedelta(days=30)), call)
    with pytest.raises(OrderRefused) as error:
        approve(world, cast, order)
    assert code(error) == ("held", ("POL-2026-9",))
    assert state(order) == ("planned", "")
    assert world.openable(call)
    end_hold(world, cast.dpo, hold, "The police need it no more.")
    approve(world, cast, order)
    assert work(world) == 1


def test_n38_what_cannot_be_ordered_is_refused(world: World, cast: Cast) -> None:
    call = world.kept()
    order, one = plan(world, cast, call), [as_uuid(call.call_id)]
    stranger = uuid4()
    by, now = cast.rights_handler.id.hex, world.now
    for calls, reason, asked, at, says in (
        (one, "expired", CASE, now, ("reason", ())),
        (one, "erasure", Asked("case", "+358 40 123 4567"), now, ("asked", ())),
        (one, "unwanted", Asked("gap", uuid4().hex), now, ("asked", ())),
        (one, "erasure", Asked("letter", "R-17"), now, ("asked", ())),
        ([], "erasure", CASE, now, ("no_calls", ())),
        ([uuid4() for _ in range(501)], "erasure", CASE, now, ("too_many", ())),
        ([stranger], "erasure", CASE, now, ("not_kept", (stranger.hex,))),
        (one, "erasure", CASE, now + DUE, ("not_kept", (call.call_id,))),
        (one, "erasure", CASE, now, ("ordered", ())),
    ):
        with pytest.raises(OrderRefused) as error:
            orders.plan(calls, reason, asked, by=by, now=at)
        assert code(error) == says
    with pytest.raises(OrderRefused) as error:
        orders.refuse(order, "+358401234567 12", by=by, now=now)
    assert code(error) == ("why", ())
    orders.refuse(order, "Asked twice.", by=by, now=now)
    for again in (
        orders.approve,
        lambda order, by, now: orders.refuse(order, "No.", by=by, now=now),
    ):
        with pytest.raises(OrderRefused) as error:
            again(order, by=cast.dpo.id.hex, now=now)
        assert code(error) == ("moved_on", ())
    assert acts(order.hex) == {"retention:order:planned": 1, "retention:order:refused": 1}
    plan(world, cast, call)  # what was refused holds up no other


def test_n38_a_file_that_is_left_behind_keeps_an_order_from_being_done(
    world: World, cast: Cast
) -> None:
    call = world.kept()
    sealed = world.store.path(call.object_id)
    kept = sealed.read_bytes()
    order = ordered(world, cast, call)
    desk = Fulfilment(world.keys, world.store, world.journal)
    desk.go_on(world.now)
    assert sweep(world.keys, world.store, world.journal, world.now).destroyed == 1
    sealed.write_bytes(kept)  # somebody puts a copy back between destruction and proof
    assert desk.go_on(world.now) == 0
    assert state(order) == ("executing", "object_there")
    assert (ALARM, order.hex, "object_there") in {
        (one.kind, one.key, one.detail) for one in alarms.standing()
    }
    sealed.unlink()
    assert desk.go_on(world.now) == 1
    assert state(order) == ("done", "")
    assert ALARM not in {one.kind for one in alarms.standing()}


def test_n38_without_the_key_process_nothing_is_called_done(world: World, cast: Cast) -> None:
    call = world.kept()
    order = ordered(world, cast, call)
    world.stop_keys()
    with pytest.raises(KeysUnavailable):
        work(world)
    desk = Fulfilment(world.keys, world.store, world.journal)
    assert desk.go_on(world.now) == 0
    assert state(order) == ("executing", "keys_unavailable")
    world.start_keys()
    assert work(world) == 1
    assert not world.openable(call)
    assert acts(order.hex)["retention:order:executing"] == 1


def test_n38_the_journal_of_a_living_recorder_is_waited_for(world: World, cast: Cast) -> None:
    call = world.record()
    writer = world.writer()
    writer.append(call.records)
    world.take_in(call)
    order = ordered(world, cast, call)
    assert work(world) == 0
    assert state(order) == ("executing", "journal_holds")
    assert not world.openable(call)
    assert ALARM not in {one.kind for one in alarms.standing()}
    assert work(world, timedelta(hours=2)) == 0
    assert ALARM in {one.kind for one in alarms.standing()}  # its hour is over
    world.kill_recorders()
    assert work(world) == 1
    assert ALARM not in {one.kind for one in alarms.standing()}


def test_n38_a_call_that_falls_due_meanwhile_is_destroyed_once(world: World, cast: Cast) -> None:
    call = world.kept()
    order = plan(world, cast, call)
    world.move(world.now + DUE)
    planning.plan(world.now)
    approve(world, cast, order)
    assert work(world) == 1
    assert [line.reason for line in PlanLine.objects.all()] == ["expired"]
    assert state(order) == ("done", "")


def test_n38_every_place_tells_what_there_is_of_a_call(world: World) -> None:
    call, stranger = world.kept(), uuid4()
    asked = {as_uuid(call.call_id): as_uuid(call.object_id), stranger: uuid4()}
    found = there(asked, world.keys, world.store, world.journal)
    assert found[as_uuid(call.call_id)].codes() == ("key_alive", "object_there", "rows_there")
    assert found[stranger].codes() == ()
    assert not OrderCall.objects.exists()


@pytest.mark.sqlite
def test_n38_a_copy_of_a_table_in_the_databases_file_keeps_it_from_being_done(
    world: World, cast: Cast
) -> None:
    order = ordered(world, cast, world.kept())
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE aside AS SELECT * FROM register_call")
    assert work(world) == 0
    assert state(order) == ("executing", "files_hold")
    assert ALARM in {one.kind for one in alarms.standing()}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE aside")
    assert work(world) == 1


@pytest.mark.postgresql
def test_n38_a_transaction_that_is_older_keeps_it_from_being_done(world: World, cast: Cast) -> None:
    order = ordered(world, cast, world.kept())
    other = connection.copy("other")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM register_call")
        assert work(world) == 0
        assert state(order) == ("executing", "transaction_open")
    finally:
        other.close()
    assert work(world) == 1
