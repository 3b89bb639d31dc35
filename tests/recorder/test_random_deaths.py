"""A recorder that dies again and again at places drawn by lot, under one call: nothing is lost,
nothing comes twice, and nothing of a pause is kept.

`PYTHONPATH=src:tests python -m recorder.test_random_deaths FIRST COUNT [ring]` tries many.
"""

import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recorder.media import leave, rtp, send
from recorder.one import Dead, One, keeper, quiet_world, run, until
from recorder.world import CUSTOMER, LINE, World
from vaiti.capture import ring
from vaiti.capture.drain import PARTS
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import CallPlan

STEPS = 40
OFTEN = 0.35  # of the steps begin with a recorder that will die soon
PAUSED = b"\x11" * 160  # what is said in a pause, or on hold


@dataclass
class Story:
    """`said` are the packets of each side that have to be in the recording."""

    world: World
    lot: random.Random
    ringed: bool
    one: One = field(init=False)
    call: Call = field(init=False)
    deaths: int = 0
    number: int = 0
    paused: bool = False
    held: bool = False
    said: list[int] = field(default_factory=list)

    async def tell(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: self.faults.append(told))
        self.faults: list[dict[str, Any]] = []
        self.one = One(self.world, ring=self.ringed)
        transport = self.lot.choice(("udp", "tcp"))
        port = await self.one.begin(transport)
        plan = CallPlan("127.0.0.1", port, CUSTOMER, LINE, "2001", transport=transport, seconds=1.0)
        self.call = await self.world.dial(plan)
        for _ in range(STEPS):
            if self.lot.random() < OFTEN:
                self.one.dies_in = self.lot.randrange(1, 8)
            await self.lot.choice(
                (self.talk, self.talk, self.sweep, self.part, self.flush, self.pause, self.hold)
            )()
            await self.go_on()
        if self.paused:
            await self.pause()
        await self.hang_up()
        assert [each for each in self.faults if not isinstance(each.get("exception"), Dead)] == []

    async def go_on(self) -> None:
        """Another recorder comes, which may die as it comes."""
        while self.one.dead:
            self.one.gone()
            self.deaths += 1
            self.one = One(self.world, ring=self.ringed)
            self.one.dies_in = self.lot.choice((0, 0, 0, *range(1, 4)))
            with suppress(Dead):
                await self.one.begin()

    def do(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Nothing where the recorder died over it."""
        with suppress(Dead):
            return act()

    async def talk(self) -> None:
        numbers = range(self.number, self.number + self.lot.randrange(1, 6))
        self.number = numbers.stop
        silent = self.paused or self.held
        for track in (0, 1):
            payload = PAUSED if silent else b"\xd5" * 160
            send(self.call, track, [rtp(each, ssrc=7 + track, payload=payload) for each in numbers])
        if not silent:
            self.said += numbers

    async def sweep(self) -> None:
        for _ in range(PARTS):
            self.do(self.one.recorder._calls.sweep)

    async def part(self) -> None:
        self.do(self.one.recorder._calls.sweep)

    async def flush(self) -> None:
        it = self.one.recorder
        self.do(lambda: list(it._calls.flush(round(it._now() * 1e6) + 2_000_000)))
        self.do(it._calls.hand_over)

    async def pause(self) -> None:
        """The agent asks until somebody answers."""
        op = {"op": "resume"} if self.paused else {"op": "pause", "reason": "payment"}
        answer = None
        while answer is None:
            await self.go_on()
            [one] = self.one.recorder._session.lives
            asked = {**op, "devices": ["2001"], "call": one.id}
            answer = self.do(lambda: self.one.recorder._asked(asked))  # noqa: B023
        assert answer["ok"]
        self.paused = not self.paused

    async def hold(self) -> None:
        await self.answered(self.call.invite("sendonly" if self.held else "inactive"))
        self.held = not self.held

    async def answered(self, asking: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
        """By whichever recorder."""
        asked = asyncio.create_task(asking)
        while not asked.done():
            await asyncio.sleep(0.002)
            await self.go_on()
        await self.go_on()
        return asked.result()

    async def hang_up(self) -> None:
        self.one.dies_in = self.lot.randrange(6)
        assert await self.answered(self.call.hang_up()) == ("bye", 200)
        self.one.dies_in = 0
        await until(lambda: not len(self.one.recorder._calls))
        self.one.end()
        await leave(self.call)


def survived(folder: Path, seed: int, *, ringed: bool) -> int:
    """How often the recorder died."""
    with keeper(folder):
        story = Story(quiet_world(folder), random.Random(seed), ringed)
        run(story.tell())
    [recorded] = story.world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    for track in (0, 1):
        found = recorded.packets(track)
        assert all(each.payload != PAUSED for each in found), seed
        assert [each.seq for each in found] == story.said, seed
    assert manifest.packets == 2 * len(story.said)
    assert set(manifest.drops) <= {"paused", "on_hold"}
    return story.deaths


@pytest.mark.parametrize(
    ("seed", "ringed"),
    [
        *((124, False), (2, True)),
        *(
            pytest.param(seed, ringed, marks=pytest.mark.whole)
            for seed in range(20)
            for ringed in (False, True)
        ),
    ],
)
def test_n17_n22_a_recorder_that_dies_again_and_again_loses_and_doubles_and_betrays_nothing(
    tmp_path: Path, seed: int, ringed: bool
) -> None:
    if ringed and ring.obstacle("lo"):
        pytest.skip(ring.obstacle("lo"))
    assert survived(tmp_path, seed, ringed=ringed)


def main() -> None:
    first, count = map(int, sys.argv[1:3])
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            deaths = survived(Path(folder), seed, ringed="ring" in sys.argv)
        sys.stdout.write(f"{seed}: {deaths} deaths\n")


if __name__ == "__main__":
    main()
