"""Calls whose voices come as SRTP: recorded as they were, and no key of theirs on the disk."""

import asyncio
import base64
from dataclasses import replace

import pytest

from recorder.media import rtp, send
from recorder.test_calls import AGENT, CALLER, sound
from recorder.world import World
from vaiti.capture.orders import Peer
from vaiti.ops.phone.dial import Call

PEER = Peer("pbx", ("127.0.0.0/8", "::1/128"))


def keys_of(call: Call) -> list[bytes]:
    lines = [stream.secrecy.line for stream in call.streams if stream.secrecy]
    return [base64.b64decode(line.partition("inline:")[2]) for line in lines]


def test_n17_srtp_is_sealed_as_what_was_said(world: World) -> None:
    outcome = asyncio.run(world.place(world.plan(srtp=True), AGENT, CALLER))
    assert (outcome.ended_by, outcome.packets) == ("bye", (50, 50))
    assert world.stop() == 0
    (call,) = world.recorded()
    assert call.manifest is not None
    assert (call.manifest.packets, call.manifest.drops) == (100, {})
    assert "srtp_key_in_clear" in call.manifest.warnings
    roles = {track.role: track.index for track in call.manifest.tracks}
    for role, sent in (("agent", AGENT), ("customer", CALLER)):
        assert sound([packet.payload for packet in call.packets(roles[role])], sent)


def test_a_key_is_written_nowhere_and_plain_packets_are_not_kept(world: World) -> None:
    async def talk() -> list[bytes]:
        call = await world.dial(world.plan(srtp=True))
        send(call, 1, [rtp(seq) for seq in range(10)])
        for number in range(20):
            call.streams[0].send(number)
        await call.invite("sendonly")  # the same keys once more
        for number in range(20, 40):
            call.streams[0].send(number)
        assert (await call.hang_up())[1] == 200
        call.close()
        call.wire.close()
        return keys_of(call)

    keys = asyncio.run(talk())
    assert world.stop() == 0
    (call,) = world.recorded()
    assert call.manifest is not None
    assert (call.manifest.packets, call.manifest.drops) == (40, {"unproven": 10})
    spellings = [text for key in keys for text in (key[:16], base64.b64encode(key)[:20])]
    held = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert len(keys) == 2
    assert not any(text in held for text in spellings)


@pytest.mark.parametrize(
    ("rule", "plain", "secured"),
    [("required", 488, 200), ("allowed", 200, 200), ("refused", 200, 488)],
)
def test_the_peers_rule_is_kept(world: World, rule: str, plain: int, secured: int) -> None:
    world.order(peers=(replace(PEER, srtp=rule),))

    def statuses() -> tuple[int, int]:
        plans = (world.plan(seconds=0.1, srtp=srtp) for srtp in (False, True))
        one, two = (asyncio.run(world.place(plan, AGENT, CALLER)).status for plan in plans)
        return one, two

    assert statuses() == (plain, secured)
