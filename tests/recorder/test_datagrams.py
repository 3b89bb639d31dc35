"""SIP at real sockets: to which address of ours a message came, and several at a time."""

import asyncio
import socket

import pytest

from recorder.test_tcp import OPTIONS, Keeper, Recorder
from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.ears import TOGETHER
from vaiti.capture.sip.flow import Send, needed


class Resting(Recorder):
    """It notes what it had heard whenever it is to answer."""

    def __init__(self) -> None:
        super().__init__(Keeper())
        self.rests: list[int] = []

    def rest(self) -> None:
        self.rests.append(len(self.messages))


@pytest.mark.parametrize(
    ("everywhere", "ours"), [("0.0.0.0", "127.0.0.2"), ("::", "::1"), ("::", "::ffff:127.0.0.3")]
)
def test_a_message_has_the_address_that_it_came_to(everywhere: str, ours: str) -> None:
    """A machine has several, and the sender's firewall may know one of them only."""

    async def told() -> None:
        recorder = Resting()
        await recorder.transports.listen([Listen("udp", everywhere, 0)])
        port = recorder.transports.addresses[0].port
        family = socket.AF_INET6 if ":" in ours else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as peer:
            peer.settimeout(30)
            for number in range(3):
                peer.sendto(b"%d" % number, (ours, port))
            recorder.transports.begin()
            await recorder.has(3)
            assert recorder.rests == [3], "what waits is heard before anything is answered"
            [flow] = set(recorder.flows)
            assert (flow.local.host, flow.local.port) == (ours, port)
            recorder.transports.send(Send(flow, b"heard"))
            assert peer.recv(10) == b"heard"
        recorder.close()

    asyncio.run(told())


def test_what_came_together_over_tcp_is_answered_together_and_few_at_a_time() -> None:
    async def told() -> None:
        recorder = Resting()
        with socket.create_connection(("127.0.0.1", await recorder.listen())) as peer:
            peer.sendall(OPTIONS * (TOGETHER + 1))
            await recorder.has(TOGETHER + 1)
            assert recorder.rests == [TOGETHER, TOGETHER + 1]
        recorder.close()
        for name in list(recorder.keeper.held):
            recorder.keeper.let_go(name)

    asyncio.run(told())


def test_nobody_is_told_to_wait_for_what_comes_now() -> None:
    flow = Resting  # anything: it is not looked at
    trying, final, other, bye = (
        Send(flow, data, answers)  # type: ignore[arg-type]
        for data, answers in ((b"100", 7), (b"200", 7), (b"100", 8), (b"BYE", 0))
    )
    assert needed([trying, other, bye, final, bye]) == [other, bye, final, bye]
