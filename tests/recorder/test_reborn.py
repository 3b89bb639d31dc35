"""A recorder that is killed in mid-call, and the next one that goes on, beside a keeper."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from authority import Authority
from recorder.media import leave, speak
from recorder.world import ANSWER_WITHIN, Recorded, World
from vaiti.capture import ring
from vaiti.capture.orders import Peer
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.wire import open_wire
from vaiti.vault.gathering import is_dead

NOBODY = "+358501112223"
HELD = 150  # packets; a socket's buffer holds a hundred more
PEERS = (
    Peer("pbx", ("127.0.0.0/8",)),
    Peer("sbc", ("127.0.0.0/8",), transports=("tls",), certificates=("sbc.example",)),
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> Iterator[World]:
    """A keeper, and a recorder that listens for TLS too; with a packet ring where one is wanted."""
    authority.issue("recorder")
    world = World(tmp_path)
    if getattr(request, "param", "sockets") == "ring":
        if ring.obstacle("lo"):
            pytest.skip(ring.obstacle("lo"))
        world.ring()
    world.write_orders(peers=PEERS)
    world.keep()
    world.start()
    try:
        yield world
    finally:
        world.end()


async def next_recorder(world: World, call: Call, spoken: int, calls: int = 1) -> int:
    """Another recorder comes while both sides speak on, for no longer than sockets hold."""
    starting = asyncio.create_task(asyncio.to_thread(world.start))
    until = spoken + HELD
    while not starting.done() and spoken < until:
        spoken = await say(call, 0.2, spoken)
    await starting
    assert world.state()["resumed"] == calls
    return await say(call, 0.4, spoken)


async def say(call: Call, seconds: float, spoken: int) -> int:
    if not call.plan.srtp:
        return await speak(call, seconds, spoken)
    for number in range(spoken, spoken + round(seconds * 50)):
        for stream in call.streams:
            stream.send(number)
        await asyncio.sleep(0.02)
    return spoken + round(seconds * 50)


def recorded(world: World) -> Recorded:
    world.wait_for(lambda: all(one.manifest or one.void for one in world.recorded()))
    (found,) = (one for one in world.recorded() if one.manifest and one.manifest.packets)
    return found


def check_whole(found: Recorded, spoken: int) -> None:
    manifest = found.manifest
    assert manifest is not None
    assert (manifest.ended_by, manifest.state) == ("bye", "complete")
    assert (manifest.packets, manifest.drops) == (2 * spoken, {})
    assert len(manifest.epochs) == 2
    for track in (0, 1):
        seqs = [each.seq for each in found.packets(track)]
        assert seqs == list(range(seqs[0], seqs[0] + spoken))


def spoken_over(world: World, death: Callable[[Call, int], Awaitable[int]]) -> int:
    """How much of a call was said, in the midst of which something happened to its recorder."""

    async def talk() -> int:
        call = await world.dial()
        try:
            spoken = await death(call, await speak(call, 1.3))
            assert (await call.hang_up())[1] == 200
        finally:
            await leave(call)
        return spoken

    return asyncio.run(talk())


@pytest.mark.parametrize("world", ["sockets", "ring"], indirect=True)
def test_n17_a_recorder_killed_and_one_replaced_in_mid_call_lose_no_packet(world: World) -> None:
    """A call over UDP; and one over TCP, whose BYE has come by half when the recorder dies."""

    async def killed_and_replaced(call: Call, spoken: int) -> int:
        plan = replace(world.plan(transport="tcp"), port=world.port("tcp"), customer=NOBODY)
        silent = await world.dial(plan)
        bye = silent.dialog.request("BYE")
        silent.wire.send(bye[:200])
        spoken = await speak(call, 0.2, spoken)
        world.kill()
        spoken = await next_recorder(world, call, await speak(call, 0.3, spoken), calls=2)
        assert world.process is not None
        world.process.send_signal(signal.SIGHUP)
        assert await asyncio.to_thread(world.process.wait, ANSWER_WITHIN) == 0
        spoken = await next_recorder(world, call, spoken, calls=2)
        assert (await silent.transact(bye[200:], "BYE")).status == 200
        await leave(silent)
        return spoken

    spoken = spoken_over(world, killed_and_replaced)
    check_whole(recorded(world), spoken)
    (journal,) = (world.folder / "journal").iterdir()
    world.wait_for(lambda: len(list(journal.glob("*.vj"))) > 1)  # the first may be settled


def test_a_killed_keeper_is_told_of_and_the_next_one_is_given_everything(world: World) -> None:
    async def keeper_killed(call: Call, spoken: int) -> int:
        assert world.keeper is not None
        world.keeper.kill()
        world.keeper.wait()
        await asyncio.to_thread(world.wait_for, lambda: not world.state()["lasting"])
        spoken = await speak(call, 0.2, spoken)
        world.keep()
        await asyncio.to_thread(world.wait_for, lambda: world.state()["lasting"])
        world.kill()
        return await next_recorder(world, call, spoken)

    spoken = spoken_over(world, keeper_killed)
    found = recorded(world)
    assert found.manifest is not None
    assert found.manifest.ended_by == "bye"
    assert [event["kind"] for event in world.events()] == ["keeper_lost"]
    for track in (0, 1):
        assert found.packets(track)[-1].seq == spoken - 1


def test_a_call_over_tls_in_srtp_goes_on_over_another_connection(
    world: World, authority: Authority
) -> None:
    identity = authority.identity("sbc.example", authority.path)
    plan = replace(world.plan(transport="tls", srtp=True), port=world.port("tls"))
    plan = replace(plan, identity=identity)

    async def talk() -> int:
        call = await world.dial(plan)
        spoken = await say(call, 1.0, 0)
        world.kill()
        spoken = await next_recorder(world, call, await say(call, 0.3, spoken))
        await asyncio.wait_for(call.wire.lost.wait(), ANSWER_WITHIN)
        call.wire.close()
        call.wire = await open_wire("tls", plan.host, plan.port, identity)
        reading = asyncio.create_task(call.read())
        assert (await call.hang_up())[1] == 200
        reading.cancel()
        await leave(call)
        return spoken

    spoken = asyncio.run(talk())
    check_whole(recorded(world), spoken)


def test_what_is_not_gone_on_with_is_let_go(world: World) -> None:
    """Where keeper and recorder die, the calls are there for intake as cut off."""

    async def talk() -> None:
        call = await world.dial()
        await speak(call, 1.5)
        world.kill()
        (journal,) = (world.folder / "journal").iterdir()
        assert not is_dead(journal)
        assert world.keeper is not None
        world.keeper.kill()
        world.keeper.wait()
        assert is_dead(journal)
        world.keep()
        world.start()
        await leave(call)

    asyncio.run(talk())
    assert world.state()["resumed"] == 0
    (found,) = world.recorded()
    assert (found.manifest, found.finished) == (None, False)
