"""One recording session that carries call after call: live, with sound (RFC 7866)."""

import asyncio

import pytest

from capture_pure.scripted import agent as desk
from capture_pure.scripted import customer, metadata
from recorder.media import leave, speak
from recorder.world import LINE, World
from vaiti.ops.phone.dial import Call

NEXT = "+358509998887"
RS = "application/rs-metadata+xml"


async def tell(call: Call, *, who: str, session: str) -> None:
    """Metadata alone: ports and keys stay what they are."""
    parties = [desk("2001", "1", line=LINE), *([customer(who, "2")] if who else [])]
    told = metadata(parties).replace('"cs"', f'"{session}"').replace("'cs'", f"'{session}'")
    _, answer = await call.ask("UPDATE", told, RS)
    assert (answer.status, answer.body) == (200, "")


@pytest.mark.parametrize("srtp", [False, True], ids=["rtp", "srtp"])
def test_n11_n22_rfc7866_10_a_persistent_session_is_a_call_for_each_customer(
    world: World, srtp: bool
) -> None:
    """On the same ports and keys; what is said between two calls is not even sealed."""
    bounds: list[int] = []

    async def talk() -> None:
        call = await world.dial(world.plan(srtp=srtp))
        for who, session in (("", "cs2"), (NEXT, "cs3"), ("", "cs4")):
            bounds.append(await speak(call, 0.4, bounds[-1] if bounds else 0))
            await tell(call, who=who, session=session)
        await speak(call, 0.2, bounds[-1])
        await call.hang_up()
        await leave(call)

    asyncio.run(talk())
    world.wait_for(lambda: world.state()["sockets"] == 0 and world.state()["recorded"] == 2)
    world.stop()
    first, second = world.recorded()
    assert first.manifest is not None and second.manifest is not None
    assert first.manifest.customer != second.manifest.customer == "+358509998***"
    assert (first.manifest.ended_by, second.manifest.ended_by) == ("released", "released")
    assert first.manifest.ended_us < second.manifest.started_us
    assert "unproven" not in first.manifest.drops | second.manifest.drops
    for recorded, since, until in ((first, 0, bounds[0]), (second, bounds[1], bounds[2])):
        for track in (0, 1):
            found = [each.seq for each in recorded.packets(track)]
            assert found == list(range(since, until))
        assert recorded.finished
