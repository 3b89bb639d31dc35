"""One call's recording without a process: what a late end cuts off, and what it leaves."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.audio.track import RunHead, entry_type, read_records
from vaiti.capture.orders import Intake
from vaiti.capture.recorder.recording import MAX_TAIL, UNCUT_TAIL, Recording
from vaiti.values.ids import CallId, new_call_id
from vaiti.vault.journal import MAGIC, Kind, parse_opening, parse_segment, scan
from vaiti.vault.manifest import Manifest, Track, decode
from vaiti.vault.opening import Opener
from vaiti.vault.wrapping import new_intake_key, open_key, open_manifest

T0 = 1_790_000_000_000_000
AGENT, CUSTOMER = 0, 1
SWEEP = 10  # packets of 20 ms


def facts(call_id: CallId, ended_us: int, state: str = "complete") -> Manifest:
    return Manifest(
        call_id=call_id,
        recorder="recorder-1",
        peer="pbx",
        direction="in",
        line="+358207100000",
        customer="+358401234***",
        started_us=T0,
        ended_us=ended_us,
        ended_by="silence",
        state=state,
        tracks=(Track(0, "1", "agent"), Track(1, "2", "customer")),
    )


class Call:
    """A recording, the journal records it gave, and the key to open them."""

    def __init__(self, folder: Path) -> None:
        self.private, public = new_intake_key()
        self.id = new_call_id()
        self.path = folder / f"{self.id}.vj"
        self.recording = Recording(self.id, Intake("2026-11-24", public))
        self.parts: list[bytes] = [MAGIC, *self.recording.open(facts(self.id, T0, "draft"))]

    def hear(self, track: int, sweep: int) -> None:
        """What one sweep brings of a track."""
        first_us = T0 + sweep * SWEEP * 20_000 + track * 3_000
        entries = np.zeros(SWEEP, entry_type(160))
        entries["seq"] = range(sweep * SWEEP, (sweep + 1) * SWEEP)
        entries["delta"] = np.arange(SWEEP) * 20_000
        head = RunHead(track, 8, 7 + track, first_us, 160).encode(SWEEP)
        last_us = first_us + (SWEEP - 1) * 20_000
        data = entries.view(np.uint8).data
        self.parts += self.recording.write(head, data, last_us)

    def end(self, ended_us: int, packets: int) -> tuple[Manifest, list[tuple[int, int, int]]]:
        """The manifest, and track, sequence number and arrival of every packet in the object."""
        self.parts += self.recording.finish(facts(self.id, ended_us), (), packets, Counter())
        self.path.write_bytes(b"".join(self.parts))
        segments: dict[int, bytes] = {}
        for record in scan(self.path):
            if record.kind == Kind.OPEN:
                opening = parse_opening(record.body)
                key = open_key(self.private, self.id, opening.wrapped)
            elif record.kind in (Kind.SEGMENT, Kind.LAST):
                index, sealed = parse_segment(record.body)
                segments[index] = sealed
            elif record.kind == Kind.MANIFEST:
                manifest = decode(open_manifest(self.private, self.id, record.body))
        opener = Opener(key, self.id, opening.header, True, manifest.segments)
        return manifest, list(found(opener.plaintext(i, segments[i]) for i in range(opener.count)))


def found(segments: Iterable[bytes]) -> Iterable[tuple[int, int, int]]:
    for segment in segments:
        for run in read_records(segment):
            for seq, arrival in zip(run.seq, run.arrival_us, strict=True):
                yield run.track, int(seq), int(arrival)


@settings(max_examples=40, deadline=None)
@given(together=st.integers(0, 8), alone=st.integers(0, 40))
def test_n22_a_late_end_keeps_all_until_it_and_at_most_a_sweep_of_another_stream(
    tmp_path_factory: pytest.TempPathFactory, together: int, alone: int
) -> None:
    call = Call(tmp_path_factory.mktemp("call"))
    for sweep in range(together + 1):
        call.hear(AGENT, sweep)
        call.hear(CUSTOMER, sweep)
    for sweep in range(together + 1, together + 1 + alone):
        call.hear(AGENT, sweep)
    ended_us = T0 + (together * SWEEP + SWEEP - 1) * 20_000 + 3_000
    sent = (2 * (together + 1) + alone) * SWEEP
    manifest, packets = call.end(ended_us, sent)
    customer = [seq for track, seq, _ in packets if track == CUSTOMER]
    agent = [seq for track, seq, _ in packets if track == AGENT]
    assert customer == list(range((together + 1) * SWEEP))
    assert agent[: len(customer)] == customer
    assert max(arrival for *_, arrival in packets) <= ended_us + 200_000
    assert manifest.packets == len(packets)
    assert manifest.drops.get("after_end", 0) == sent - len(packets)
    assert manifest.warnings == ()


def test_a_silence_longer_than_what_is_kept_in_clear_is_told(tmp_path: Path) -> None:
    call = Call(tmp_path)
    call.hear(CUSTOMER, 0)
    for sweep in range(MAX_TAIL * 3):
        call.hear(AGENT, sweep)
    manifest, packets = call.end(T0 + 200_000, (1 + MAX_TAIL * 3) * SWEEP)
    assert manifest.warnings == (UNCUT_TAIL,)
    assert manifest.packets == len(packets)
