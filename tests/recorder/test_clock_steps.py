"""A clock that is set under a call in progress."""

import asyncio

import pytest

from recorder.media import leave, speak
from recorder.world import World
from vaiti.capture.recorder.steady import Steady


def test_time_goes_on_over_a_step_back_and_follows_when_nothing_is_in_progress() -> None:
    made = Steady()
    assert made.now(1_000.0, 5.0) == 1_000.0
    assert made.now(1_010.4, 15.0) == 1_010.4, "a clock that is corrected a little is followed"
    assert made.now(1_011.4 - 3_600, 16.0) == pytest.approx(1_011.4)
    assert made.now(1_015.4 - 3_600, 20.0) == pytest.approx(1_015.4)
    assert made.now(1_017.4, 22.0) == pytest.approx(1_017.4), "put right again: no step is left"
    made.now(900.0, 23.0)
    made.let_go()
    assert made.now(901.0, 24.0) == 901.0
    assert made.now(5_000.0, 25.0) == 5_000.0


def test_n12_n17_a_clock_that_is_set_back_takes_nothing_of_a_call_in_progress(
    world: World,
) -> None:
    async def talk() -> int:
        call = await world.dial()
        spoken = await speak(call, 1.0)
        (world.folder / "ahead").write_text("-3600")
        spoken = await speak(call, 2.0, spoken)
        assert (await call.hang_up())[1] == 200
        await leave(call)
        await asyncio.to_thread(world.wait_for, lambda: world.state()["calls"] == 0)
        outcome = await world.place(world.plan(seconds=0.2), b"\xd5" * 8000, b"\x55" * 8000)
        assert outcome.status == 200
        return spoken

    spoken = asyncio.run(talk())
    assert world.stop() == 0
    one, later = [each.manifest for each in world.recorded()]
    assert one is not None and later is not None
    assert (one.drops, one.packets) == ({}, 2 * spoken)
    assert one.ended_us - one.started_us > 2_900_000
    assert later.started_us < one.started_us - 3_000_000_000, "the next call has the new time"
    for packets in (world.recorded()[0].packets(track) for track in (0, 1)):
        assert [each.seq for each in packets] == list(range(spoken))
        assert one.started_us <= packets[0].arrival_us <= packets[-1].arrival_us <= one.ended_us
