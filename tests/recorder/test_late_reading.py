"""A recorder that reads late, as on a machine that is too busy: what counts is when things came."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from recorder.media import leave, rtp, send
from recorder.world import World
from vaiti.capture import ring
from vaiti.ops.phone.dial import Call


def says(world: World, call: Call, first: int, count: int) -> None:
    for number in range(first, first + count):
        for track in (0, 1):
            send(call, track, [rtp(number, ssrc=7 + track)])


@asynccontextmanager
async def stopped(world: World) -> AsyncIterator[None]:
    """The recorder's process gets no time meanwhile; the kernel takes what comes."""
    assert world.process is not None
    world.process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{world.process.pid}/stat")
    world.wait_for(lambda: status.read_text().rpartition(")")[2].split()[0] == "T")
    try:
        yield
    finally:
        world.process.send_signal(signal.SIGCONT)


@pytest.fixture(params=["sockets", "ring"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A recorder that receives speech by sockets alone, or by a packet ring."""
    world = World(tmp_path)
    if request.param == "ring":
        if ring.obstacle("lo"):
            pytest.skip(ring.obstacle("lo"))
        world.ring()
    world.start()
    try:
        yield world
    finally:
        world.end()


def test_n15_what_came_before_a_message_belongs_to_the_call_as_it_was_then(either: World) -> None:
    """On hold, on again and over: each read together with the speech before it and behind it."""
    world = either

    async def talk() -> None:
        call = await world.dial()
        says(world, call, 0, 5)
        first = 5
        on, off = partial(call.invite, "sendonly"), partial(call.invite, "inactive")
        for asked in (off, on, call.hang_up):
            async with stopped(world):
                says(world, call, first, 5)
                answered = asyncio.create_task(asked())
                await asyncio.sleep(0)
                says(world, call, first + 5, 5)
            await answered
            first += 10
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (recorded,) = world.recorded()
    assert recorded.manifest is not None
    for track in (0, 1):
        assert [each.seq for each in recorded.packets(track)] == [*range(10), *range(20, 30)]
    assert recorded.manifest.drops == {"on_hold": 20, "after_end": 10}
    assert recorded.manifest.ended_us > max(each.arrival_us for each in recorded.packets())


def test_n15_a_large_buffer_is_read_to_its_last_packet_at_the_end(tmp_path: Path) -> None:
    """More than is taken of a socket at a time waits when the BYE is read."""
    world = World(tmp_path)
    world.receive_buffer = 212_992  # what any Linux grants: twice that, for 500 packets
    world.start()
    try:
        asyncio.run(talk_much(world))
        assert world.stop() == 0
    finally:
        world.end()
    (recorded,) = world.recorded()
    assert [each.seq for each in recorded.packets(0)] == list(range(400))


async def talk_much(world: World) -> None:
    call = await world.dial()
    async with stopped(world):
        says(world, call, 0, 400)
        over = asyncio.create_task(call.hang_up())
        await asyncio.sleep(0)
    await over
    await leave(call)
