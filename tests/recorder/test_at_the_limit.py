"""Too many calls, no descriptors, a machine that does not keep up: new calls are turned down with
a time to come again, and the accepted one loses nothing."""

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from recorder.media import leave, rtp, send
from recorder.world import World
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.messages import Received
from vaiti.ops.phone.wire import open_wire


async def knock(world: World) -> Received:
    """How one more call is answered; it is hung up again."""
    plan = world.plan()
    call = Call(plan, await open_wire("udp", plan.host, plan.port), (b"\xd5" * 8000,) * 2)
    reading = asyncio.create_task(call.read())
    try:
        answer = await call.invite("sendonly")
        if answer.status == 200:
            await call.hang_up()
        return answer
    finally:
        reading.cancel()
        await leave(call)


async def knock_until(world: World, status: int) -> Received:
    while (answer := await knock(world)).status != status:
        await asyncio.sleep(0.1)
    return answer


async def turned_down_for(world: World, kind: str) -> None:
    """No call is taken, and this is reported; a machine that is busy besides says so first."""
    while kind not in reported(world):
        answer = await knock(world)
        assert (answer.status, answer.header("retry-after")) == (503, "60")


def reported(world: World) -> list[object]:
    return [event["kind"] for event in world.events()]


def proven(world: World, trouble: Callable[[], Awaitable[None]]) -> list[object]:
    """The accepted call is whole whatever is asked meanwhile; the kinds of what was reported."""

    async def talk() -> None:
        call = await world.dial()
        said = asyncio.create_task(speak_on(call))
        try:
            async with asyncio.timeout(60):
                await trouble()
            said.cancel()
            assert (await call.hang_up())[1] == 200
        finally:  # what is left open here is held against whichever test comes later
            said.cancel()
            await leave(call)

    sent = 0

    async def speak_on(call: Call) -> None:
        nonlocal sent
        while True:
            for track in (0, 1):
                send(call, track, [rtp(sent, ssrc=7 + track)])
            sent += 1
            await asyncio.sleep(0.02)

    asyncio.run(talk())
    assert world.stop() == 0
    first = world.recorded()[0]
    assert first.manifest is not None
    assert first.manifest.drops == {}
    for track in (0, 1):
        assert [each.seq for each in first.packets(track)] == list(range(sent))
    return reported(world)


def test_at_its_limit_of_calls_a_recorder_says_when_to_come_again(world: World) -> None:
    world.order(limits=replace(world.orders.limits, calls=1))

    async def trouble() -> None:
        await turned_down_for(world, "calls_limit")

    proven(world, trouble)


def test_without_descriptors_a_call_is_turned_down_and_the_next_one_taken(world: World) -> None:
    async def trouble() -> None:
        assert world.process is not None
        pid = world.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        most = max(int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()) + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, before[1]))
        await turned_down_for(world, "no_sockets")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        await knock_until(world, 200)

    proven(world, trouble)


def test_a_machine_that_does_not_keep_up_takes_no_further_call(world: World) -> None:
    """The process gets a fifth of each second and a half, as where others take its processor."""

    async def trouble() -> None:
        assert world.process is not None
        starving = asyncio.create_task(starve(world))
        try:
            answer = await knock_until(world, 503)
        finally:
            starving.cancel()
            world.process.send_signal(signal.SIGCONT)
        assert answer.header("retry-after") == "60"
        await knock_until(world, 200)

    assert "overloaded" in proven(world, trouble)


async def starve(world: World) -> None:
    assert world.process is not None
    while True:
        world.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.0)
        world.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.3)
