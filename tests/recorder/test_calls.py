"""Whole calls through a recorder process: what is in the journal afterwards."""

import asyncio
import hashlib
import socket
import time
from itertools import pairwise

import pytest

from recorder.media import leave, speak
from recorder.world import World
from rtp.reports import name, report

AGENT, CALLER = bytes(range(256)) * 100, bytes(reversed(range(256))) * 100


def sound(payloads: list[bytes], of: bytes) -> bool:
    """Whether the payloads are the sound as the phone cuts and repeats it."""
    return all(
        payload == of[(i * 160) % (len(of) - 160) :][:160] for i, payload in enumerate(payloads)
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_n17_a_call_is_in_the_journal_bit_for_bit(world: World, transport: str) -> None:
    plan = world.plan(transport=transport, port=world.port(transport))
    outcome = asyncio.run(world.place(plan, AGENT, CALLER))
    assert outcome.ended_by == "bye"
    assert outcome.packets == (50, 50)
    assert world.stop() == 0
    (call,) = world.recorded()
    manifest = call.manifest
    assert manifest is not None
    assert (manifest.state, manifest.ended_by, manifest.finished) == ("complete", "bye", True)
    assert (manifest.packets, manifest.drops) == (100, {})
    assert manifest.segments == len(call.segments)
    whole = call.header + b"".join(call.segments[i] for i in range(manifest.segments))
    assert manifest.sha256 == hashlib.sha256(whole).hexdigest()
    roles = {track.role: track.index for track in manifest.tracks}
    for role, sent in (("agent", AGENT), ("customer", CALLER)):
        packets = call.packets(roles[role])
        assert len(packets) == 50
        assert sound([packet.payload for packet in packets], sent)
        assert all(a.arrival_us <= b.arrival_us for a, b in pairwise(packets))
        (epoch,) = [each for each in manifest.epochs if each.track == roles[role]]
        assert (epoch.ssrc, epoch.first_seq) == (packets[0].ssrc, packets[0].seq)
        assert (epoch.first_ts, epoch.first_us) == (packets[0].ts, packets[0].arrival_us)
        assert (epoch.codec, epoch.clock) == ("PCMA", 8000)


def test_n12_senders_reports_tie_both_tracks_to_one_clock(world: World) -> None:
    """One among the packets, one on the port beside; a stranger's and a broken one do nothing."""

    async def talk() -> None:
        call = await world.dial()
        now_us = int(time.time() * 1e6) + 10**15  # whatever the sender holds the time for
        for track in (0, 1):
            host, port = call.streams[track].remote
            said = report(7 + track, now_us, 0) + name(7 + track, b"sbc")
            sender = call.streams[track].socket
            sender.sendto(said, (host, port + track))
            sender.sendto(said[:-3], (host, port + track))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.9", 0))
                stranger.sendto(report(7 + track, 0, 0), (host, port + track))
        await speak(call, 4)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    (call,) = world.recorded()
    assert call.manifest is not None
    assert call.manifest.packets == 400
    assert set(call.manifest.drops) <= {"rtcp", "wrong_source"}
    one, other = call.manifest.ties
    assert ([one.track, other.track], one.source) == ([0, 1], other.source)
    assert (one.ssrc, one.ts, one.clock, other.ts) == (7, 0, 8000, 0)
    assert (one.sent_us, abs(one.at_us - other.at_us) < 1_000_000) == (other.sent_us, True)
