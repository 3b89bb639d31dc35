"""Track records: everything that went in comes out, whatever the segments' borders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.audio.track import (
    ENTRY_HEAD,
    HEAD,
    Run,
    RunHead,
    TrackError,
    Writer,
    as_plaintext,
    cut_after,
    entry_type,
    read_records,
)

Packet = tuple[int, int, int, int, int, int, bytes]
"""Track, payload type, SSRC, sequence number, timestamp, arrival, payload."""

T0 = 1_790_000_000_000_000


def entries_of(packets: list[Packet], base_us: int) -> memoryview:
    length = len(packets[0][6])
    entries = np.zeros(len(packets), entry_type(length))
    for entry, packet in zip(entries, packets, strict=True):
        entry["seq"], entry["ts"], entry["delta"] = packet[3], packet[4], packet[5] - base_us
        entry["payload"] = np.frombuffer(packet[6], np.uint8)
    return memoryview(entries.tobytes())


def write(writer: Writer, packets: list[Packet]) -> list[bytes]:
    track, pt, ssrc, _, _, base_us, payload = packets[0]
    head = RunHead(track, pt, ssrc, base_us, len(payload)).encode(len(packets))
    return writer.add(head, entries_of(packets, base_us))


def packets_of(run: Run) -> list[Packet]:
    columns = zip(run.seq, run.ts, run.arrival_us, run.payload, strict=True)
    return [
        (run.track, run.pt, run.ssrc, int(seq), int(ts), int(arrival), payload.tobytes())
        for seq, ts, arrival, payload in columns
    ]


runs = st.builds(
    lambda track, pt, ssrc, seq, length, count, arrival: [
        (
            track,
            pt,
            ssrc,
            (seq + i) & 0xFFFF,
            (seq * 7 + i * length) & 0xFFFFFFFF,
            T0 + arrival + i * 20_000,
            bytes([i & 0xFF]) * length,
        )
        for i in range(count)
    ],
    st.integers(0, 255),
    st.integers(0, 127),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFF),
    st.integers(0, 700),
    st.integers(1, 40),
    st.integers(0, 10**9),
)


@settings(max_examples=60)
@given(batches=st.lists(runs, min_size=1, max_size=12))
def test_n17_every_packet_comes_back_in_order_and_no_segment_is_overfull(
    batches: list[list[Packet]],
) -> None:
    writer = Writer(4040, 4080)
    segments = [segment for batch in batches for segment in write(writer, batch)]
    segments.append(writer.take())
    for index, segment in enumerate(segments):
        assert len(as_plaintext(segment)) <= (4080 if index else 4040)
    read = [p for s in segments for run in read_records(s) for p in packets_of(run)]
    assert read == [packet for batch in batches for packet in batch]


@settings(max_examples=30)
@given(batches=st.lists(runs, min_size=1, max_size=8))
def test_what_is_to_be_sealed_is_the_same_records_padded(batches: list[list[Packet]]) -> None:
    plain, padded = Writer(4040, 4080), Writer(4040, 4080, padded=True)
    records = [segment for batch in batches for segment in write(plain, batch)]
    texts = [segment for batch in batches for segment in write(padded, batch)]
    sizes = [4080 if index else 4040 for index in range(len(records))]
    assert texts == list(map(as_plaintext, records, sizes))
    assert padded.take() == plain.take()


def test_a_started_segment_says_since_when_it_waits() -> None:
    writer = Writer(4040, 4080)
    assert writer.since_us is None
    write(writer, [(0, 8, 1, 1, 160, T0 + 5, bytes(160))])
    write(writer, [(1, 8, 1, 1, 160, T0 + 9, bytes(160))])
    assert writer.since_us == T0 + 5
    writer.take()
    assert writer.since_us is None
    assert writer.take() == b""


def test_a_payload_larger_than_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than a segment"):
        write(Writer(4040, 4080), [(0, 8, 1, 1, 1, T0, bytes(4070))])


@settings(max_examples=60)
@given(batch=runs, after=st.integers(-30_000, 900_000))
def test_n22_a_cut_keeps_what_arrived_until_the_end_and_nothing_later(
    batch: list[Packet], after: int
) -> None:
    writer = Writer(60_000, 60_000)
    write(writer, batch)
    last_us = batch[0][5] + after
    kept = [p for run in read_records(cut_after(writer.take(), last_us)) for p in packets_of(run)]
    assert kept == [packet for packet in batch if packet[5] <= last_us]


@settings(max_examples=100)
@given(junk=st.binary(max_size=200))
def test_any_bytes_are_read_or_raise_the_one_error(junk: bytes) -> None:
    for data in (junk, b"\x01" + junk):
        try:
            list(read_records(data))
        except TrackError:
            continue


def test_a_cut_off_run_is_refused() -> None:
    whole = RunHead(0, 8, 1, T0, 160).encode(2) + bytes(2 * (ENTRY_HEAD + 160))
    assert len(list(read_records(whole))) == 1
    for cut in (1, HEAD.itemsize, HEAD.itemsize + 1, len(whole) - 1):
        with pytest.raises(TrackError):
            list(read_records(whole[:cut]))


def test_the_bytes_are_those_of_the_document() -> None:
    """The vector of docs/track.md."""
    writer = Writer(4040, 4080)
    write(
        writer,
        [
            (1, 8, 0xCAFEBABE, 0xFFFF, 160, T0, b"\xd5\x55"),
            (1, 8, 0xCAFEBABE, 0, 320, T0 + 20_000, b"\xd5\xd5"),
        ],
    )
    assert as_plaintext(writer.take()).hex() == (
        "002c"
        "0101080000020002cafebabe00065bfeda25e000"
        "ffff000000a000000000d555"
        "0000000001400000" + "4e20d5d5"
    )
