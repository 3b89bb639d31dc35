"""A disk on which each write takes a second."""

import asyncio

from recorder.media import leave, speak
from recorder.test_at_the_limit import knock
from recorder.world import World

CALLS, SECONDS = 8, 9


def test_n17_nothing_is_lost_on_a_disk_that_takes_a_second_for_each_write(world: World) -> None:
    """Journal, its syncing and the state file are slow; calls go on and another is taken."""
    slow = world.folder / "slow"

    async def talk() -> None:
        calls = [await world.dial() for _ in range(CALLS)]
        slow.touch()
        speaking = asyncio.gather(*(speak(call, SECONDS) for call in calls))
        await asyncio.sleep(SECONDS / 2)
        assert (await knock(world)).status == 200
        await speaking
        slow.unlink()
        for call in calls:
            assert (await call.hang_up())[1] == 200
            await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    calls = [each for each in world.recorded() if each.packets()]
    assert len(calls) == CALLS
    for each in calls:
        assert each.manifest is not None
        assert (each.manifest.drops, each.manifest.ended_by) == ({}, "bye")
        for track in (0, 1):
            assert [packet.seq for packet in each.packets(track)] == list(range(SECONDS * 50))
    assert "slow_disk" in [each["kind"] for each in world.events()]
