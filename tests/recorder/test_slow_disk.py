"""A disk on which each write takes a second."""

import asyncio

from recorder.media import leave, speak
from recorder.test_at_the_limit import knock
from recorder.world import World


def test_n17_nothing_is_lost_on_a_disk_that_takes_a_second_for_each_write(world: World) -> None:
    """Journal, its syncing and the state file are slow; a call goes on and another is taken."""
    slow = world.folder / "slow"

    async def talk() -> int:
        call = await world.dial()
        spoken = await speak(call, 1.0)
        slow.touch()
        spoken = await speak(call, 6.0, spoken)
        assert (await knock(world)).status == 200
        spoken = await speak(call, 3.0, spoken)
        assert (await call.hang_up())[1] == 200
        slow.unlink()
        await leave(call)
        return spoken

    spoken = asyncio.run(talk())
    assert world.stop() == 0
    first, *_ = world.recorded()
    assert first.manifest is not None
    assert (first.manifest.drops, first.manifest.ended_by) == ({}, "bye")
    for track in (0, 1):
        assert [each.seq for each in first.packets(track)] == list(range(spoken))
    assert "slow_disk" in [each["kind"] for each in world.events()]
