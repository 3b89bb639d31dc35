"""Senders' reports: what is read of them, and that nothing else than an error comes of others."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtp.reports import UNIX, farewell, name, report
from vaiti.capture.rtp.rtcp import Farewell, Name, RtcpError, SenderReport, parse

SENT_US = 1_763_899_200_123_456


def test_n12_a_compound_of_report_name_and_farewell_is_read() -> None:
    block = struct.pack(">IIIIII", 9, 0, 0, 0, 0, 0)  # what the sender hears of somebody else
    wide = bytearray(report(7, SENT_US, 99) + block)
    wide[0:4] = struct.pack(">BBH", 0x81, 200, 12)
    extended = struct.pack(">BBHI", 0x80, 207, 1, 7)
    words = parse(bytes(wide) + name(7, b"sbc@10.0.0.5") + extended + farewell(7, 8))
    sent_us = SENT_US + UNIX * 1_000_000
    told, *others = words
    assert isinstance(told, SenderReport)
    assert (told.ssrc, told.ts) == (7, 99)
    assert abs(told.sent_us - sent_us) <= 1
    assert others == [Name(7, b"sbc@10.0.0.5"), Farewell(7), Farewell(8)]


def test_a_sender_without_a_wall_clock_has_told_nothing() -> None:
    assert parse(report(7, -UNIX * 1_000_000, 5)) == []


def test_padding_is_cut_off_the_last_packet() -> None:
    padded = bytearray(name(7, b"ab") + bytes(3) + b"\4")
    padded[0] |= 0x20
    padded[3] += 1
    assert parse(bytes(padded)) == [Name(7, b"ab")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\x40" + report(7, SENT_US, 1)[1:],
        report(7, SENT_US, 1)[:-1],
        struct.pack(">BBHI", 0x80, 200, 1, 7),
        struct.pack(">BBHIBB2s", 0x81, 202, 2, 7, 1, 200, b"ab"),
        struct.pack(">BBH", 0x81, 202, 0),
        struct.pack(">BBHI", 0x9F, 203, 1, 7),
        struct.pack(">BBHII", 0x80, 8, 2, 160, 7),
    ],
)
def test_what_is_no_report_is_an_error(data: bytes) -> None:
    with pytest.raises(RtcpError):
        parse(data)


whole = st.lists(
    st.one_of(
        st.builds(report, st.integers(0, 2**32 - 1), st.integers(0, 2**51), st.integers(0, 2**32)),
        st.builds(name, st.integers(0, 2**32 - 1), st.binary(max_size=60)),
        st.builds(farewell, st.integers(0, 2**32 - 1)),
    ),
    min_size=1,
    max_size=5,
).map(b"".join)


@given(whole, st.data())
def test_fuzzed_reports_are_read_or_refused_and_nothing_else(
    data: bytes, draw: st.DataObject
) -> None:
    parse(data)
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        changed[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    cut = bytes(changed[: draw.draw(st.integers(0, len(data)))])
    for each in (bytes(changed), cut, draw.draw(st.binary(max_size=200))):
        try:
            parse(each)
        except RtcpError as error:
            assert str(error)
