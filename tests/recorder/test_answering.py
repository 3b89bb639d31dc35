"""When a recording begins, at a recorder process: what stands in the journal and what does not."""

import asyncio
import socket
from dataclasses import replace

import pytest

from audio.test_keytones import encoded, tone
from capture_pure.scripted import agent, customer, metadata, multipart, sdp
from recorder.media import leave, rtp, send
from recorder.test_control import asked
from recorder.world import ANSWER_WITHIN, LINE, World
from vaiti.ops.phone.dial import Call

RINGING, QUEUE, ANSWER, TALK = (bytes([value]) * 160 for value in (0x21, 0x32, 0x43, 0x54))


def settled(world: World, **changes: object) -> None:
    """Writes orders and waits until the recorder follows."""
    flags = {name: changes.pop(name) for name in ("announced", "keypad") if name in changes}
    line = replace(world.orders.lines[0], **flags)  # type: ignore[arg-type]
    peer = replace(world.orders.peers[0], **changes)  # type: ignore[arg-type]
    world.order(lines=(line,), peers=(peer,))


async def say(call: Call, first: int, payload: bytes, tracks: tuple[int, ...] = (0, 1)) -> None:
    for number in range(10):
        for track in tracks:
            send(call, track, [rtp(first + number, ssrc=7 + track, payload=payload)])
        await asyncio.sleep(0.01)


def kept(world: World) -> set[bytes]:
    found = {packet.payload for call in world.recorded() for packet in call.packets()}
    assert all(part in {RINGING, QUEUE, ANSWER, TALK} for part in found)
    return found


def on_disk(world: World, spoken: bytes) -> bool:
    files = [each for each in (world.folder / "journal").rglob("*") if each.is_file()]
    return any(spoken[:16] in each.read_bytes() for each in files)


def test_n21_d07_finland_2020_nothing_is_kept_before_answer_and_announcement(world: World) -> None:
    """Ringing, queue and the agent's first words: none of them on the disk, none to be heard."""
    settled(world, start_on="event", announced=True)

    async def talk() -> None:
        call = await world.dial()
        await say(call, 0, RINGING)
        await say(call, 10, QUEUE)
        assert (await asked(world, "state"))["calls"][0]["state"] == "waiting"
        assert (await asked(world, "answered"))["ok"]
        await say(call, 20, ANSWER)
        said = await asked(world, "announced")
        assert said["calls"][0]["state"] == "recording"
        await say(call, 30, TALK)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    assert kept(world) == {TALK}
    (recorded,) = world.recorded()
    assert recorded.manifest is not None
    assert recorded.manifest.drops == {"before_answer": 60}
    assert not any(on_disk(world, each) for each in (RINGING, QUEUE, ANSWER, TALK))


def test_n21_d07_a_call_that_is_never_announced_leaves_nothing_but_a_report(world: World) -> None:
    settled(world, announced=True)

    async def talk() -> None:
        call = await world.dial()
        await say(call, 0, TALK)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    assert world.recorded() == []
    assert [event["kind"] for event in world.events()] == ["not_announced"]


def test_n21_where_media_tells_of_the_answer_both_sides_must_be_heard(world: World) -> None:
    settled(world, start_on="media")

    async def talk() -> None:
        call = await world.dial()
        await say(call, 0, RINGING, tracks=(0,))
        for number in range(100):
            await say(call, 10 + 10 * number, ANSWER)
            state = (await asked(world, "state"))["calls"][0]["state"]
            if state == "recording":
                break
        await say(call, 2_000, TALK)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    found = kept(world)
    assert TALK in found
    assert RINGING not in found


def test_n17_l42_keys_that_are_heard_are_not_in_the_journal_of_a_keypad_line(world: World) -> None:
    settled(world, keypad=True)
    pressed = encoded(tone(770, 1477, 0.2, -10))
    key = [pressed[at : at + 160] for at in range(0, 1_600, 160)]

    async def talk() -> None:
        call = await world.dial()
        send(call, 1, [rtp(number, payload=TALK) for number in range(20)])
        send(call, 1, [rtp(20 + number, payload=part) for number, part in enumerate(key)])
        send(call, 1, [rtp(number, payload=TALK) for number in range(30, 50)])
        await asyncio.sleep(0.6)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (recorded,) = world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    kept = {each.seq: each.payload for each in recorded.packets()}
    assert sorted(kept) == list(range(50))
    assert manifest.packets == 50
    assert "key_tones_left_out" in manifest.warnings
    (side,) = manifest.sides
    assert (side.track, side.packet_us > manifest.started_us) == (1, True)
    assert {kept[seq] for seq in range(20, 30)} == {b"\xd5" * 160}
    assert {kept[seq] for seq in (*range(18), *range(32, 50))} == {TALK}


@pytest.mark.parametrize("filling", [2, 40])
def test_e25_an_invite_of_many_fragments_is_taken_over_udp(world: World, filling: int) -> None:
    notes = f"<x:note xmlns:x='urn:x'>{'y' * 1_000}</x:note>" * filling
    told = metadata([customer(), agent(line=LINE)], extra=notes)
    kind, body = multipart(sdp("1", "2", host="127.0.0.1"), told)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(ANSWER_WITHIN)
        place = f"127.0.0.1:{phone.getsockname()[1]}"
        head = (
            f"INVITE sip:srs@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {place};branch=z9hG4bKbig\r\n"
            f"From: <sip:src@{place}>;tag=big\r\nTo: <sip:srs@127.0.0.1>\r\nCall-ID: big\r\n"
            f"CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:src@{place}>\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        phone.sendto(head.encode() + body, ("127.0.0.1", world.port()))
        answer = phone.recv(65_535).split(b" ", 2)[1]
    assert answer == b"200", "nobody is told to wait for what comes at once"
    assert world.stop() == 0
