"""What the front has passed on to a recorder that dies before it has said that it heard it; and
what a front leaves to the next one."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recorder.world import World, keeper
from sip.peer import Peer
from vaiti.capture.recorder.config import FrontConfig, Listen
from vaiti.capture.recorder.front import Front
from vaiti.capture.recorder.legacy import Legacy
from vaiti.capture.recorder.passing import Frames, Head, encode
from vaiti.capture.sharing import call_key
from vaiti.ops.quiet_ports import free_port

BOTH = (socket.SOCK_DGRAM, socket.SOCK_STREAM)
PEER = Peer()
OPTIONS = PEER.request("OPTIONS")
OTHERS = [OPTIONS.replace(b"z9hG4bK", b"z9hG4bK%d" % number) for number in range(2)]
LATE, DATAGRAM = (OPTIONS.replace(b"z9hG4bK", kind) for kind in (b"z9hG4bKlate", b"z9hG4bKudp"))
ANSWER = b"SIP/2.0 200 OK\r\n\r\n"


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a keeper. Who comes to it leaves nothing there."""
    folder = tmp_path_factory.mktemp("kept")
    process = keeper(folder)
    yield folder / "keeper.sock"
    process.kill()
    process.wait()


@dataclass
class Behind:
    """A recorder with a keeper, as far as the front sees."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int = 1
    frames: Frames = field(default_factory=Frames)
    welcome: Head = field(default_factory=dict)
    heard: list[tuple[Head, bytes]] = field(default_factory=list)

    @property
    def messages(self) -> list[bytes]:
        return [data for _, data in self.heard]

    def hello(self, *calls: str) -> None:
        self.writer.write(encode({"do": "hello", "number": self.number, "lasting": True}))
        self.writer.write(encode({"do": "has"}, b"".join(map(call_key, calls))))
        self.say(0)

    def say(self, heard: int) -> None:
        state = [True, 0, 10, 0]
        self.writer.write(encode({"do": "state", "state": state, "heard": heard}))

    def answer(self, which: int, data: bytes) -> None:
        """On the connection on which that came."""
        flow = self.heard[which][0]["flow"]
        self.writer.write(encode({"do": "send", "flow": flow}, data))

    async def has(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.heard) < count or not self.welcome:
                for head, data in self.frames.feed(await self.reader.read(1 << 16)):
                    if head["do"] == "hear":
                        self.heard.append((head, data))
                    elif head["do"] == "welcome":
                        self.welcome = head

    async def die(self, front: Front) -> None:
        self.writer.close()
        await self.writer.wait_closed()
        async with asyncio.timeout(30):
            while self.number in front._behind:
                await asyncio.sleep(0.005)


class House:
    """Fronts at one address, with the orders of a `World`, and recorders that come to them."""

    def __init__(self, folder: Path, *, recorders: int = 1, kept: Path | None = None) -> None:
        orders, self.place, self.port = (
            World(folder).folder,
            folder / "front.sock",
            free_port(0, BOTH),
        )
        self.config = FrontConfig(
            recorders,
            *(self.place, orders / "orders.json", orders / "orders.pub", folder / "front.json"),
            listen=(Listen("udp", "127.0.0.1", self.port), Listen("tcp", "127.0.0.1", self.port)),
            clock=lambda: datetime.now(UTC),
            keeper=kept,
        )
        self.came: list[Behind] = []

    @asynccontextmanager
    async def front(self) -> AsyncIterator[Front]:
        """One that is there; it leaves what it has where it is kept, unless it was stopped."""
        front = Front(self.config)
        running = asyncio.create_task(front.run())
        async with asyncio.timeout(30):
            while not self.place.exists():
                await asyncio.sleep(0.005)
        yield front
        if not front._stopping.is_set():
            front.leave()
        await running
        while self.came:
            self.came.pop().writer.close()

    async def recorder(self, front: Front, number: int = 1, *calls: str) -> Behind:
        made = Behind(*await asyncio.open_unix_connection(self.place), number)
        self.came.append(made)
        made.hello(*calls)
        async with asyncio.timeout(30):
            while not front._sharing.seats[number].most:
                await asyncio.sleep(0.005)
        return made


def test_what_a_recorder_had_not_heard_is_passed_on_to_the_next_one_and_no_further(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)

    async def talk() -> None:
        async with house.front() as front:
            _, peer = await asyncio.open_connection("127.0.0.1", house.port)
            first = await house.recorder(front)
            peer.write(OPTIONS)
            await first.has(1)
            first.say(1)
            peer.write(b"".join(OTHERS))
            await first.has(3)
            await first.die(front)
            second = await house.recorder(front)
            await second.has(2)
            assert second.messages == OTHERS
            peer.write(OPTIONS)
            await second.has(3)
            await second.die(front)
            third = await house.recorder(front)
            await third.has(1)
            assert third.messages == [OPTIONS]
            third.say(1)
            peer.close()

    asyncio.run(talk())


def test_n17_the_next_front_goes_on_in_the_connection_and_with_what_nobody_had_heard(
    tmp_path: Path, keeping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a recorder had not heard yet, half a message, and what came while there was no front;
    all of it goes to the recorder that has the call."""
    monkeypatch.setattr("vaiti.capture.recorder.front.GATHER_S", 60.0)  # however slow the machine
    house = House(tmp_path, recorders=2, kept=keeping)

    async def recorders(front: Front) -> Behind:
        """The second has the call; the first is a moment later to come."""
        found = await house.recorder(front, 2, PEER.call_id)
        await house.recorder(front, 1)
        return found

    async def talk() -> None:
        async with house.front() as front:
            reader, peer = await asyncio.open_connection("127.0.0.1", house.port)
            behind = await recorders(front)
            peer.write(OPTIONS)
            await behind.has(1)
            behind.say(1)
            peer.write(OTHERS[0] + OTHERS[1][:99])
            await behind.has(2)
            since = front._facts()["started_us"]
        _, late = await asyncio.open_connection("127.0.0.1", house.port)
        late.write(LATE)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(DATAGRAM, ("127.0.0.1", house.port))
        async with house.front() as front:
            behind = await recorders(front)
            await behind.has(3)
            assert set(behind.messages) == {OTHERS[0], DATAGRAM, LATE}
            number = min(behind.welcome["connections"])
            assert behind.welcome["lasting"]
            peer.write(OTHERS[1][99:])
            await behind.has(4)
            assert behind.messages[3] == OTHERS[1]
            assert behind.heard[3][0]["flow"][5] == number, "the connection is known by its number"
            behind.answer(3, ANSWER)
            assert await asyncio.wait_for(reader.readexactly(len(ANSWER)), 30) == ANSWER
            behind.say(4)
            assert front._facts()["started_us"] == since
            peer.write(OPTIONS)
            await behind.has(5)
        async with house.front() as front:
            behind = await recorders(front)
            await behind.has(1)
            assert behind.messages == [OPTIONS], "the others had been heard"
            front.stop()
        assert await asyncio.wait_for(reader.read(), 30) == b""
        for each in (peer, late):
            each.close()

    asyncio.run(talk())


def test_n17_the_next_front_waits_for_no_recorder_that_is_dead(
    tmp_path: Path, keeping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody has who is there goes to that one at once. What nobody is known to have may be
    the dead one's: it waits for a moment, and goes to whoever is there."""
    monkeypatch.setattr("vaiti.capture.recorder.front.GATHER_S", 60.0)
    house = House(tmp_path, recorders=2, kept=keeping)
    new = OPTIONS.replace(PEER.call_id.encode(), b"another-call")

    async def talk() -> None:
        async with house.front():
            pass
        async with house.front() as front:
            living = await house.recorder(front, 2, PEER.call_id)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                for each in (new, OPTIONS):
                    datagrams.sendto(each, ("127.0.0.1", house.port))
            await living.has(1)
            assert living.messages == [OPTIONS]
            front._waited(1)
            await living.has(2)
            assert living.messages == [OPTIONS, new]
            front.stop()

    asyncio.run(talk())


def test_n17_what_no_recorder_came_for_is_not_heard_again_by_a_later_front(
    tmp_path: Path, keeping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call's INVITE would be a new call minutes later, and so all that came behind it."""
    monkeypatch.setattr("vaiti.capture.recorder.waiting.PATIENCE_S", 0.0)
    house = House(tmp_path, kept=keeping)

    async def talk() -> None:
        async with house.front() as front:
            _, peer = await asyncio.open_connection("127.0.0.1", house.port)
            behind = await house.recorder(front)
            peer.write(OPTIONS)
            await behind.has(1)
            await behind.die(front)
            async with asyncio.timeout(30):
                while front._waiting.waiting_bytes:
                    await asyncio.sleep(0.05)
        async with house.front() as front:
            behind = await house.recorder(front)
            peer.write(LATE)
            await behind.has(1)
            assert behind.messages == [LATE]
            front.stop()
        peer.close()

    asyncio.run(talk())


def test_n17_the_next_front_knows_its_peers_though_nobody_can_read_the_orders(
    tmp_path: Path, keeping: Path
) -> None:
    house = House(tmp_path, kept=keeping)

    async def talk() -> None:
        async with house.front():
            house.config.orders.write_bytes(b"{")
        async with house.front() as front:
            behind = await house.recorder(front)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
                datagrams.sendto(OPTIONS, ("127.0.0.1", house.port))
            await behind.has(1)
            assert front._facts()["strangers"] == 0
            front.stop()

    asyncio.run(talk())


def test_who_goes_on_and_dies_young_leaves_no_connections(keeping: Path) -> None:
    """It may have died of what would be heard again."""
    left, peer = socket.socketpair()
    sockets = {"sip:tcp:127.0.0.1:5060": left.fileno(), "tcp:7": left.fileno()}
    found = []
    for _ in range(3):
        legacy = Legacy(keeping, 5)
        found.append((legacy.went_on, legacy.since_us, set(legacy.held) & set(sockets)))
        legacy.begin({name: sockets[name] for name in legacy.held.keys() & sockets} or sockets)
        legacy._keeping.close()
    whole, rest = set(sockets), {"sip:tcp:127.0.0.1:5060"}
    assert found == [(False, 5, set()), (True, 5, whole), (True, 5, rest)]
    last = Legacy(keeping, 5)
    last.end()
    last.begin({})
    for each in (left, peer):
        each.close()
