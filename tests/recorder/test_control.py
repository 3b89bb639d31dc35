"""A recorder asked over its local socket while calls last: what is in the journal afterwards."""

import asyncio
import json
import socket
import stat
import struct
from dataclasses import replace
from typing import Any

import pytest

from recorder.media import leave, rtp, send
from recorder.world import ANSWER_WITHIN, World
from vaiti.vault.manifest import Pause


def ask(world: World, op: str, **fields: object) -> dict[str, Any]:
    """One message on a connection of its own."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_WITHIN)
        connection.connect(str(world.folder / "control.sock"))
        return ask_over(connection, op, **fields)


def ask_over(connection: socket.socket, op: str, **fields: object) -> dict[str, Any]:
    message = json.dumps({"op": op, "devices": ["2001"], **fields}).encode()
    connection.sendall(struct.pack(">I", len(message)) + message)
    return read(connection)


def read(connection: socket.socket) -> dict[str, Any]:
    (size,) = struct.unpack(">I", connection.recv(4, socket.MSG_WAITALL))
    answer: dict[str, Any] = json.loads(connection.recv(size, socket.MSG_WAITALL))
    return answer


async def asked(world: World, op: str, **fields: object) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: ask(world, op, **fields))


def test_n22_what_is_said_in_a_pause_is_in_no_byte_of_the_journal(world: World) -> None:
    secret = b"\x11\x22\x33" * 53 + b"\x44"

    async def talk() -> None:
        call = await world.dial()
        [live] = (await asked(world, "state"))["calls"]
        assert live["state"] == "recording"
        send(call, 1, map(rtp, range(1, 11)))
        await asyncio.sleep(0.05)
        [live] = (await asked(world, "pause", call=live["call_id"], reason="payment"))["calls"]
        assert live["state"] == "paused"
        send(call, 1, [rtp(number, payload=secret) for number in range(11, 21)])
        await asyncio.sleep(0.05)
        [live] = (await asked(world, "resume", call=live["call_id"]))["calls"]
        assert live["state"] == "recording"
        send(call, 1, map(rtp, range(21, 31)))
        await asyncio.sleep(0.05)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    [recorded] = world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    packets = recorded.packets()
    assert [each.seq for each in packets] == [*range(1, 11), *range(21, 31)]
    assert all(each.payload != secret for each in packets)
    assert manifest.drops == {"paused": 10}
    [pause] = manifest.pauses
    assert isinstance(pause, Pause)
    assert pause.reason == "payment"
    before, after = packets[9].arrival_us, packets[10].arrival_us
    assert before <= pause.from_us < pause.to_us <= after


def test_l40_a_sender_that_forgets_its_pause_is_recorded_again_and_told_of(world: World) -> None:
    assert world.stop() == 0  # what it finds at its start holds from the first call on
    world.write_orders(limits=replace(world.orders.limits, pause_s=3))
    world.start()
    secret = b"\x11\x22\x33" * 53 + b"\x44"

    async def in_state(wanted: str) -> dict[str, Any]:
        while True:
            [live] = (await asked(world, "state"))["calls"]
            if live["state"] == wanted:
                return dict(live)
            await asyncio.sleep(0.05)

    async def talk() -> None:
        call = await world.dial()
        send(call, 1, map(rtp, range(1, 11)))
        await asyncio.sleep(0.05)
        assert (await call.invite("sendonly", "paused")).status == 200
        live = await in_state("paused")
        assert (live["reason"], live["until_us"]) == ("sender", live["since_us"] + 3_000_000)
        send(call, 1, [rtp(number, payload=secret) for number in range(11, 21)])
        await in_state("recording")
        send(call, 1, map(rtp, range(21, 31)))
        await asyncio.sleep(0.05)
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert world.stop() == 0
    [recorded] = world.recorded()
    manifest = recorded.manifest
    assert manifest is not None
    assert [each.seq for each in recorded.packets()] == [*range(1, 11), *range(21, 31)]
    assert all(each.payload != secret for each in recorded.packets())
    [pause] = manifest.pauses
    assert isinstance(pause, Pause)
    assert pause.reason == "sender"
    assert pause.to_us - pause.from_us >= 3_000_000
    assert [each["kind"] for each in world.events()] == ["pause_too_long"]


def test_a_call_that_is_objected_to_leaves_nothing_that_opens(world: World) -> None:
    async def talk() -> None:
        call = await world.dial()
        send(call, 1, map(rtp, range(1, 101)))
        await asyncio.sleep(0.6)
        [live] = (await asked(world, "state"))["calls"]
        assert (await asked(world, "drop", call=live["call_id"]))["ok"]
        send(call, 1, map(rtp, range(101, 201)))
        await asyncio.sleep(0.6)
        [live] = (await asked(world, "state"))["calls"]
        assert live["state"] == "not_recorded"
        assert (await call.hang_up())[1] == 200
        await leave(call)

    asyncio.run(talk())
    assert (await_calls(world)) == 0
    assert world.stop() == 0
    [recorded] = world.recorded()
    assert recorded.void
    assert recorded.manifest is None
    assert not recorded.finished
    kept = [packet.seq for packet in recorded.packets()] if recorded.segments else []
    assert all(number <= 100 for number in kept)


def await_calls(world: World) -> object:
    world.wait_for(lambda: world.state()["calls"] == 0)
    return world.state()["recorded"]


def test_the_socket_is_its_owners_and_is_gone_with_the_recorder(world: World) -> None:
    path = world.folder / "control.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ask(world, "state")["calls"] == []
    assert world.stop() == 0
    assert not path.exists()


@pytest.mark.parametrize(
    "message", [b"", b"no json", b"[]", b'{"op": 1}', b"\xff" * 10, b"[" * 9000]
)
def test_garbage_is_answered_with_an_error_and_nothing_breaks(world: World, message: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_WITHIN)
        connection.connect(str(world.folder / "control.sock"))
        connection.sendall(struct.pack(">I", len(message)) + message)
        assert read(connection)["ok"] is False
        connection.sendall(struct.pack(">I", 1 << 30))
        assert connection.recv(1) == b""
    assert ask(world, "state")["ok"]


def test_more_connections_than_are_served_are_let_go(world: World) -> None:
    path = str(world.folder / "control.sock")
    held = [socket.socket(socket.AF_UNIX) for _ in range(80)]
    try:
        for each in held:
            each.settimeout(ANSWER_WITHIN)
            each.connect(path)
        world.wait_for(lambda: sum(map(_let_go, held)) >= 80 - 64)
        assert ask_over(held[0], "state")["ok"], "and no more than these: the first is served"
        assert sum(map(_let_go, held)) == 80 - 64
    finally:
        for each in held:
            each.close()
    world.wait_for(lambda: _answers(world))


def _let_go(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(ANSWER_WITHIN)


def _answers(world: World) -> bool:
    try:
        return bool(ask(world, "state")["ok"])
    except (OSError, struct.error):
        return False
