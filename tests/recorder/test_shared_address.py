"""Two recorder processes under one SIP address; one is killed, then the front is, whose keeper
holds its sockets; and what they had is in the register, each call once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cast import NOW, Cast
from recorder.media import leave, speak
from recorder.shared_world import FRONT, SharedWorld
from recorder.world import KEPT
from register.journal_world import JournalWorld
from vaiti.capture.orders import Intake, Limits
from vaiti.capture.sharing import marked
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.wire import open_wire
from vaiti.register.arrivals import What
from vaiti.register.models import Call as Row
from vaiti.values.clock import to_micros
from vaiti.values.ids import as_uuid
from vaiti.vault.keyfiles import read_passphrase
from vaiti.vault.keyservice import PassphraseService
from vaiti.vault.keystore import KeyStore
from vault.keyworld import QUICK, Keys, make_keys

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

CALLS = 20


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Those of the register that the calls are for; no process has them yet."""
    (tmp_path / "register").mkdir(mode=0o700)
    return make_keys(tmp_path / "register", NOW)


@pytest.fixture
def shared(tmp_path: Path, keys: Keys) -> Iterator[SharedWorld]:
    world, day = SharedWorld(tmp_path, 2, NOW), NOW.date()
    service = PassphraseService(read_passphrase(keys.config.passphrase), QUICK)
    store = KeyStore(keys.config.store, service)
    world.public, world.private = store.intake_public(day), store.intake_private(day)
    store.close()
    world.write_orders(
        issued_us=to_micros(NOW),
        expires_us=to_micros(NOW + timedelta(hours=1)),
        intake=Intake(day.isoformat(), world.public),
        limits=Limits(calls=CALLS // 2, free_bytes=1),
    )
    try:
        world.start()
        yield world
    finally:
        world.end()


def recorder_of(call: Call) -> int:
    """Whose dialog it is."""
    return marked(call.dialog.remote_tag)


async def attempt(world: SharedWorld, transport: str = "udp") -> tuple[Call, int]:
    """A call, and the status of its answer."""
    plan = world.plan(transport=transport)
    call = Call(plan, await open_wire(transport, plan.host, plan.port), (b"", b""))
    call.reading = asyncio.create_task(call.read())  # type: ignore[attr-defined]
    return call, (await call.invite("sendonly")).status


def test_n17_two_recorders_share_an_address_and_one_dies_without_harm_to_the_others_calls(
    shared: SharedWorld, keys: Keys, cast: Cast
) -> None:
    async def talk() -> None:
        kinds = ("udp", "tcp") * (CALLS // 2)
        placed = await asyncio.gather(*(attempt(shared, kind) for kind in kinds))
        assert [status for _, status in placed] == [200] * CALLS
        calls = [call for call, _ in placed]
        calls.sort(key=lambda call: call.plan.transport, reverse=True)  # those over TCP at last
        theirs = {number: [c for c in calls if recorder_of(c) == number] for number in (1, 2)}
        assert [len(each) for each in theirs.values()] == [CALLS // 2] * 2, "each up to its limit"
        assert {c.plan.transport for c in theirs[1]} == {"udp", "tcp"}
        one_more, status = await attempt(shared)
        assert status == 503, "all are full"
        assert {(await c.invite("sendonly")).status for c in theirs[1][:4] + theirs[2][:4]} == {200}
        seq = (await asyncio.gather(*(speak(c, 0.2) for c in calls)))[0]
        assert [(await c.hang_up())[1] for c in theirs[1][:3]] == [200] * 3

        shared.wait_for(lambda: shared.told(1)["calls"] == CALLS // 2 - 3)

        shared.murder(2)
        shared.wait_for(lambda: shared.told(FRONT)["recorders"] == [1])
        again = [await attempt(shared, kind) for kind in ("udp", "tcp", "udp")]
        assert [(recorder_of(c), status) for c, status in again] == [(1, 200)] * 3
        await asyncio.to_thread(shared.begin, 2)
        shared.wait_for(lambda: shared.told(FRONT)["recorders"] == [1, 2])
        rest = theirs[1][3:]
        await asyncio.gather(*(speak(c, 0.2, seq) for c in rest))

        half = next(c for c in rest if c.plan.transport == "tcp")
        last = half.dialog.request("BYE")
        half.wire.send(last[:100])
        began = shared.told(FRONT)["started_us"]
        shared.murder(FRONT)
        bye = asyncio.gather(*(c.hang_up() for c in rest if c is not half))
        half.wire.send(last[100:-1])
        await asyncio.to_thread(shared.begin, FRONT)
        assert {status for _, status in await bye} == {200}, "in the same connections"
        assert (await half.transact(last[-1:], "BYE")).status == 200
        there = shared.told(FRONT)
        assert there["resumed"] and there["lasting"] and there["started_us"] == began
        over = [c for c in theirs[2] if c.plan.transport == "udp"]
        gone_on = 200 if KEPT else 481  # without a keeper the one who could answer is dead
        assert (await over[0].hang_up())[1] == gone_on
        for each in (*calls, *(c for c, _ in again), one_more):
            await leave(each)

    asyncio.run(talk())
    assert shared.leave() == [0, 0, 0]
    recorded = shared.recorded()
    assert len(recorded) == len({one.call_id for one in recorded}) == CALLS + 3
    ended = [one for one in recorded if one.manifest is not None]
    packets = sorted(len(one.packets()) for one in ended)
    cut = [one for one in recorded if one.manifest is None]
    dead = 0 if KEPT else CALLS // 2
    assert packets == [0] * 3 + [20] * (3 + CALLS // 2 - dead) + [40] * 7
    assert len(cut) == dead and all(one.draft for one in cut)
    entered = taken_in(keys.config.store.parents[1], shared)
    assert sorted(entered) == sorted(one.call_id for one in recorded)
    assert {row.id for row in Row.objects.all()} == {as_uuid(one) for one in entered}
    assert Row.objects.filter(recovered=True).count() == len(cut)


def taken_in(register: Path, shared: SharedWorld) -> list[str]:
    """The calls that enter the book of the register, in the order in which they do."""
    (register / "journal").symlink_to(shared.folder / "journal")
    world, entered = JournalWorld(register), []
    try:
        while outcomes := world.step(NOW + timedelta(hours=1)):
            assert {one.what for one in outcomes} == {What.ENTERED}
            entered += [one.call_id for one in outcomes]
    finally:
        world.close()
    return entered
