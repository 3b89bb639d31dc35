"""Opus and G.722 at the recorder's process: sealed as received, and heard by whoever opens them."""

import asyncio
import struct
from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.streams import Packet, runs
from audio.test_codecs import encoded, purity
from recorder.world import Recorded, World
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane
from vaiti.ops.phone import messages

COUNT = 100  # packets of 20 ms
FORMATS = (("96", "96 opus/48000/2", 960), ("9", "9 G722/8000", 160))


def offer(
    host: str,
    ports: tuple[int, int],
    version: int,
    mode: str,
    keys: object = (),
    *,
    record: str = "",
) -> str:
    head = f"v=0\r\no=- 1 {version} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return head + "".join(
        f"m=audio {port} RTP/AVP {pt}\r\na=rtpmap:{mapped}\r\na=label:{label}\r\na={mode}\r\n"
        for label, (port, (pt, mapped, _)) in enumerate(zip(ports, FORMATS, strict=True), 1)
    )


def test_n13_opus_and_g722_are_sealed_as_received_and_decoded_on_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "offer", offer)
    spoken = encoded("libopus", 48_000)[:COUNT], encoded("g722", 16_000)[:COUNT]

    async def talk() -> None:
        call = await world.dial()
        for number in range(COUNT):
            for track, (pt, _, step) in enumerate(FORMATS):
                head = struct.pack("!BBHII", 0x80, int(pt), number, number * step, 7 + track)
                call.streams[track].socket.sendto(
                    head + spoken[track][number], call.streams[track].remote
                )
            await asyncio.sleep(0.02)
        await call.hang_up()
        call.close()
        call.wire.close()
        await asyncio.sleep(0.01)

    asyncio.run(talk())
    assert world.stop() == 0
    [call] = world.recorded()
    facts = call.manifest
    assert facts is not None
    assert {each.track: each.codec for each in facts.epochs} == {0: "OPUS", 1: "G722"}
    for track, sent in enumerate(spoken):
        assert [each.payload for each in call.packets(track)] == list(sent)
        sound = heard(call, track)
        assert purity(sound[2_000:14_000]) > 0.99


def heard(call: Recorded, track: int) -> NDArray[np.int16]:
    """As if each packet had come in time: a loaded machine sends and receives late, and a sender
    that stood still is tied to the time line anew, in steps that bend a tone."""
    facts = call.manifest
    assert facts is not None
    first = next(e for e in facts.epochs if e.track == track)
    anchor = Anchor(**asdict(first))
    packets = [
        Packet(
            e.seq,
            e.ts,
            anchor.first_us + (e.ts - anchor.first_ts) * 1_000_000 // anchor.clock,
            e.payload,
            e.track,
            e.pt,
            e.ssrc,
        )
        for e in call.packets(track)
    ]
    window = Window(anchor.first_us, facts.ended_us)
    return lane(runs(packets), [anchor], frozenset({track}), window, first=0, end=window.frames)
