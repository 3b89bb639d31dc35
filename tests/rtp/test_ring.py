"""A real ring on the loopback interface: each packet once, and its stream's alone."""

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import numpy as np
import pytest

from rtp.rings import OWN, PORTS, ring_or_skip
from vaiti.capture import ring
from vaiti.capture.binding import bound, overflowed
from vaiti.capture.drain import PARTS, Drain
from vaiti.capture.recvmmsg import BatchReceiver
from vaiti.capture.ring import NoRing, PacketRing, Place, Turn
from vaiti.capture.ring_filter import MOST
from vaiti.capture.ring_frames import frames_of, sound
from vaiti.capture.ring_size import FRAME
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.stream import Stream, host_of

FRAMES = 3328  # of the smallest ring


@pytest.fixture
def small() -> Iterator[PacketRing]:
    with ring_or_skip(1, OWN) as made:
        yield made


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((OWN, 0))
        yield made


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    with ExitStack() as held:
        yield [held.enter_context(bound(OWN, PORTS, 0, lambda _: None)) for _ in range(3)]


def heard(turns: Iterator[Turn]) -> list[tuple[int, bytes]]:
    """Slot and datagram of each, in the order in which they were handed out."""
    found = []
    for slots, batch in turns:
        owners = slots.repeat(batch.counts).tolist()
        for slot, row, length in zip(owners, batch.rows, batch.length.tolist(), strict=True):
            found.append((slot, row[:length].tobytes()))
    return found


def waiting(sock: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(sock.recv(2000))
        except BlockingIOError:
            return found


def test_n17_what_the_ring_takes_the_socket_refuses_and_the_other_way_round(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    sock = sockets[0]
    small.own(5, sock, 0)
    largest = bytes(MOST - 28)
    for data in (b"plain", largest, largest + b"!", b""):
        sender.sendto(data, sock.getsockname())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as optional:
        optional.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x01\x01\x01")
        optional.sendto(b"with options", sock.getsockname())
    assert heard(small.only([5])) == [(5, b"plain"), (5, largest), (5, b"")]
    assert waiting(sock) == [largest + b"!", b"with options"]


def test_n02_what_came_before_or_after_its_time_is_nobodys(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    first, other, _ = sockets
    address = first.getsockname()
    sender.sendto(b"before", address)
    small.own(1, first, 0)
    sender.sendto(b"of the first call", address)
    small.own(2, other, 0)
    sender.sendto(b"never read", address)
    small.disown(1, address[1], 0)
    sender.sendto(b"between two calls", address)
    small.own(3, first, 0)
    sender.sendto(b"of the next", address)
    small.mark()
    assert heard(small.part(0)) == [(3, b"of the next")]
    assert waiting(first) == [b"before"]


def test_n02_a_port_beside_the_streams_or_of_another_address_is_not_heard(
    small: PacketRing, sender: socket.socket
) -> None:
    sender.sendto(b"a report", (OWN, PORTS.first + 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.2", PORTS.first))
        elsewhere.sendto(b"not ours", elsewhere.getsockname())
    small.mark()
    assert small.share == 0.0


def test_rounds_of_the_ring_lose_nothing_and_keep_the_order(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    for slot, sock in enumerate(sockets):
        small.own(slot, sock, slot)
    number = 0
    for _ in range(14):
        sent: list[list[bytes]] = [[], [], []]
        for _ in range(1000):
            data = number.to_bytes(4)
            sender.sendto(data, sockets[number % 3].getsockname())
            sent[number % 3].append(data)
            number += 1
        small.mark()
        early = heard(small.only([2]))
        assert early == [(2, data) for data in sent[2]]
        for slot in range(3):
            left = [] if slot == 2 else [(slot, data) for data in sent[slot]]
            assert heard(small.part(slot)) == left
        small.release()
    assert number > 4 * FRAMES


def test_a_sweep_of_a_full_ring_reads_a_third_so_that_there_is_room_meanwhile(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    small.own(0, sockets[0], 0)
    sent, found = 0, list[int]()

    def send(count: int) -> None:
        nonlocal sent
        for _ in range(count):
            sender.sendto(sent.to_bytes(4), sockets[0].getsockname())
            sent += 1

    send(FRAMES)
    for _ in range(6):
        small.mark()
        found += [int.from_bytes(data) for _, data in heard(small.part(0))]
        assert small.more
        small.release()
        send(FRAMES // 3)
    while small.more:
        small.mark()
        found += [int.from_bytes(data) for _, data in heard(small.part(0))]
        small.release()
    assert sent == 3 * FRAMES - 2
    assert found == list(range(sent))


def test_d11_what_neither_had_room_for_is_counted_for_its_stream(
    sender: socket.socket,
) -> None:
    with ring_or_skip(1, OWN) as made:
        drain = Drain(BatchReceiver(), PORTS, ring=made)
        stream = Stream(0, from_us=1)
        stream.expect(host_of(OWN), {8: ("PCMA", 8000)}, {}, True)
        slot, port = drain.open(OWN, stream)
        for seq in range(FRAMES + 30):
            sender.sendto(rtp(seq), (OWN, port))
        assert drain.crowded is False  # as of the last look
        for last in (False, False, False, True):
            assert [kept for part in range(PARTS) for kept in drain.sweep(part)]
            assert drain.behind is not last
            drain.let_go(PARTS - 1)
        assert drain.table.packets(slot) == FRAMES
        assert drain.close(slot).drops == {Drop.BUFFER_FULL: 30}


def test_a_stream_whose_packets_come_both_ways_is_heard_in_their_order(
    sender: socket.socket,
) -> None:
    with ring_or_skip(host=OWN) as made:
        drain = Drain(BatchReceiver(), PORTS, ring=made)
        stream = Stream(0, from_us=1)
        stream.expect(host_of(OWN), {8: ("PCMA", 8000)}, {}, True)
        slot, port = drain.open(OWN, stream)
        for seq in range(150):
            sender.sendto(rtp(seq, 400 if seq % 3 else 160), (OWN, port))
        for part in range(PARTS):
            list(drain.sweep(part))
        assert drain.table.packets(slot) == 150
        assert drain.close(slot).drops == {}


def rtp(seq: int, size: int = 160) -> bytes:
    return struct.pack("!BBHII", 0x80, 8, seq, seq * 160, 7) + bytes(size)


def test_a_packet_that_did_not_come_whole_is_refused(
    small: PacketRing, sockets: list[socket.socket]
) -> None:
    sock = sockets[0]
    small.own(0, sock, 0)
    port = sock.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for data, wrong in ((b"whole", 0), (b"broken", 1), (b"odd number", 0)):
            raw.sendto(summed(data, port, wrong), (OWN, port))
        raw.sendto(summed(b"without a sum", port, None), (OWN, port))
    assert heard(small.only([0])) == [(0, b"whole"), (0, b"odd number"), (0, b"without a sum")]
    assert small.disown(0, port, overflowed(sock)) == 0


def summed(data: bytes, port: int, wrong: int | None) -> bytes:
    """IPv4 and UDP as they are on a wire; the kernel fills in what is about the IP header."""
    udp = struct.pack("!HHHH", 4000, port, 8 + len(data), 0) + data
    pseudo = socket.inet_aton(OWN) * 2 + struct.pack("!HH", 17, len(udp))
    words = pseudo + udp + bytes(len(udp) % 2)
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    total = ~(total % 0xFFFF) & 0xFFFF
    told = 0 if wrong is None else total ^ wrong
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, 1, 0, 64, 17, 0, *[socket.inet_aton(OWN)] * 2)
    return head + udp[:6] + struct.pack("!H", told) + udp[8:]


@pytest.mark.parametrize("places", [[0], [3, 1], list(range(8))])
def test_frames_of_any_bytes_are_judged_and_never_break_anything(places: Sequence[int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (8, FRAME), np.uint8)
    assert sound(frames_of(noise), np.array(places)).shape == (len(places),)


def test_what_cannot_be_opened_says_what_to_change() -> None:
    with ring_or_skip(1, OWN):
        pass
    assert ring.obstacle("lo") == ""
    assert ring.obstacle("none0") == "packet_ring: this machine has no network interface none0"
    with pytest.raises(NoRing, match="no network interface none0"):
        PacketRing(Place(OWN, PORTS, "none0", 1))


def test_n17_another_process_goes_on_with_the_ring_where_the_first_one_was(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    """Nothing waits, some of it had been taken and not been given back, and it is full."""
    sock = sockets[0]
    small.own(4, sock, 0)
    before = taken(small, sender, sock, [])
    small.release()
    with closing(after(small, sock, before)) as second:
        before = taken(second, sender, sock, [b"a", b"b"])
    with closing(after(small, sock, before)) as third:
        before = taken(third, sender, sock, [b"c"])
        third.release()
    many = [number.to_bytes(4) for number in range(FRAMES + 5)]
    for data in many:
        sender.sendto(data, sock.getsockname())
    with closing(after(small, sock, before)) as fourth:
        assert heard(fourth.only([4])) == [(4, data) for data in many[:FRAMES]]


@pytest.mark.parametrize("kept", [False, True])
def test_n22_what_was_read_and_not_kept_is_not_taken_in_by_another_process(
    sender: socket.socket, kept: bool
) -> None:
    """A pause has ended since; the frames were not given back yet when the first one died."""
    with ring_or_skip(1, OWN) as made:
        drain = Drain(BatchReceiver(), PORTS, ring=made)
        stream = Stream(0, from_us=1)
        stream.expect(host_of(OWN), {8: ("PCMA", 8000)}, {}, True, paused=not kept)
        slot, port = drain.open(OWN, stream)
        for seq in range(5):
            sender.sendto(rtp(seq), (OWN, port))
        list(drain.sweep_only([slot]))
        assert drain.table.packets(slot) == 5 * kept
        drain.table[slot].paused = False
        left = drain.left(slot)
        with closing(PacketRing(made.place, os.dup(made.descriptor))) as again:
            other = Drain(BatchReceiver(), PORTS, ring=again)
            same = other.go_on(left, drain._socket(slot).dup(), None, None)
            other.resume(same)
            sender.sendto(rtp(5), (OWN, port))
            list(other.sweep_only([same]))
            assert other.table.packets(same) - left.packets == 1
            other.close(same)
        drain.close(slot)


def taken(
    ring: PacketRing, sender: socket.socket, sock: socket.socket, sent: Sequence[bytes]
) -> int:
    """When the last of what is sent arrived; all of it is heard by a sweep."""
    for data in sent:
        sender.sendto(data, sock.getsockname())
    ring.mark()
    turns = [(slots, batch, batch.arrival_us.max()) for slots, batch in ring.part(0)]
    assert heard((slots, batch) for slots, batch, _ in turns) == [(4, data) for data in sent]
    return max((int(last_us) for *_, last_us in turns), default=0)


def after(ring: PacketRing, sock: socket.socket, last_us: int) -> PacketRing:
    """The next one's, of the same ring."""
    made = PacketRing(ring.place, os.dup(ring.descriptor))
    made.own(4, sock, 0)
    made.resume(4, sock, last_us)
    return made


def test_a_ring_that_is_not_what_was_left_is_refused(small: PacketRing) -> None:
    larger = replace(small.place, size=4 << 20)
    with pytest.raises(NoRing):
        PacketRing(larger, os.dup(small.descriptor))


def test_n17_what_the_ring_does_not_hear_stays_the_sockets(
    small: PacketRing, sender: socket.socket, sockets: list[socket.socket]
) -> None:
    """A port of another range, as after a change of settings under calls."""
    small.own(0, sockets[0], 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.bind((OWN, PORTS.last + 2))
        small.own(1, other, 0)
        small.resume(1, other, 0)
        sender.sendto(b"heard", other.getsockname())
        assert heard(small.only([0, 1])) == []
        assert waiting(other) == [b"heard"]
        assert small.disown(1, PORTS.last + 2, 7) == 7


def test_a_stream_that_is_resumed_and_ends_at_once_is_let_go(
    small: PacketRing, sockets: list[socket.socket]
) -> None:
    small.own(3, sockets[0], 0)
    small.resume(3, sockets[0], 0)
    small.disown(3, sockets[0].getsockname()[1], 0)
    sockets[0].close()
    small.look()
