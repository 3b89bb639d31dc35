"""The columns decide as the stream does: any traffic, cut into any batches, gives the same."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.audio.track import read_records
from vaiti.capture.rtp import table as table_module
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.stream import Packet, Stream, host_of
from vaiti.capture.rtp.table import Kept, StreamTable

T0 = 1_790_000_000_000_000
PEER, STRANGER = host_of("192.0.2.7"), host_of("2001:db8::7")
STREAMS = 3
ROW = 64

Sent = tuple[int, bool, Packet]
"""Stream, whether a stranger sent it, packet."""


@st.composite
def traffic(draw: st.DrawFn) -> list[Sent]:
    """Mostly streams in order, with everything that may happen to them in between."""
    sent: list[Sent] = []
    seqs = [draw(st.integers(0, 0xFFFF)) for _ in range(STREAMS)]
    events = draw(
        st.lists(
            st.tuples(
                st.integers(0, STREAMS - 1),
                st.sampled_from(["next"] * 12 + ["gap", "again", "ssrc", "pt", "event", "jump"]),
            ),
            max_size=80,
        )
    )
    other = [0] * STREAMS
    for number, (which, event) in enumerate(events):
        ssrc, pt, step = 100 + which + other[which], 8, 1
        if event == "gap":
            step = 5
        elif event == "again":
            step = 0
        elif event == "jump":
            step = 9_000
        elif event == "ssrc":
            other[which] ^= 1
        elif event == "pt":
            pt = 0
        elif event == "event":
            pt = 101
        seqs[which] = (seqs[which] + step) & 0xFFFF
        length = 20 if draw(st.booleans()) else 10 + which
        payload = bytes([number & 0xFF]) * length
        arrival = T0 + number * 1000 - (50_000 if event == "again" else 0)
        packet = Packet(pt, ssrc, seqs[which], number, arrival, 4000, payload)
        sent.append((which, event == "jump" and number % 2 == 0, packet))
    return sent


def a_stream(track: int) -> Stream:
    stream = Stream(track, from_us=T0 - 45_000)
    codecs = {8: ("PCMA", 8000), 0: ("PCMU", 8000)}
    stream.expect(PEER, codecs, {101: "telephone-event"}, True)
    if track == 2:
        stream.until_us = T0 + 60_000
    return stream


def decided_one_by_one(sent: list[Sent]) -> tuple[list[list[Packet]], list[Counter[Drop]]]:
    streams = [a_stream(track) for track in range(STREAMS)]
    kept: list[list[Packet]] = [[] for _ in streams]
    for which, strange, packet in sent:
        stream = streams[which]
        reason = stream.refuses(STRANGER if strange else PEER, packet.arrival_us)
        if reason:
            stream.drop(reason)
        else:
            kept[which] += stream.take(packet)
    return kept, [stream.drops for stream in streams]


def as_batch(sent: list[Sent]) -> Batch:
    by_stream = [[each for each in sent if each[0] == which] for which in range(STREAMS)]
    ordered = [each for some in by_stream for each in some]
    rows = np.zeros((len(ordered), ROW), np.uint8)
    for row, (_, _, packet) in zip(rows, ordered, strict=True):
        head = bytes((0x80, packet.pt)) + packet.seq.to_bytes(2, "big")
        data = head + packet.ts.to_bytes(4, "big") + packet.ssrc.to_bytes(4, "big")
        data += packet.payload
        row[: len(data)] = np.frombuffer(data, np.uint8)
    return Batch(
        rows,
        np.array([12 + len(packet.payload) for _, _, packet in ordered], np.int64),
        np.array([STRANGER if strange else PEER for _, strange, _ in ordered], np.uint64).reshape(
            -1, 2
        ),
        np.array([packet.port for _, _, packet in ordered], np.uint16),
        np.array([packet.arrival_us for _, _, packet in ordered], np.int64),
        np.array([len(some) for some in by_stream], np.int64),
    )


def packets_of(kept: Kept) -> list[tuple[int, Packet]]:
    found = []
    for slot, head, entries, last_us in zip(*kept[:4], strict=True):
        for run in read_records(head + entries):
            assert max(run.arrival_us) == last_us
            for seq, ts, arrival, payload in zip(
                run.seq, run.ts, run.arrival_us, run.payload, strict=True
            ):
                packet = Packet(
                    run.pt, run.ssrc, int(seq), int(ts), int(arrival), 4000, payload.tobytes()
                )
                found.append((slot, packet))
    return found


@settings(max_examples=100)
@given(
    sent=traffic(),
    cuts=st.lists(st.integers(0, 80), max_size=8),
    several=st.sampled_from([1, table_module.SEVERAL]),
)
def test_batches_decide_as_single_packets_do(
    sent: list[Sent], cuts: list[int], several: int
) -> None:
    table = StreamTable()
    slots = np.array([table.add(a_stream(track)) for track in range(STREAMS)], np.int64)
    kept: dict[int, list[Packet]] = {int(slot): [] for slot in slots}
    edges = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_module, "SEVERAL", several)
        for low, high in pairwise(edges):
            for runs in table.accept(slots, as_batch(sent[low:high])):
                for slot, packet in packets_of(runs):
                    kept[slot].append(packet)
    expected, drops = decided_one_by_one(sent)
    assert [kept[int(slot)] for slot in slots] == expected
    for slot, some, dropped in zip(slots.tolist(), expected, drops, strict=True):
        assert table[slot].drops == dropped
        assert table.packets(slot) == len(some)
        assert table.last_us(slot) == (some[-1].arrival_us if some else 0)


def test_slots_are_used_again_and_begin_empty() -> None:
    table = StreamTable()
    first = [table.add(a_stream(0)) for _ in range(300)]
    assert len(set(first)) == 300
    table.remove(first[17])
    again = table.add(a_stream(1))
    assert again == first[17]
    assert (table.packets(again), table.last_us(again)) == (0, 0)
