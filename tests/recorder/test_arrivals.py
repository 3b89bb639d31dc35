"""Before the first call the kernel is seen to note when packets arrive."""

import asyncio
import socket
import time

import pytest

from vaiti.capture.recorder.arrivals import NotNoted, noted
from vaiti.capture.recvmmsg import BatchReceiver
from vaiti.capture.recvmsg import SingleReceiver


def test_n12_d07_a_packet_has_the_time_of_its_arrival_and_not_of_its_reading() -> None:
    receiver = BatchReceiver()

    async def heard_late() -> tuple[int, int]:
        async with noted(receiver):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.bind(("127.0.0.1", 0))
                receiver.prepare(sock)
                sock.sendto(b"said before the announcement", sock.getsockname())
                announced_us = time.time_ns() // 1000
                return int(receiver.receive([sock]).arrival_us[0]), announced_us

    arrived_us, announced_us = asyncio.run(heard_late())
    assert arrived_us <= announced_us


def test_a_recorder_does_not_begin_where_packets_are_stamped_when_they_are_read() -> None:
    """A receiver that tells when it read is what a kernel is that does not note yet."""
    receiver = SingleReceiver(lambda: time.time_ns() // 1000)
    receiver.asks_kernel = True

    async def begin() -> None:
        async with noted(receiver, patience_s=0.05):
            raise AssertionError("it began")

    with pytest.raises(NotNoted, match="overloaded"):
        asyncio.run(begin())
