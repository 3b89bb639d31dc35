"""SRTP over real sockets: opened in memory, and what nobody vouches for is dropped by its name."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from rtp.reports import name, report
from rtp.rings import PORTS
from rtp.secured import CRYPTO, protect, protect_report
from rtp.test_drain import Line, batch_receiver, rtp, single_receiver
from vaiti.capture import srtp
from vaiti.capture.drain import REPORTS_EVERY, Drain
from vaiti.capture.openers import Openers
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.stream import Stream
from vaiti.capture.rtp.table import StreamTable
from vaiti.capture.sdes import SUITES, Crypto
from vaiti.capture.srtp import Opener
from vaiti.capture.srtp_in_place import Place


@pytest.fixture(params=[batch_receiver, single_receiver], ids=["recvmmsg", "recvmsg"])
def drain(request: pytest.FixtureRequest) -> Iterator[Drain]:
    drain = Drain(request.param(), PORTS)
    yield drain
    for slot in drain.slots:
        drain.close(slot)


Opened = Callable[..., Line]


@pytest.fixture
def opened(drain: Drain) -> Iterator[Opened]:
    """Makes lines of the drain, with SRTP or without."""
    lines: list[Line] = []

    def make(*, secured: bool = True, source: str = "127.0.0.1") -> Line:
        lines.append(Line(drain, source=source))
        drain.secure(lines[-1].slot, CRYPTO if secured else None)
        return lines[-1]

    yield make
    for line in lines:
        line.close()


def closed(drain: Drain, line: Line) -> Stream:
    return drain.close(line.slot)


def sound(seq: int) -> bytes:
    return bytes([seq & 0xFF]) * 160


def test_packets_are_kept_as_they_were_before_srtp(drain: Drain, opened: Opened) -> None:
    line, plain = opened(), opened(secured=False)
    for seq in range(100, 130):
        line.send(protect(rtp(seq, payload=sound(seq))))
        plain.send(rtp(seq, payload=sound(seq)))
    line.sweep()
    plain.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in range(100, 130)]
    assert closed(drain, line).drops == {}


def test_the_count_of_roll_overs_is_kept_across_sweeps(drain: Drain, opened: Opened) -> None:
    line = opened()
    for seq in range(65_500, 65_572):
        line.send(protect(rtp(seq, payload=sound(seq)), roll_over=seq >> 16))
        if seq % 10 == 0:
            line.sweep()
    line.sweep()
    assert [seq for seq, _ in line.kept] == [seq & 0xFFFF for seq in range(65_500, 65_572)]
    drain.secure(line.slot, CRYPTO)  # the same key once more, as a re-INVITE repeats it
    line.send(protect(rtp(65_572, payload=sound(1)), roll_over=1))
    line.sweep()
    assert line.kept[-1] == (65_572 & 0xFFFF, sound(1))


MARKED = replace(
    CRYPTO, marked=((b"\0\1", CRYPTO.key), (b"\0\2", CRYPTO.key[::-1])), lives=(1 << 48,) * 2
)


def test_another_process_goes_on_counting_the_roll_overs() -> None:
    """Neither how often the sequence has rolled over nor its newest number is in its key."""
    one = Opener(CRYPTO, lasting=True)
    order = [(over, seq) for over in (0, 1, 2) for seq in (10, 20_000, 40_000, 65_000)]
    for over, seq in order:
        assert opens(one, protect(packet(seq), roll_over=over))
    other = Opener(CRYPTO, one.counted, lasting=True)
    assert not opens(other, protect(packet(65_000), roll_over=2))  # a second time
    for over, seq in ((2, 65_001), (3, 5), (2, 65_530), (3, 6)):
        assert opens(other, protect(packet(seq), roll_over=over))
    assert other.indexes == {(b"", 9): (3 << 16) + 6}


def packet(seq: int, ssrc: int = 9) -> bytes:
    return struct.pack("!BBHII", 0x80, 8, seq, 0, ssrc) + bytes(20)


def opens(opener: Opener, secured: bytes) -> bool:
    return opener.open_singly(placed(secured), 0, [True]) == 0


def placed(secured: bytes) -> Place:
    place = Place(1, len(secured))
    place.put(np.frombuffer(secured, np.uint8).reshape(1, -1), np.array([len(secured)]))
    return place


Change = Callable[[bytes], bytes]
CHANGES: dict[str, Change] = {
    "none": lambda packet: packet,
    "proof": lambda packet: packet[:-1] + bytes([packet[-1] ^ 1]),
    "sequence": lambda packet: packet[:2] + bytes([packet[2] ^ 1]) + packet[3:],
    "cut": lambda packet: packet[:-3],
    "cut off": lambda packet: packet[:7],
    "report": lambda packet: packet[:1] + b"\xc8" + packet[2:],
    "extended": lambda packet: bytes([packet[0] | 0x10]) + packet[1:],
    "sources": lambda packet: bytes([packet[0] | 0x0F]) + packet[1:],
}
stretches = st.tuples(
    st.one_of(st.integers(65_520, 65_545), st.integers(0, 3 << 16)),
    st.integers(1, 4),
    st.sampled_from([9, 10]),
    st.sampled_from(["none", "none", "none", *sorted(CHANGES)]),
)


@example(order=[(65_530, 4, 9, "none"), (65_535, 3, 9, "none")], life=1 << 48)
@example(order=[(7, 2, 9, "none"), (9, 2, 10, "none"), (11, 2, 9, "none")], life=1 << 48)
@example(order=[(7, 2, 9, "none"), (12, 1, 9, "none"), (8, 1, 9, "none")], life=1 << 48)
@given(order=st.lists(stretches, max_size=6), life=st.sampled_from([3, 1 << 48]))
def test_packets_opened_where_they_lie_are_as_if_opened_each_by_itself(
    order: list[tuple[int, int, int, str]], life: int
) -> None:
    datagrams = [
        CHANGES[change](protect(packet(seq & 0xFFFF, ssrc), roll_over=seq >> 16))
        for first, count, ssrc, change in order
        for seq in range(first, first + count)
    ]
    found = []
    for usual in (Opener.is_usual, lambda opener, count: False):
        table = StreamTable()
        slot = table.add(Stream(0, codecs={8: ("PCMA", 8000)}))
        openers = Openers(table)
        openers.lasting = True
        openers.secure(slot, replace(CRYPTO, lives=(life,)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Opener, "is_usual", usual)
            plain = openers.opened(np.array([slot]), batch(datagrams, 100))
        kept = [row[:size].tobytes() for row, size in zip(plain.rows, plain.length, strict=True)]
        opener = openers.get(slot)
        assert opener is not None and plain.counts.sum() == len(kept)
        found.append((kept, plain.arrival_us.tolist(), opener.counted, table[slot].drops))
    assert found[0] == found[1]


def test_batches_of_any_size_are_opened_after_one_another() -> None:
    table = StreamTable()
    slot = table.add(Stream(0, codecs={8: ("PCMA", 8000)}))
    openers, seq = Openers(table), 0
    openers.secure(slot, CRYPTO)
    for count, size in ((3, 20), (2, 1400), (2100, 160), (1, 160), (5, 1), (0, 0)):
        said = [rtp(seq + one, payload=sound(seq)[:1] * size) for one in range(count)]
        came = batch([protect(one) for one in said], 1472)
        plain = openers.opened(np.array([slot]), came)
        rows = zip(plain.rows, plain.length, strict=True)
        assert [row[:length].tobytes() for row, length in rows] == said
        seq += count


def batch(datagrams: list[bytes], width: int) -> Batch:
    """From one socket and sender."""
    count, whole = len(datagrams), b"".join(one.ljust(width, b"\0") for one in datagrams)
    return Batch(
        np.frombuffer(whole, np.uint8).reshape(count, width),
        np.array([len(one) for one in datagrams], np.int64),
        np.zeros((count, 2), np.uint64),
        np.zeros(count, np.uint16),
        np.arange(count),
        np.array([count]),
    )


def test_each_packet_is_opened_by_the_key_that_it_names(drain: Drain, opened: Opened) -> None:
    line = opened()
    drain.secure(line.slot, MARKED)
    one, two = (replace(CRYPTO, key=key) for _, key in MARKED.marked)
    for seq in range(10, 20):
        line.send(protect(rtp(seq, payload=sound(seq)), one, mark=b"\0\1"))
    for seq in range(20, 30):
        line.send(protect(rtp(seq, payload=sound(seq)), two, mark=b"\0\2"))
    line.send(protect(rtp(30), one, mark=b"\0\3"))  # a key that was not told
    line.send(protect(rtp(31), one, mark=b"\0\2"))  # the mark of another key
    line.send(protect(rtp(32), one))  # no mark
    line.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in range(10, 30)]
    assert closed(drain, line).drops == {Drop.UNPROVEN: 3}


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_marks_stand_where_each_suite_has_them(suite: str) -> None:
    key, mark = bytes(range(SUITES[suite])), b"\1\2\3\4"
    policy = Policy(key, Policy.SSRC_ANY_OUTBOUND, srtp_profile=srtp._PROFILES[suite])
    sender, opener = Session(policy), srtp.Opener(Crypto(1, suite, key, ((mark, key),)))
    behind = {"AES_CM_128_HMAC_SHA1_80": (10, 10), "AES_CM_128_HMAC_SHA1_32": (4, 10)}
    tag, tag_of_report = behind.get(suite, (0, 0))
    said, told = rtp(7, payload=sound(7)), report(7, 1_763_899_200_000_000, 160)
    packet, compound = sender.protect(said), sender.protect_rtcp(told)
    place = placed(packet[: len(packet) - tag] + mark + packet[len(packet) - tag :])
    assert opener.open_singly(place, 0, [True]) == 0
    assert place.rows[0, : place.sizes[0]].tobytes() == said
    cut = len(compound) - tag_of_report
    assert opener.report(compound[:cut] + mark + compound[cut:]) == told
    assert opener.report(compound) == b""


def test_forged_changed_and_repeated_packets_are_dropped_as_unproven(
    drain: Drain, opened: Opened
) -> None:
    line = opened()
    good = [protect(rtp(seq, payload=sound(seq))) for seq in range(10, 16)]
    line.send(*good[:3])
    line.send(rtp(13, payload=sound(13)))  # plain
    line.send(protect(rtp(13, payload=b"\x00" * 160), replace(CRYPTO, key=bytes(30))))
    line.send(good[3][:-1] + bytes([good[3][-1] ^ 1]))
    line.send(good[0], *good[3:])  # the first one once more
    line.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in range(10, 16)]
    assert closed(drain, line).drops == {Drop.UNPROVEN: 4}


def test_a_strangers_copy_does_not_use_up_the_senders_packet(drain: Drain, opened: Opened) -> None:
    line, stranger = opened(), opened(secured=False, source="127.0.0.2")
    packets = [protect(rtp(seq, payload=sound(seq))) for seq in range(6)]
    for packet in packets:
        stranger.sender.sendto(packet, (line.host, line.port))
    line.send(*packets)
    line.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in range(6)]
    assert closed(drain, line).drops == {Drop.WRONG_SOURCE: 6}


def test_another_key_or_none_holds_from_the_next_sweep_on(drain: Drain, opened: Opened) -> None:
    line, other = opened(), replace(CRYPTO, key=bytes(range(30, 60)))
    line.send(*(protect(rtp(seq, payload=sound(seq))) for seq in range(6)))
    line.sweep()
    drain.secure(line.slot, other)
    line.send(*(protect(rtp(seq, payload=sound(seq)), other) for seq in range(6, 9)))
    line.sweep()
    drain.secure(line.slot, None)
    line.send(*(rtp(seq, payload=sound(seq)) for seq in range(9, 12)))
    line.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in range(12)]


def test_n12_reports_come_as_srtcp_with_the_sound_or_on_the_port_beside(opened: Opened) -> None:
    line = opened()
    said = report(7, 1_763_899_200_000_000, 160) + name(7, b"sbc")
    line.send(protect(rtp(1)), protect_report(said), protect(rtp(2)))
    other = replace(CRYPTO, key=bytes(30))
    beside = (line.host, line.port + 1)
    for each in (protect_report(said, index=1), said, protect_report(said, other, 2)):
        line.sender.sendto(each, beside)
    for _ in range(REPORTS_EVERY):
        line.sweep()
    assert [seq for seq, _ in line.kept] == [1, 2]
    assert [len(words) for words in line.drain.table.words(line.slot)] == [2, 2]
    line.send(said)
    line.sweep()
    assert line.drops == {Drop.UNPROVEN: 1}


def test_what_comes_after_a_keys_lifetime_is_dropped_by_its_name(
    drain: Drain, opened: Opened
) -> None:
    """RFC 4568, 6.1; a copy, a forged packet and one of a lost key use up nothing of it."""
    line, other = opened(), replace(CRYPTO, key=CRYPTO.key[::-1])
    keys = ((b"\1", CRYPTO.key), (b"\2", other.key))
    drain.secure(line.slot, replace(CRYPTO, marked=keys, lives=(4, 2)))
    first = protect(rtp(1, payload=sound(1)), mark=b"\1")
    line.send(first, first, first[:-1] + bytes([first[-1] ^ 1]))
    line.send(*(protect(rtp(seq, payload=sound(seq)), mark=b"\1") for seq in range(2, 7)))
    line.send(protect(rtp(7, payload=sound(7)), other, mark=b"\2"))
    line.sweep()
    assert line.kept == [(seq, sound(seq)) for seq in (1, 2, 3, 4, 7)]
    assert closed(drain, line).drops == {Drop.UNPROVEN: 2, Drop.KEY_SPENT: 2}
