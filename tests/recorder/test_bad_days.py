"""A killed recorder, a stopped one, a full disk, orders that run out: at a recorder process."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from capture_pure.scripted import LINE as SCRIPTED_LINE
from capture_pure.scripted import agent, customer, metadata, multipart, sdp
from recorder.media import leave, rtp, send, speak
from recorder.test_foreign_live import expiry, request, sender, tag_of
from recorder.world import ANSWER_WITHIN, World
from rtp.reports import name, report
from vaiti.capture.orders import Line
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.wire import open_wire
from vaiti.vault.manifest import Manifest

LOST_AT_MOST_US = 2_000_000
SWEEP_US = 200_000


def test_a_killed_recorder_leaves_all_but_the_last_two_seconds(world: World) -> None:
    sent_us: list[int] = []

    async def talk() -> int:
        call = await world.dial()
        said(call, 0)
        spoken = await speak(call, 1.5, 0, sent_us)
        said(call, spoken)
        spoken = await speak(call, 0.5, spoken, sent_us)
        world.wait_for(lambda: {tie.track for tie in drafted(world).ties} == {0, 1})
        before = queued_us(world)
        await speak(call, 2.0, spoken, sent_us)
        queued = queued_us(world) - before
        world.kill()
        killed = time.time_ns() // 1000
        await leave(call)
        return killed - queued

    killed = asyncio.run(talk())
    (recorded,) = world.recorded()
    assert recorded.manifest is None
    assert recorded.draft is not None
    assert not recorded.finished
    for track in (0, 1):
        packets = recorded.packets(track)
        assert [packet.seq for packet in packets] == list(range(len(packets)))
        assert all(each > killed - LOST_AT_MOST_US for each in sent_us[len(packets) :])
        (epoch,) = [each for each in recorded.draft.epochs if each.track == track]
        assert (epoch.first_us, epoch.first_ts) == (packets[0].arrival_us, packets[0].ts)
        assert (epoch.codec, epoch.clock) == ("PCMA", 8000)
    one, other = recorded.draft.ties
    assert one.source == other.source
    assert one.sent_us == other.sent_us


def queued_us(world: World) -> int:
    """For how long others had the processors when the recorder wanted one (proc(5))."""
    assert world.process is not None
    told = Path(f"/proc/{world.process.pid}/schedstat")
    return int(told.read_text().split()[1]) // 1000 if told.exists() else 0


def said(call: Call, packets: int) -> None:
    """Both streams' sender tells where its own clock stands, on the way of the sound."""
    for track in (0, 1):
        told = report(7 + track, 10**15 + packets * 20_000, packets * 160)
        call.streams[track].socket.sendto(
            told + name(7 + track, b"sbc"), call.streams[track].remote
        )


def drafted(world: World) -> Manifest:
    (recorded,) = world.recorded()
    assert recorded.draft is not None
    return recorded.draft


def test_a_stopped_recorder_ends_its_calls_and_says_goodbye(world: World) -> None:
    async def talk() -> tuple[Call, int]:
        call = await world.dial()
        await speak(call, 0.5)
        status = await asyncio.to_thread(world.stop)
        await asyncio.wait_for(call.hung_up.wait(), ANSWER_WITHIN)
        await leave(call)
        return call, status

    _, status = asyncio.run(talk())
    assert status == 0
    assert world.state()["state"] == "stopping"
    (recorded,) = world.recorded()
    assert recorded.manifest is not None
    assert recorded.manifest.ended_by == "stopped"
    assert recorded.manifest.packets == len(recorded.packets()) == 50


def test_a_call_whose_bye_is_lost_ends_where_the_customer_fell_silent(world: World) -> None:
    """The agent's stream goes on; its tail is not in the object (N-22)."""
    peer = world.orders.peers[0]
    world.order(peers=(replace(peer, silence_s=2.0),))

    async def talk() -> None:
        call = await world.dial()
        following = await speak(call, 1.0)
        async with asyncio.timeout(ANSWER_WITHIN):
            while not call.hung_up.is_set():
                send(call, 0, [rtp(following)])
                following += 1
                await asyncio.sleep(0.02)
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (recorded,) = world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    assert manifest.ended_by == "silence"
    assert manifest.drops["after_end"] > 20, "the agent spoke on for two seconds"
    assert max(p.arrival_us for p in recorded.packets()) <= manifest.ended_us + SWEEP_US
    customer = next(track.index for track in manifest.tracks if track.role == "customer")
    assert recorded.packets(customer)[-1].arrival_us == manifest.ended_us
    assert manifest.packets == len(recorded.packets())
    assert len(recorded.packets(customer)) == 50


def test_n22_e06_a_session_timer_that_runs_out_ends_the_call_at_the_last_packet(
    world: World,
) -> None:
    """The least interval is 90 seconds: the recorder's clock is put forward by more."""
    kind, body = multipart(sdp("1", "2", host="127.0.0.1"), metadata([customer(), agent()]))
    assert world.stop() == 0
    peer = replace(world.orders.peers[0], silence_s=3_600.0)
    world.write_orders(lines=(Line(SCRIPTED_LINE, recorded=True),), peers=(peer,))
    world.start()
    timer = ("Supported: timer", "Session-Expires: 90;refresher=uac")
    with ExitStack() as kept:
        made = sender(world, kept, stream=False)
        asked = request(made, "1 INVITE", "timed", kind=kind, body=body, more=timer)
        status, head, ours = made.ask(asked)
        assert (status, expiry(head)) == (200, "90;refresher=uac")
        made.wire.sendall(request(made, "1 ACK", "timed", tag_of(head)))
        made.speak(ours, 1)
        world.wait_for(lambda: [each for each in world.recorded() if each.packets()])
        (world.folder / "ahead").write_text("100")
        made.wire.sendall(request(made, "1 OPTIONS", "wake"))
        found = b""
        while not found.startswith(b"BYE "):
            found = made.wire.recv(65_535)
    assert world.stop() == 0
    [call] = [each for each in world.recorded() if each.manifest is not None]
    facts = call.manifest
    assert facts is not None
    assert facts.ended_by == "silence"
    assert "session_timer_expired" in [each["kind"] for each in world.events()]
    last = max(each.arrival_us for each in call.packets(0))
    assert facts.ended_us == last
    assert facts.ended_us - facts.started_us < 60_000_000


def test_without_orders_new_calls_are_answered_503(world: World) -> None:
    world.write_orders(expires_us=world.orders.issued_us + 1)
    bare = world.folder / "orders.json"
    bare.unlink()
    world.kill()
    world.start()
    assert (world.state()["state"], world.state()["reason"]) == ("refusing", "no_orders")
    world.write_orders(expires_us=world.orders.issued_us + 3_600_000_000)
    world.wait_for(lambda: world.state()["state"] == "accepting")
    outcome = asyncio.run(world.place(world.plan(seconds=0.2), b"\xd5" * 8000, b"\x55" * 8000))
    assert outcome.status == 200


def test_older_orders_that_are_put_back_are_not_followed(world: World) -> None:
    older = (world.folder / "orders.json").read_bytes()
    world.order(lines=())
    aside = world.folder / "orders.part"
    aside.write_bytes(older)
    aside.replace(world.folder / "orders.json")
    world.wait_for(lambda: [e["kind"] for e in world.events()] == ["orders_refused"])
    outcome = asyncio.run(world.place(world.plan(seconds=0.2), b"\xd5" * 8000, b"\x55" * 8000))
    assert outcome.status == 403, "no line is listed any more"


def test_orders_of_another_key_are_not_followed(world: World) -> None:
    seed, world.seed = world.seed, os.urandom(32)
    world.write_orders(lines=())
    world.wait_for(lambda: [e["kind"] for e in world.events()] == ["orders_refused"])
    world.seed = seed
    outcome = asyncio.run(world.place(world.plan(seconds=0.2), b"\xd5" * 8000, b"\x55" * 8000))
    assert outcome.status == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A journal on a file system of 2 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make a small file system")
    place = tmp_path / "journal"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.root
def test_a_full_disk_is_answered_503_and_what_there_is_is_kept(small_disk: Path) -> None:
    """The call in progress keeps its beginning and its end, and says what is missing."""
    world = World(small_disk.parent)
    world.start()
    ballast = small_disk / ".ballast"

    async def talk() -> None:
        call = await world.dial()
        following = await speak(call, 1.0)
        await until(lambda: len(world.recorded()[0].packets(0)) == following)
        fill(ballast)
        following = await speak(call, 2.0, following)
        await until(lambda: world.state()["reason"] == "disk_full")
        assert await refused(world) == 503
        ballast.unlink()
        await until(lambda: world.state()["state"] == "accepting")
        await speak(call, 1.0, following)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    try:
        asyncio.run(talk())
        assert world.stop() == 0
    finally:
        world.end()
    recorded = world.recorded()[0]
    manifest = recorded.manifest
    assert manifest is not None
    seqs = [packet.seq for packet in recorded.packets(0)]
    assert seqs[:45] == list(range(45))
    assert seqs[-45:] == list(range(155, 200))
    assert manifest.drops["disk_full"] > 0
    assert "lost_to_a_full_disk" in manifest.warnings
    assert manifest.packets == len(recorded.packets())
    assert manifest.packets + manifest.drops["disk_full"] == 400


def fill(path: Path) -> None:
    """Leaves no room at all."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(ANSWER_WITHIN):
        while not await asyncio.to_thread(happened):
            await asyncio.sleep(0.05)


async def refused(world: World) -> int:
    """How a new call is answered."""
    plan = world.plan()
    call = Call(plan, await open_wire("udp", plan.host, plan.port), (b"\xd5" * 8000,) * 2)
    reading = asyncio.create_task(call.read())
    try:
        return (await call.invite("sendonly")).status
    finally:
        reading.cancel()
        await leave(call)
