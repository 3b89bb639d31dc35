"""A recorder with little memory turns calls down; one that is refused some ends and begins anew."""

import asyncio
import resource
import socket
from contextlib import suppress
from pathlib import Path

from recorder.media import leave, speak
from recorder.test_at_the_limit import knock_until, proven
from recorder.world import World
from vaiti.vault.memory import STATUS, Memory

PAGE = resource.getpagesize()


def leave_room(world: World, share: float) -> None:
    """Of the address space that the recorder may have, so much is what it has now."""
    assert world.process is not None
    pages = int(Path(f"/proc/{world.process.pid}/statm").read_text().split()[0])
    limit = resource.RLIM_INFINITY if not share else int(pages * PAGE / share)
    resource.prlimit(world.process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def test_with_little_memory_new_calls_wait_and_the_accepted_one_loses_nothing(
    world: World,
) -> None:
    async def trouble() -> None:
        leave_room(world, 0.95)
        answer = await knock_until(world, 503)
        assert answer.header("retry-after") == "60"
        assert world.state()["reason"] == "no_memory"
        leave_room(world, 0)
        await knock_until(world, 200)

    assert "no_memory" in proven(world, trouble)


def test_n17_a_recorder_that_is_refused_memory_ends_and_keeps_what_it_had(world: World) -> None:
    async def talk() -> None:
        done, cut = await world.dial(), await world.dial()
        await speak(done, 0.4)
        await done.hang_up()
        await speak(cut, 1.5)
        world.wait_for(lambda: world.state()["recorded"] == 1)
        world.wait_for(lambda: world.recorded()[1].draft and world.recorded()[1].packets())
        leave_room(world, 1.0)
        flood = [socket.create_connection(("127.0.0.1", world.port("tcp"))) for _ in range(40)]
        for each in flood:
            await half_a_message(each)
        assert world.process is not None
        while world.process.poll() is None:
            await asyncio.sleep(0.05)
        for each in flood:
            each.close()
        for call in (done, cut):
            await leave(call)

    asyncio.run(asyncio.wait_for(talk(), 60))
    assert world.process is not None and world.process.returncode == STATUS
    whole, begun = world.recorded()
    assert whole.manifest is not None and whole.finished and len(whole.packets(0)) == 20
    assert begun.manifest is None and begun.draft is not None and begun.packets()
    world.start()
    asyncio.run(one_more(world))
    assert world.stop() == 0


async def half_a_message(to: socket.socket) -> None:
    """The recorder may have ended over an earlier one."""
    head = f"INVITE sip:a SIP/2.0\r\nContent-Length: {250 << 10}\r\n\r\n".encode()
    to.setblocking(False)
    with suppress(ConnectionError):
        await asyncio.get_running_loop().sock_sendall(to, head + b" " * (200 << 10))


async def one_more(world: World) -> None:
    call = await world.dial()
    await call.hang_up()
    await leave(call)


def test_memory_counts_as_full_until_it_has_eased() -> None:
    memory = Memory()
    looks = [memory.look(share) for share in (0.0, 0.9, 0.93, 0.9, 0.86, 0.84, 0.9)]
    assert looks == [False, False, True, True, True, False, False]
