"""Calls that are placed, changed and ended while front and recorders are killed, each with a
keeper: every request is answered, and every call is recorded once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recorder.media import leave
from recorder.shared_world import FRONT, SharedWorld
from vaiti.capture.recorder.legacy import YOUNG_S
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.wire import open_wire

CALLERS = 12
TURNS = ((FRONT,), (1,), (FRONT, 2), (FRONT,))
BETWEEN = 100  # requests that are answered before somebody dies again, no front being young


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SharedWorld]:
    world = SharedWorld(tmp_path, 2, datetime.now(UTC), kept=True)
    try:
        world.start()
        yield world
    finally:
        world.end()


@pytest.mark.whole
def test_n17_no_request_is_lost_whoever_dies(world: SharedWorld) -> None:
    answered, over = Counter[int](), asyncio.Event()

    async def call(transport: str) -> None:
        plan = world.plan(transport=transport)
        call = Call(plan, await open_wire(transport, plan.host, plan.port), (b"", b""))
        reading = asyncio.create_task(call.read())
        for _ in range(3):
            answered[(await call.invite("sendonly")).status] += 1
        answered[(await call.hang_up())[1]] += 1
        reading.cancel()
        await leave(call)

    async def caller(transport: str) -> int:
        placed = 0
        while not over.is_set():
            await call(transport)
            placed += 1
        return placed

    async def talk() -> int:
        callers = [asyncio.create_task(caller(kind)) for kind in ("udp", "tcp") * (CALLERS // 2)]
        for dying in TURNS:
            until, said = answered.total() + BETWEEN, set[object]()
            async with asyncio.timeout(60):
                while answered.total() < until or len(said) <= YOUNG_S + 1:
                    said.add(world.told(FRONT)["at_us"])
                    await asyncio.sleep(0.05)
            for number in dying:
                world.murder(number)
            await asyncio.gather(*(asyncio.to_thread(world.begin, number) for number in dying))
        over.set()
        return sum(await asyncio.gather(*callers))

    placed = asyncio.run(talk())
    assert answered == {200: 4 * placed}
    assert world.leave() == [0, 0, 0]
    found = world.recorded()
    assert len(found) == len({each.call_id for each in found}) == placed
    assert {each.manifest.ended_by for each in found if each.manifest} == {"bye"}
    assert all(each.manifest for each in found)
