"""Two recorders behind one border controller: one is killed in a call, and the sender goes on."""

import asyncio
import shutil
from pathlib import Path

from recorder.media import leave, rtp, send, speak
from recorder.test_control import asked
from recorder.world import World
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.wire import open_wire
from vaiti.register.one_call import piece_of, same_call
from vaiti.register.recovery import recovered
from vaiti.vault.gathering import Gatherer

TIE_KEY = "5e" * 32


def beside(world: World, folder: Path) -> World:
    """A second recorder of the same register: the same orders, its own start folder."""
    folder.mkdir()
    (folder / "journal").symlink_to(world.folder / "journal")
    other = World(folder)
    other.seed, other.private, other.orders = world.seed, world.private, world.orders
    for name in ("orders.pub", "orders.json"):
        shutil.copy(world.folder / name, folder / name)
    other.start()
    return other


async def go_on(
    other: World, call: Call | None = None, *, session: str = "", agent: str = "2001"
) -> Call:
    """What a sender does whose recorder is gone: a new session about the same conversation, by the
    same name or another one."""
    plan = other.plan(agent=agent)
    wire = await open_wire(plan.transport, plan.host, plan.port, plan.identity)
    again = Call(plan, wire, (b"\xd5" * 8000, b"\x55" * 8000))
    if call is not None:
        again.recording.session = call.recording.session
    again.recording.session = session or again.recording.session
    again.reading = asyncio.create_task(again.read())  # type: ignore[attr-defined]
    assert (await again.invite("sendonly")).status == 200
    return again


def test_n17_a_killed_recorders_call_and_the_one_that_goes_on_are_known_as_one(
    world: World, tmp_path: Path
) -> None:
    world.order(tie_key=TIE_KEY)
    other = beside(world, tmp_path / "other")

    async def talk() -> None:
        call = await world.dial()
        said = await speak(call, 1.5)
        world.wait_for(lambda: all(one.draft and one.packets() for one in world.recorded()))
        world.end()
        again, stranger = await go_on(other, call), await go_on(other)
        await speak(again, 0.4, said)
        for each in (again, stranger):
            await each.hang_up()
        for each in (call, again, stranger):
            await leave(each)

    try:
        asyncio.run(talk())
        other.wait_for(lambda: other.state()["recorded"] == 2)
        other.stop()
    finally:
        other.end()
    calls = world.recorded()
    (cut,) = (one for one in calls if one.manifest is None)
    assert cut.draft is not None and cut.packets()
    died = recovered(cut.draft, cut.packets()[-1].arrival_us, len(cut.segments), finished=False)
    ended = [one.manifest for one in calls if one.manifest is not None]
    known = [same_call(piece_of(died), piece_of(one)) for one in ended]
    assert sorted(known) == [False, True]
    rest = next(one for one in calls if one.manifest is ended[known.index(True)])
    assert {p.seq for p in cut.packets(0)}.isdisjoint(p.seq for p in rest.packets(0))
    gatherer = Gatherer(world.folder / "journal")
    gatherer.poll()
    assert gatherer.waiting()[0].call_id == cut.call_id, "the recorder that started first is first"


SECRET = b"\x11\x22\x33" * 53 + b"\x44"

REASON: dict[str, dict[str, object]] = {"pause": {"reason": "payment"}, "drop": {}}


def test_n22_what_was_paused_at_a_recorder_that_died_is_paused_at_the_next(
    world: World, tmp_path: Path
) -> None:
    """Calls are paused, others objected to; then their recorder is killed. Two of their senders
    give a name of the call that is too short to be nobody else's, and another one each time."""
    world.order(tie_key=TIE_KEY)
    other = beside(world, tmp_path / "other")
    agents = ("2001", "2002", "2003", "2004")

    async def talk() -> None:
        first = [
            await go_on(world, session=name, agent=agent)
            for agent, name in zip(agents, ("", "", "7", "8"), strict=True)
        ]
        for agent, op in zip(agents, ("pause", "drop") * 2, strict=True):
            [live] = (await asked(world, "state", devices=[agent]))["calls"]
            given = {"devices": [agent], "call": live["call_id"]}
            assert (await asked(world, op, **given, **REASON[op]))["ok"]
        world.end()
        again = [
            await go_on(other, *calls[:1], session=name, agent=agent)
            for agent, calls, name in zip(
                agents, (first[:1], first[1:2], (), ()), ("", "", "9", "10"), strict=True
            )
        ]
        found = (await asked(other, "state", devices=[*agents]))["calls"]
        shown = {each["device"]: (each["state"], each["reason"]) for each in found}
        paused, dropped = ("paused", "payment"), ("not_recorded", "")
        assert shown == dict(zip(agents, (paused, dropped) * 2, strict=True))
        for call in again:
            send(call, 1, [rtp(number, payload=SECRET) for number in range(1, 11)])
        await asyncio.sleep(0.05)
        for each in found:
            if each["state"] == "paused":
                given = {"devices": [each["device"]], "call": each["call_id"]}
                assert (await asked(other, "resume", **given))["ok"]
        for call in again:
            send(call, 1, map(rtp, range(11, 21)))
        await asyncio.sleep(0.05)
        for call in again:
            await call.hang_up()
        for call in (*first, *again):
            await leave(call)

    try:
        asyncio.run(talk())
        other.stop()
    finally:
        other.end()
    kept = [one for one in world.recorded() if one.manifest is not None]
    assert sorted(leg.device for one in kept for leg in one.manifest.legs) == ["2001", "2003"]
    for one in kept:
        assert [packet.seq for packet in one.packets()] == [*range(11, 21)]
        [pause] = one.manifest.pauses
        assert (pause.reason, pause.from_us) == ("payment", one.manifest.started_us)
        assert one.manifest.drops == {"paused": 10}
    assert [one["kind"] for one in world.events()] == ["pause_assumed"]
    left = {path.suffix for path in (world.folder / "journal" / ".withheld").iterdir()}
    assert left == {".objected"}, "what was resumed is no longer withheld"
