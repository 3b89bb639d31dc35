"""What the front has passed on to a recorder that dies before it has said that it heard it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from recorder.shared_world import free_port
from recorder.world import World
from sip.peer import Peer
from vaiti.capture.recorder.config import FrontConfig, Listen
from vaiti.capture.recorder.front import Front
from vaiti.capture.recorder.passing import Frames, encode

OPTIONS = Peer().request("OPTIONS")


class Behind:
    """A recorder with a keeper, as far as the front sees."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.frames = Frames()
        self.messages: list[bytes] = []
        writer.write(encode({"do": "hello", "number": 1, "lasting": True}))
        self.say(0)

    def say(self, heard: int) -> None:
        state = [True, 0, 10, 0]
        self.writer.write(encode({"do": "state", "state": state, "heard": heard}))

    async def has(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.messages) < count:
                told = self.frames.feed(await self.reader.read(1 << 16))
                self.messages += [data for head, data in told if head["do"] == "hear"]

    async def die(self, front: Front) -> None:
        self.writer.close()
        await self.writer.wait_closed()
        async with asyncio.timeout(30):
            while front._behind:
                await asyncio.sleep(0.005)


def test_what_a_recorder_had_not_heard_is_passed_on_to_the_next_one_and_no_further(
    tmp_path: Path,
) -> None:
    orders, port = World(tmp_path).folder, free_port()

    async def talk() -> None:
        place = tmp_path / "front.sock"
        config = FrontConfig(
            *(1, place, orders / "orders.json", orders / "orders.pub", tmp_path / "front.json"),
            listen=(Listen("tcp", "127.0.0.1", port),),
            clock=lambda: datetime.now(UTC),
        )
        front = Front(config)
        running = asyncio.create_task(front.run())
        async with asyncio.timeout(30):
            while not place.exists():
                await asyncio.sleep(0.005)

        async def recorder() -> Behind:
            made = Behind(*await asyncio.open_unix_connection(place))
            async with asyncio.timeout(30):
                while not front._sharing.seats[1].most:
                    await asyncio.sleep(0.005)
            return made

        _, peer = await asyncio.open_connection("127.0.0.1", port)
        first = await recorder()
        peer.write(OPTIONS)
        await first.has(1)
        first.say(1)
        later = [OPTIONS.replace(b"z9hG4bK", b"z9hG4bK%d" % number) for number in range(2)]
        peer.write(b"".join(later))
        await first.has(3)
        await first.die(front)
        second = await recorder()
        await second.has(2)
        assert second.messages == later
        peer.write(OPTIONS)
        await second.has(3)
        await second.die(front)
        third = await recorder()
        await third.has(1)
        assert third.messages == [OPTIONS]
        third.say(1)
        peer.close()
        front.stop()
        await running
        third.writer.close()

    asyncio.run(talk())
