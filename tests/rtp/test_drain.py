"""Real sockets: both receivers behave alike, and what does not belong is dropped by its name."""

import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from rtp.rings import PORTS, ring_or_skip
from vaiti.audio.track import read_records
from vaiti.capture import recvmmsg
from vaiti.capture.binding import NoPort, Ports
from vaiti.capture.drain import PARTS, Drain, Receiver
from vaiti.capture.recvmmsg import BATCH, PER_CALL, ROW, BatchReceiver
from vaiti.capture.recvmsg import SingleReceiver
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.stream import Stream, host_of

NOW_US = int(time.time() * 1e6)


def batch_receiver() -> Receiver:
    if not recvmmsg.available():
        pytest.skip(f"{sys.platform} has no recvmmsg of the known layout")
    return BatchReceiver()


def single_receiver() -> Receiver:
    return SingleReceiver(lambda: time.time_ns() // 1000)


@contextmanager
def by_batch() -> Iterator[Drain]:
    yield Drain(batch_receiver(), PORTS)


@contextmanager
def by_single() -> Iterator[Drain]:
    yield Drain(single_receiver(), PORTS)


@contextmanager
def by_ring() -> Iterator[Drain]:
    with ring_or_skip() as ring:
        yield Drain(batch_receiver(), PORTS, ring=ring)


@pytest.fixture(params=[by_batch, by_single, by_ring], ids=["recvmmsg", "recvmsg", "ring"])
def drain(request: pytest.FixtureRequest) -> Iterator[Drain]:
    with request.param() as drain:
        yield drain
        for slot in drain.slots:
            drain.close(slot)


@dataclass
class Line:
    """One stream of the drain and somebody who sends to it."""

    drain: Drain
    host: str = "127.0.0.1"
    source: str = "127.0.0.1"
    slot: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        stream = Stream(0, from_us=NOW_US)
        stream.expect(host_of(self.host), {8: ("PCMA", 8000)}, {101: "telephone-event"}, True)
        self.slot, self.port = self.drain.open(self.host, stream)
        family = socket.AF_INET6 if ":" in self.source else socket.AF_INET
        self.sender = socket.socket(family, socket.SOCK_DGRAM)
        self.sender.bind((self.source, 0))

    def send(self, *packets: bytes) -> None:
        for data in packets:
            self.sender.sendto(data, (self.host, self.port))

    def sweep(self) -> None:
        for part in range(PARTS):
            for runs in self.drain.sweep(part):
                for slot, head, entries, _ in zip(*runs[:4], strict=True):
                    for run in read_records(head + entries):
                        if slot == self.slot:
                            self.kept += [
                                (int(seq), payload.tobytes())
                                for seq, payload in zip(run.seq, run.payload, strict=True)
                            ]

    @property
    def drops(self) -> dict[Drop, int]:
        return dict(self.drain.table[self.slot].drops)

    def close(self) -> None:
        self.sender.close()


@pytest.fixture
def line(drain: Drain) -> Iterator[Line]:
    line = Line(drain)
    yield line
    line.close()


def rtp(seq: int, payload: bytes = b"\xd5" * 160, *, pt: int = 8, ssrc: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, pt, seq & 0xFFFF, seq * 160 & 0xFFFFFFFF, ssrc) + payload


def test_n17_payloads_are_kept_bit_for_bit_across_the_sequences_wrap(line: Line) -> None:
    payloads = {seq & 0xFFFF: bytes([seq & 0xFF]) * 160 for seq in range(65_500, 65_580)}
    for seq, payload in payloads.items():
        line.send(rtp(seq, payload))
    line.sweep()
    assert line.kept == list(payloads.items())
    assert line.drops == {}


def test_what_does_not_belong_is_dropped_by_its_name(line: Line) -> None:
    line.send(
        rtp(1),
        rtp(2, pt=18),
        rtp(2, pt=101),
        rtp(3, ssrc=99),
        rtp(3),
        rtp(3),
        b"\x80\x08\x00",
        b"",
        bytes(200),
        rtp(4, b""),
        struct.pack("!BBHII", 0x80, 200, 6, 1, 7) + bytes(40),
        struct.pack("!BBHII", 0x90, 8, 4, 640, 7) + b"\xbe\xde\xff\xff" + bytes(60),
        rtp(4, bytes(ROW)),
        rtp(4),
    )
    line.sweep()
    assert [seq for seq, _ in line.kept] == [1, 3, 4]
    assert line.drops == {
        Drop.WRONG_PAYLOAD_TYPE: 1,
        Drop.DTMF: 1,
        Drop.WRONG_SSRC: 1,
        Drop.DUPLICATE: 1,
        Drop.TOO_SHORT: 2,
        Drop.NOT_RTP: 1,
        Drop.EMPTY: 1,
        Drop.RTCP: 1,
        Drop.BAD_HEADER: 1,
        Drop.TOO_LARGE: 1,
    }


def test_extension_padding_and_sources_are_cut_off_the_payload(line: Line) -> None:
    head = struct.pack("!BBHII", 0xB2, 8, 1, 160, 7)
    line.send(head + bytes(8) + b"\xbe\xde\x00\x01abcd" + b"speech" + b"\x00\x00\x03")
    line.send(rtp(2, b"speech"))
    line.sweep()
    assert line.kept == [(1, b"speech"), (2, b"speech")]


def test_a_stranger_is_not_heard_even_with_the_right_ssrc(drain: Drain) -> None:
    line, stranger = Line(drain), Line(drain, source="127.0.0.9")
    stranger.port = line.port
    line.send(rtp(1))
    stranger.send(*(rtp(seq, b"\x00" * 160) for seq in range(2, 12)))
    line.send(rtp(2))
    line.sweep()
    assert [seq for seq, _ in line.kept] == [1, 2]
    assert line.drops == {Drop.WRONG_SOURCE: 10}
    line.close()
    stranger.close()


def test_ipv6_is_received_as_ipv4_is(drain: Drain) -> None:
    line = Line(drain, host="::1", source="::1")
    line.send(*map(rtp, range(10)))
    line.sweep()
    assert [seq for seq, _ in line.kept] == list(range(10))
    assert line.drops == {}
    line.close()


def test_arrival_is_the_time_of_the_packet_and_shifts_with_a_moved_clock(line: Line) -> None:
    before = time.time_ns() // 1000
    line.send(rtp(1))
    line.sweep()
    after = time.time_ns() // 1000
    assert before - 1000 <= line.drain.table.last_us(line.slot) <= after + 1000
    line.drain.shift_us = 3_600_000_000
    line.send(rtp(2))
    line.sweep()
    assert line.drain.table.last_us(line.slot) >= before + 3_600_000_000


def test_many_sockets_that_fill_the_buffer_more_than_once_lose_nothing(drain: Drain) -> None:
    lines = [Line(drain) for _ in range(3 * PARTS)]
    for one in lines:
        one.send(*(rtp(seq, b"\xd5" * 20) for seq in range(200)))
    list(drain.sweep_only([one.slot for one in lines]))
    for one in lines:
        assert drain.table.packets(one.slot) == 200
        one.close()


def test_a_batch_is_never_larger_than_the_buffer() -> None:
    """More sockets with more packets than there are rows: what does not fit waits its turn."""
    receiver = batch_receiver()
    assert isinstance(receiver, BatchReceiver)
    sockets = []
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(BATCH // PER_CALL + 3):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        receiver.prepare(sock)
        sockets.append(sock)
        for seq in range(PER_CALL + 50):
            sender.sendto(rtp(seq), sock.getsockname())
    received, rest = 0, sockets
    while rest:
        batch = receiver.receive(rest)
        assert len(batch.rows) <= BATCH
        assert batch.counts.max() <= PER_CALL
        assert (batch.length == 172).all()
        received += int(batch.counts.sum())
        rest = rest[len(batch.counts) :]
    assert received == len(sockets) * PER_CALL
    for sock in (*sockets, sender):
        sock.close()


def test_a_flood_at_one_socket_leaves_the_others_their_turn(drain: Drain) -> None:
    flooded, quiet = Line(drain), Line(drain)
    flooded.send(*(b"flood" for _ in range(300)))
    quiet.send(rtp(1))
    quiet.sweep()
    assert [seq for seq, _ in quiet.kept] == [1]
    flooded.sweep()
    assert flooded.kept == []
    flooded.close()
    quiet.close()


def test_what_the_kernel_had_no_room_for_is_counted() -> None:
    drain = Drain(batch_receiver(), Ports(), receive_buffer=4096)
    line = Line(drain)
    line.send(*map(rtp, range(200)))
    line.sweep()
    kept = drain.table.packets(line.slot)
    stream = drain.close(line.slot)
    assert 0 < kept < 200
    assert stream.drops[Drop.BUFFER_FULL] == 200 - kept
    line.close()


OWN = "127.0.77.1"
"""An address at which nobody else listens, for ports that no connection is given by chance."""


def test_ports_are_even_and_within_the_range_until_it_is_used_up() -> None:
    drain = Drain(single_receiver(), Ports(20_001, 20_009))
    opened = [drain.open(OWN, Stream(0)) for _ in range(4)]
    assert sorted(port for _, port in opened) == [20_002, 20_004, 20_006, 20_008]
    with pytest.raises(NoPort):
        drain.open(OWN, Stream(0))
    drain.close(opened[0][0])
    assert drain.open(OWN, Stream(0))[1] == opened[0][1]
    for slot in drain.slots:
        drain.close(slot)
    assert len(drain) == 0
