"""What a recorder leaves that dies between two of its states, and what the next one makes of it."""

import asyncio
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from string import ascii_letters, digits

import pytest

from recorder.media import leave, rtp, send
from recorder.one import One, keeper, quiet_world, run, until
from recorder.world import CUSTOMER, LINE, World
from vaiti.capture.drain import PARTS
from vaiti.capture.events import Allocate, End
from vaiti.capture.recorder import dense, lasting, rebirth
from vaiti.capture.recorder.ears import TOGETHER
from vaiti.capture.recorder.keeper import Held
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.session import reports
from vaiti.capture.sip.flow import Address, Flow
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import CallPlan
from vaiti.ops.phone.wire import open_wire
from vaiti.values.ids import new_call_id


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    with keeper(tmp_path) as held:
        yield held


@pytest.fixture
def world(tmp_path: Path) -> World:
    return quiet_world(tmp_path)


def dialled(world: World, story: Callable[[One, Call], None], then: Callable[..., object]) -> None:
    """A call at one recorder that dies after `story`; `then` is told of the next one."""

    async def talk() -> None:
        first = One(world)
        plan = CallPlan("127.0.0.1", await first.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
        call = await world.dial(plan)
        story(first, call)
        first.die()
        second = One(world)
        await second.begin()
        await then(second, call)
        second.end()
        await leave(call)

    run(talk())


def streams(held: Held) -> list[str]:
    return [name for name in held._descriptors if name.startswith(("rtp:", "rtcp:"))]


def test_n17_a_call_that_has_ended_is_over_at_the_next_recorder_whatever_its_dialog_says(
    world: World, held: Held
) -> None:
    """The first one died after its manifest was committed, and before its session was."""

    def end(first: One, call: Call) -> None:
        it = first.recorder
        send(call, 0, map(rtp, range(5)))
        [one] = it._session.lives
        facts = it._session.lives.manifest(
            one, time.time_ns() // 1000, ended_by="bye", state="complete"
        )
        with it._succession.in_session():
            it._calls.end(End(one.id, facts))
            it._outbox.write()

    async def over(second: One, call: Call) -> None:
        it = second.recorder
        assert (it._succession.resumed, it._session.calls, len(it._calls)) == (0, 0, 0)
        await asyncio.wait_for(call.hung_up.wait(), 30)
        await until(lambda: not streams(held))

    dialled(world, end, over)
    [recorded] = world.recorded()
    assert recorded.manifest is not None
    assert (recorded.manifest.state, len(recorded.packets())) == ("complete", 5)


def test_sockets_of_a_call_that_nobody_was_told_of_are_let_go(world: World, held: Held) -> None:
    call_id = new_call_id()

    def open_sockets(first: One, call: Call) -> None:
        it = first.recorder
        with it._succession.in_session():
            it._calls.allocate(Allocate(call_id, (0, 1), "127.0.0.1"), 0)
            it._outbox.write()

    async def gone(second: One, call: Call) -> None:
        it = second.recorder
        assert (it._succession.resumed, len(it._calls)) == (1, 1)
        await until(lambda: sum(each.startswith("rtp:") for each in streams(held)) == 2)
        assert (await call.hang_up())[1] == 200
        await until(lambda: not streams(held))
        assert not [key for key in second.estate.box.entries() if key[:1] == b"s"]

    dialled(world, open_sockets, gone)


def test_n17_what_was_read_beside_a_socket_that_was_never_committed_is_taken_in(
    world: World, held: Held
) -> None:
    """A third stream is being opened, and its socket is read with the others."""

    def read(first: One, call: Call) -> None:
        it = first.recorder
        [call_id] = it._calls.ids()
        with it._succession.in_session():
            it._calls.allocate(Allocate(call_id, (2,), "127.0.0.1"), 0)
        send(call, 0, map(rtp, range(5)))
        media = it._calls.get(call_id)
        assert media is not None
        assert len(list(it._drain.sweep_only(list(media.slots.values())))) == 1

    async def kept(second: One, call: Call) -> None:
        assert second.recorder._calls.packets() == 5
        assert (await call.hang_up())[1] == 200

    dialled(world, read, kept)
    [recorded] = world.recorded()
    assert [each.seq for each in recorded.packets()] == [*range(5)]


def test_n22_what_is_paused_is_paused_whatever_a_stream_had_been_told_already(
    world: World, held: Held
) -> None:
    """The first one died as the agent asked to go on: one stream did, and nobody was told."""

    def half_resumed(first: One, call: Call) -> None:
        it = first.recorder
        [one] = it._session.lives
        asked = {"devices": ["2001"], "call": one.id}
        assert it._asked({"op": "pause", "reason": "payment", **asked})["ok"]
        [told, _] = one.at.streams.told
        with it._succession.in_session():
            it._calls.expect(replace(told, paused=False), time.time_ns() // 1000)
            it._outbox.write()

    async def paused(second: One, call: Call) -> None:
        it = second.recorder
        for track in (0, 1):
            send(call, track, map(rtp, range(5)))
        assert (await call.hang_up())[1] == 200
        assert it._calls.totals.drops == {"paused": 10}

    dialled(world, half_resumed, paused)


def test_n22_nothing_is_kept_between_a_pause_and_a_resume_that_are_read_together(
    world: World, held: Held
) -> None:
    """Over TCP, where the kernel tells when the last of them came, and not when the first did."""
    [peer] = world.orders.peers
    world.write_orders(peers=(replace(peer, state_header="X-Recording-State"),))

    async def talk() -> None:
        one = One(world)
        port = await one.begin("tcp")
        plan = CallPlan("127.0.0.1", port, CUSTOMER, LINE, "2001", transport="tcp")
        call = await world.dial(plan)
        swept(one, call, 0)
        waiting = len(call.last_ack)
        for said, word in ((5, b"paused"), (10, b"resumed")):
            send(call, 0, map(rtp, range(said, said + 5)))
            asked = call.dialog.request("INFO").replace(b"User-Agent", b"X-Recording-State", 1)
            asked = asked.replace(b"vaiti-phone", word)
            call.wire.send(asked)
            waiting += len(asked)
        [connection] = one.recorder._transports._connections.values()
        await_bytes(connection._sock, waiting)
        [live] = one.recorder._session.lives
        await until(lambda: live.pauses)
        swept(one, call, 15)
        assert (await call.hang_up())[1] == 200
        assert one.recorder._calls.totals.drops == {"paused": 10}
        one.end()
        await leave(call)

    run(talk())
    [recorded] = world.recorded()
    assert [each.seq for each in recorded.packets()] == [*range(5), *range(15, 20)]


def await_bytes(sock: socket.socket, count: int) -> None:
    """In the kernel; nothing is read meanwhile."""
    limit = time.monotonic() + 30
    while len(sock.recv(count, socket.MSG_PEEK | socket.MSG_DONTWAIT)) < count:
        assert time.monotonic() < limit


@pytest.mark.parametrize("broken", [b"{", None, b"older"])
def test_n17_calls_go_on_by_the_orders_that_they_had_where_the_file_is_no_good(
    world: World, held: Held, broken: bytes | None
) -> None:
    """Their sender is known by them. No new call is taken before there are orders again."""
    path = world.folder / "orders.json"
    older = path.read_bytes()
    world.write_orders()

    def spoil(first: One, call: Call) -> None:
        swept(first, call, 0)
        if broken is None:
            path.unlink()
        else:
            path.write_bytes(older if broken == b"older" else broken)

    async def go_on(second: One, call: Call) -> None:
        it = second.recorder
        swept(second, call, 5)
        assert it._calls.packets() == 10
        assert await dialled_anew(world, call) == 503
        assert (await call.hang_up())[1] == 200
        world.write_orders()
        it._follow_orders()
        assert await dialled_anew(world, call) == 200

    dialled(world, spoil, go_on)
    [recorded, _] = world.recorded()
    assert recorded.manifest is not None
    assert recorded.manifest.ended_by == "bye"
    told = [each["kind"] for each in world.events()]
    assert told.count("orders_refused") == (broken is not None)


async def dialled_anew(world: World, call: Call) -> int:
    """The status of the answer."""
    wire = await open_wire("udp", call.plan.host, call.plan.port)
    other = Call(call.plan, wire, (b"\xd5" * 8000, b"\x55" * 8000))
    reading = asyncio.create_task(other.read())
    status = (await other.invite("sendonly")).status
    reading.cancel()
    await leave(other)
    return status


def test_what_a_keeper_holds_of_another_recorder_is_let_go_before_it_is_given_more(
    world: World, held: Held
) -> None:
    """It was too slow to give it: the calls are cut off, and their ports are to be free again."""
    path = world.folder / "keeper.sock"

    async def come() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            before = Keeping(path)
            assert before.connect()
            before.keep({"rtp:99": sock.fileno()})
            await until(lambda: streams(held))
            before.close()
        one = One(world, rebirth.new(Keeping(path), {}))
        await one.begin()
        one.recorder._look_after_keeper()
        assert one.recorder._succession.active
        await until(lambda: "memory" in held._descriptors)
        assert not streams(held)
        one.die()

    run(come())


def test_n17_what_was_counted_of_a_stream_is_right_however_often_recorders_follow_each_other(
    world: World, held: Held
) -> None:
    """The next one reads the streams in other turns; the one after it is told by the newest."""

    async def talk() -> None:
        one = One(world)
        plan = CallPlan("127.0.0.1", await one.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
        first, call = await world.dial(plan), await world.dial(plan)
        swept(one, call, 0)
        swept(one, call, 5)
        assert (await first.hang_up())[1] == 200
        for said in (10, 15, 20):
            one.die()
            one = One(world)
            await one.begin()
            swept(one, call, said)
            assert one.recorder._calls.packets() == said + 5
        assert (await call.hang_up())[1] == 200
        one.end()
        for each in (first, call):
            await leave(each)

    run(talk())
    recorded = world.recorded()[1]
    assert recorded.manifest is not None
    assert (recorded.manifest.packets, len(recorded.manifest.epochs)) == (25, 1)
    assert [each.seq for each in recorded.packets()] == [*range(25)]


def test_n17_a_call_that_outlived_a_new_version_outlives_the_next_death_too(
    world: World, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said in it meanwhile, so that it stays as the version before has told it."""

    async def talk() -> None:
        words = dense.DICTIONARY + b" "
        with monkeypatch.context() as before:
            for each in (dense, lasting):
                before.setattr(each, "DICTIONARY", words)
            one = One(world)
            plan = CallPlan("127.0.0.1", await one.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
            call = await world.dial(plan)
            swept(one, call, 0)
            one.die()
        for said in (5, 10):
            one = One(world)
            await one.begin()
            assert one.recorder._succession.resumed == 1
            swept(one, call, said)
            if said == 5:
                one.die()
        assert (await call.hang_up())[1] == 200
        one.end()
        await leave(call)

    run(talk())
    [recorded] = world.recorded()
    assert [each.seq for each in recorded.packets()] == [*range(15)]


def test_large_messages_that_are_read_together_fit_into_little_memory(
    world: World, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of nearly 64 KB, of which much is told twice and cannot be packed."""
    monkeypatch.setattr(rebirth, "MEMORY", 6 << 20)
    flow = Flow("udp", Address("127.0.0.1", 5060), Address("127.0.0.1", 5062))
    lot = random.Random(7)

    def long() -> str:
        return "".join(lot.choices(ascii_letters + digits, k=8_130))

    async def talk() -> None:
        one = One(world)
        await one.begin()
        for _ in range(TOGETHER):
            lines = [
                f"INVITE sip:{long()}@127.0.0.1 SIP/2.0",
                *(f"Via: SIP/2.0/UDP 127.0.0.1:5062;branch={long()}" for _ in range(5)),
                f"From: <sip:b@127.0.0.1>;tag={long()}",
                *("To: <sip:a@127.0.0.1>", "Max-Forwards: 70", f"Call-ID: {long()}"),
                *("CSeq: 1 INVITE", "Require: nothing", "", ""),
            ]
            one.recorder.heard("\r\n".join(lines).encode(), flow, 0)
        one.recorder.rest()
        assert one.recorder._session.endpoint.refused == {"require": TOGETHER}
        assert one.recorder._succession.active
        one.die()

    run(talk())


def swept(one: One, call: Call, first: int, count: int = 5) -> None:
    """The agent's words."""
    send(call, 0, map(rtp, range(first, first + count)))
    for _ in range(PARTS):
        one.recorder._calls.sweep()


def test_n17_a_recorder_that_would_end_its_calls_with_itself_stays(
    world: World, held: Held
) -> None:
    """It is asked to leave them to the next one, and nothing is left there any more."""

    async def talk() -> None:
        one = One(world)
        plan = CallPlan("127.0.0.1", await one.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
        call = await world.dial(plan)
        one.recorder._outbox.lasting.end()
        session = one.recorder._session
        parts = (session.lives, session.endpoint.dialogs, session.endpoint.transactions)
        assert [each.touched for each in parts] == [None] * 3, "gathered, and nobody asks for it"
        one.recorder.leave()
        assert not one.recorder._stopping.is_set()
        assert (await call.hang_up())[1] == 200
        one.recorder.leave()
        assert one.recorder._stopping.is_set()
        assert await dialled_anew(world, call) == 503
        one.die()
        await leave(call)

    run(talk())


def test_n17_calls_end_well_where_a_recorder_that_leaves_them_can_no_more(
    world: World, held: Held
) -> None:
    """The disk is full by the time of the last write: nobody goes on from there."""

    async def talk() -> None:
        one = One(world)
        plan = CallPlan("127.0.0.1", await one.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
        call = await world.dial(plan)
        one.recorder.leave()
        one.recorder._outbox.lasting.end()
        await one.recorder._end([])
        await asyncio.wait_for(call.hung_up.wait(), 30)
        one.gone()
        await leave(call)

    run(talk())
    [recorded] = world.recorded()
    assert recorded.manifest is not None
    assert recorded.manifest.ended_by == "stopped"


@pytest.fixture
def few_files(tmp_path: Path) -> Iterator[Path]:
    """A journal where there is room, and soon for no file more; what takes the last ones."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make a small file system")
    journal = tmp_path / "journal"
    journal.mkdir()
    size = "size=8m,nr_inodes=9"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", journal], check=True)
    yield journal / ".ballast"
    subprocess.run(["umount", "-l", journal], check=True)


@pytest.mark.root
def test_n17_a_call_whose_customer_is_silent_outlives_a_journal_that_could_begin_no_file(
    few_files: Path, world: World, held: Held
) -> None:
    """What may still be cut is looked for where it was said to stand: in the old file, whenever
    there is room for a new one."""

    def refused(first: One, call: Call) -> None:
        swept(first, call, 0)
        few_files.mkdir()
        with pytest.raises(OSError, match="No space"):
            for number in range(9):
                (few_files / str(number)).touch()
        first.journal._rotate_at = 1
        swept(first, call, 5, 100)
        assert first.journal.place[0] == 1
        for ballast in few_files.iterdir():
            ballast.unlink()
        swept(first, call, 105, 100)
        assert first.journal.place[0] == 2

    async def gone_on(second: One, call: Call) -> None:
        assert second.recorder._succession.resumed == 1
        assert (await call.hang_up())[1] == 200

    dialled(world, refused, gone_on)
    [recorded] = world.recorded()
    assert recorded.manifest is not None
    assert (recorded.manifest.ended_by, len(recorded.packets())) == ("bye", 205)


@pytest.mark.parametrize("dies_in", [1, 2, 4])
def test_n17_of_messages_that_are_read_together_none_is_known_by_half(
    world: World, held: Held, dies_in: int
) -> None:
    """Two calls hang up, and their recorder dies as it reads what was said last in the second one:
    what was read in the first one is committed then, and its BYE with it."""

    async def talk() -> None:
        one = One(world)
        plan = CallPlan("127.0.0.1", await one.begin(), CUSTOMER, LINE, "2001", seconds=1.0)
        calls = [await world.dial(plan), await world.dial(plan)]
        for call in calls:
            send(call, 0, map(rtp, range(5)))
        one.dies_in = dies_in
        byes = [(call, call.dialog.request("BYE")) for call in calls]
        asked = [asyncio.create_task(call.transact(bye, "BYE")) for call, bye in byes]
        await until(lambda: one.dead)
        assert not any(each.done() for each in asked)
        one.gone()
        one = One(world)
        await one.begin()
        assert [each.status for each in await asyncio.gather(*asked)] == [200, 200]
        assert not any(call.hung_up.is_set() for call in calls)
        one.recorder._calls.hand_over()
        one.die()
        for call in calls:
            await leave(call)

    asyncio.run(talk())
    for recorded in world.recorded():
        assert recorded.manifest is not None
        assert (recorded.manifest.ended_by, len(recorded.packets())) == ("bye", 5)


def test_what_falls_due_waits_for_a_sweep_only_where_a_next_recorder_would_find_it_due(
    world: World, held: Held
) -> None:
    async def told() -> None:
        one = One(world)
        await one.begin()
        it = one.recorder
        it._session.lives.report(reports.UNREADABLE, "pbx")
        it._timed()
        assert it._outbox.waiting_bytes
        it._succession.end()
        it._timed()
        assert not it._outbox.waiting_bytes
        one.end()

    run(told())
    assert [each["kind"] for each in world.events()] == [reports.UNREADABLE]
