"""`vaiti restart recorder` where no keeper would have the calls."""

import asyncio
from pathlib import Path

import pytest

from ops.test_replacing import settings_in, up
from recorder.media import leave, speak
from recorder.world import World
from vaiti.ops.replacing import CannotReplace, replace


def test_n17_a_call_that_the_recorder_has_not_told_of_yet_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state is told once a second; what it says of calls may be as old."""
    monkeypatch.setattr("recorder.world.KEPT", False)
    world = World(tmp_path)
    world.start()
    run = tmp_path / "run"
    run.mkdir()
    (run / "recorder.json").symlink_to(tmp_path / "recorder.json")
    assert world.process is not None
    (run / "recorder.pid").write_text(f"{world.process.pid}\n")

    async def talk() -> None:
        said = world.state()["at_us"]
        await asyncio.to_thread(world.wait_for, lambda: world.state()["at_us"] != said)
        call = await world.dial()
        with pytest.raises(CannotReplace, match=r"calls would end with .*1 now"):
            await asyncio.to_thread(replace, "recorder", settings_in(tmp_path))
        await speak(call, 0.1)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    try:
        with up(run):
            asyncio.run(talk())
        assert world.stop() == 0
    finally:
        world.end()
    [recorded] = world.recorded()
    assert recorded.manifest is not None
    assert (recorded.manifest.ended_by, len(recorded.packets(0))) == ("bye", 5)
