"""Packets and messages that do not belong, at a recorder process."""

import asyncio
import os
import socket
from dataclasses import replace
from pathlib import Path

from recorder.media import leave, rtp, send, speak
from recorder.world import World


def test_n17_only_the_agreed_stream_is_in_the_journal(world: World) -> None:
    async def talk() -> None:
        call = await world.dial()
        send(call, 1, [rtp(1), rtp(2)])
        send(call, 1, [rtp(3, payload=b"\x00" * 160)], source="127.0.0.9")
        send(call, 1, [rtp(3, pt=18), rtp(3, pt=101), rtp(3, ssrc=99), rtp(3), rtp(3)])
        send(call, 1, [b"\x80", bytes(40), rtp(4)[:12], rtp(30_000), rtp(4)])
        await asyncio.sleep(0.5)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (recorded,) = world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    packets = recorded.packets()
    assert [(packet.seq, packet.payload) for packet in packets] == [
        (seq, b"\xd5" * 160) for seq in (1, 2, 3, 4)
    ]
    assert manifest.packets == 4
    assert manifest.drops == {
        "wrong_source": 1,
        "wrong_payload_type": 2,
        "wrong_ssrc": 1,
        "duplicate": 1,
        "too_short": 1,
        "not_rtp": 1,
        "empty": 1,
        "sequence_jump": 1,
    }


def test_n21_n22_e32_nothing_from_before_the_answer_or_after_the_end_is_kept(
    world: World,
) -> None:
    async def talk() -> None:
        call = await world.dial()
        await speak(call, 0.4)
        assert (await call.hang_up())[1] == 200
        send(call, 0, map(rtp, range(100, 110)))
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (recorded,) = world.recorded()
    assert recorded.manifest is not None
    for packet in recorded.packets():
        assert recorded.manifest.started_us <= packet.arrival_us <= recorded.manifest.ended_us
    assert recorded.manifest.packets == len(recorded.packets()) == 40


def test_strangers_get_no_answer_and_take_no_memory(world: World) -> None:
    """INVITEs by the thousand from an address that is no peer's."""
    world.order(peers=(replace(world.orders.peers[0], addresses=("127.0.0.1/32",)),))
    assert world.process is not None
    before = memory(world.process.pid)
    place = (world.host, world.port())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))
        stranger.settimeout(0.5)
        for number in range(20_000):
            stranger.sendto(invite(number), place)
        world.wait_for(lambda: int(str(world.state()["strangers"])) > 1_000)
        try:
            answer = stranger.recv(65_535)
        except TimeoutError:
            answer = b""
    assert answer == b""
    assert memory(world.process.pid) - before < 8 << 20
    assert world.stop() == 0
    assert world.recorded() == []
    assert [event["kind"] for event in world.events()] == ["stranger"]


def test_garbage_and_half_messages_leave_the_recorder_working(world: World) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(200):
            peer.sendto(os.urandom(300), (world.host, world.port()))
        peer.sendto(invite(1)[:200], (world.host, world.port()))
    with socket.create_connection((world.host, world.port("tcp"))) as half:
        half.sendall(invite(2)[:150])
    with socket.create_connection((world.host, world.port("tcp"))) as junk:
        junk.sendall(os.urandom(100_000))
    outcome = asyncio.run(world.place(world.plan(seconds=0.2), b"\xd5" * 8000, b"\x55" * 8000))
    assert outcome.ended_by == "bye"
    assert world.stop() == 0
    assert [call.manifest is not None for call in world.recorded()] == [True]


def memory(pid: int) -> int:
    """What the process has in memory, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def invite(number: int) -> bytes:
    return (
        "INVITE sip:srs@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bK{number}\r\n"
        f"From: <sip:a@b.example>;tag={number}\r\nTo: <sip:srs@127.0.0.1>\r\n"
        f"Call-ID: {number}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:a@127.0.0.9>\r\nContent-Length: 0\r\n\r\n"
    ).encode()
