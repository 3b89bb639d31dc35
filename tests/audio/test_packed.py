"""Packed runs give back every packet as it was received, and are heard the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.streams import START, Packet, delayed, drained, segments, stream
from vaiti.audio.packed import LIMIT, Packer, pack, read
from vaiti.audio.track import Run, TrackError, read_records
from vaiti.audit.received import captured

EXAMPLE = bytes.fromhex(
    "01010800" "00020002" "cafebabe" "00065bfeda25e000"
    "ffff" "000000a0" "00000000" "d555"
    "0000" "00000140" "00004e20" "d5d5"
)  # fmt: skip


def every(found: list[Run]) -> list[tuple[Any, ...]]:
    """Each packet as it was received, in order."""
    return [
        (run.track, run.pt, run.ssrc, int(seq), int(ts), int(at), payload.tobytes())
        for run in found
        for seq, ts, at, payload in zip(run.seq, run.ts, run.arrival_us, run.payload, strict=True)
    ]


def settled(records: list[bytes], first: int = 4040, other: int = 4080) -> list[bytes]:
    packer, found = Packer(first, other), list[bytes]()
    for one in records:
        found += packer.add(list(read_records(one)))
    return [*found, *packer.rest()]


def opened(packed: list[bytes]) -> list[Run]:
    return [run for one in packed for run in read(one)]


def tones(count: int, step: int, seed: int) -> list[bytes]:
    """Sound that can be packed, more or less of it."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0xD5 - step, 0xD6, 160, np.uint8).tobytes() for _ in range(count)]


def two_sides(step: int, delays: list[int]) -> list[Packet]:
    packets = [*stream(tones(80, step, 1)), *stream(tones(80, 200, 2), track=1, ssrc=7, pt=0)]
    return [delayed(one, delays[at % len(delays)]) for at, one in enumerate(packets)]


@given(
    st.integers(0, 200),
    st.lists(st.integers(0, 2_600_000), min_size=5, max_size=20),
    st.sets(st.integers(0, 159)),
    st.sampled_from([(4040, 4080), (200, 1000), (100, 4080)]),
)
@settings(deadline=None, max_examples=10)
def test_every_packet_comes_out_as_it_was_received(
    step: int, delays: list[int], lost: set[int], room: tuple[int, int]
) -> None:
    """Under delays, losses, wraps and rooms in which not even one packet has its place."""
    packets = [one for at, one in enumerate(two_sides(step, delays)) if at not in lost]
    packets += [replace(packets[0], payload=b"", arrival_us=START + 9_000_000)]
    records = segments(drained(packets))
    was = [run for one in records for run in read_records(one)]
    packed = settled(records, *room)
    assert every(opened(packed)) == every(was)
    assert all(len(one) <= size - 2 for one, size in zip(packed, (room[0], *[room[1]] * 999)))  # noqa: B905
    # a stranger's reader, which shares no line with ours, has the same packets
    seen = b"".join(captured(one).data for one in packed)
    assert seen == b"".join(captured(one).data for one in records)


def test_silence_needs_little_and_no_segment_holds_more_than_two_seconds() -> None:
    packets = drained([*stream([b"\xd5" * 160] * 250), *stream([b"\xd5" * 160] * 250, track=1)])
    records = segments(packets)
    packed = settled(records)
    assert 5 * len(packed) < len(records)
    for one in packed[:-1]:
        runs = list(read(one))
        assert sum(run.payload.size for run in runs) < LIMIT
        assert int(runs[-1].arrival_us[-1]) - int(runs[0].arrival_us[0]) < 2_500_000


def test_the_example_of_the_page() -> None:
    packed = pack(list(read_records(EXAMPLE)))
    assert every(list(read(packed))) == every(list(read_records(EXAMPLE)))


def test_what_is_cut_off_or_no_stream_is_refused() -> None:
    packed = pack(list(read_records(EXAMPLE)))
    for wrong in (packed[:-1], packed + b"\x00", b"\x02", b"\x02\xff", b"\x03" + packed[1:]):
        with pytest.raises(TrackError):
            list(read(wrong))
    [run] = read_records(EXAMPLE)
    with pytest.raises(ValueError, match="more than one segment"):
        pack([run] * 2_000)
