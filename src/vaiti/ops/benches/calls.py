"""Sealed calls with sound for benchmarks, made faster than in real time.

The recorder's own parts seal and journal them, and intake takes them in from there.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from vaiti.audio.track import RunHead, entry_type
from vaiti.capture.orders import Intake
from vaiti.capture.recorder.recording import Recording
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.people import SERVICE_LINE
from vaiti.ops.settings import Settings
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, new_call_id
from vaiti.values.streams import Epoch
from vaiti.vault.journal import JournalWriter
from vaiti.vault.manifest import AgentLeg, Manifest, Track
from vaiti.vault.store import FolderStore

PACKET_US: Final = 20_000
PAYLOAD: Final = 160  # bytes: 20 ms of G.711
A_RUN: Final = 25  # packets: what one sweep finds in a socket
A_LAW: Final = 8
STREAMS: Final = ((0, "1", "customer"), (1, "2", "agent"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call of `seconds` at `device` that ended `ago` seconds before now."""

    device: str
    seconds: int
    ago: int = 0
    direction: str = "in"


def journal_calls(
    settings: Settings, wanted: Sequence[Wanted], now: datetime, journal: Path | None = None
) -> list[CallId]:
    """Leaves these calls in a journal, finished, in this order: the settings' own, if none is
    named. The key process must run."""
    from vaiti.ops.demo.filling.crowd import stand_since

    longest = max(one.seconds + one.ago for one in wanted)
    stand_since(now - timedelta(seconds=longest) - timedelta(hours=1))
    intake, made = todays_intake(settings), []
    with JournalWriter(journal or settings.journal) as writer:
        for one in wanted:
            made.append(new_call_id())
            _seal(writer, made[-1], intake, one, now)
    return made


def todays_intake(settings: Settings) -> Intake:
    """What calls are sealed to. The key process must run."""
    from vaiti.ops.key_client import working_client

    known = working_client(settings).describe()
    return Intake(known.intake_day.isoformat(), known.intake_public)


@contextmanager
def ending(
    settings: Settings, intake: Intake, wanted: Wanted, a_second: float
) -> Iterator[list[CallId]]:
    """So many calls a second end from now on, and are in the journal; which so far."""
    made: list[CallId] = []
    over = threading.Event()

    def go_on() -> None:
        with JournalWriter(settings.journal) as writer:
            while a_second and not over.wait(1 / a_second):
                made.append(new_call_id())
                _seal(writer, made[-1], intake, wanted, machine_clock())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield made
    finally:
        over.set()
        thread.join()


def make_calls(settings: Settings, wanted: Sequence[Wanted], now: datetime) -> list[CallId]:
    """Enters these calls. The key process must be running. Raises BenchError."""
    from vaiti.ops.key_client import working_client
    from vaiti.register.arrivals import Intake as TakingIn
    from vaiti.vault.gathering import Gatherer

    made, keys = journal_calls(settings, wanted, now), working_client(settings)
    taking_in = TakingIn(keys, FolderStore(settings.store_folder), Gatherer(settings.journal))
    entered = 0
    while outcomes := taking_in.step(now):
        entered += sum(outcome.what == "entered" for outcome in outcomes)
    if entered < len(made):
        raise BenchError(f"of {len(made)} calls only {entered} could be taken in")
    return made


def _seal(
    journal: JournalWriter, call_id: CallId, intake: Intake, wanted: Wanted, now: datetime
) -> None:
    ended_us = to_micros(now) - wanted.ago * 1_000_000
    started_us = ended_us - wanted.seconds * 1_000_000
    facts = Manifest(
        call_id=call_id,
        recorder="bench",
        peer="test-phone",
        direction=wanted.direction,
        line=SERVICE_LINE,
        customer="+358401234***",
        started_us=started_us,
        ended_us=ended_us,
        ended_by="bye",
        state="draft",
        legs=(AgentLeg(wanted.device, started_us, ended_us),),
        tracks=tuple(Track(*stream) for stream in STREAMS),
    )
    recording = Recording(call_id, intake)
    journal.append(recording.open(facts))
    packets = wanted.seconds * 50
    _speak(journal, recording, packets, started_us)
    epochs = [
        Epoch(track, track + 1, A_LAW, "PCMA", 8000, 0, 0, started_us) for track, _, _ in STREAMS
    ]
    journal.append(recording.finish(facts, epochs, 2 * packets, Counter()))


def _speak(journal: JournalWriter, recording: Recording, packets: int, started_us: int) -> None:
    sound = np.frombuffer(np.random.default_rng(1).bytes(PAYLOAD * A_RUN), np.uint8)
    for first in range(0, packets, A_RUN):
        count = min(A_RUN, packets - first)
        base_us = started_us + first * PACKET_US
        for track, _, _ in STREAMS:
            entries = np.zeros(count, entry_type(PAYLOAD))
            numbers = np.arange(first, first + count)
            entries["seq"] = numbers & 0xFFFF
            entries["ts"] = numbers * PAYLOAD
            entries["delta"] = np.arange(count) * PACKET_US
            entries["payload"] = sound.reshape(A_RUN, PAYLOAD)[:count]
            head = RunHead(track, A_LAW, track + 1, base_us, PAYLOAD).encode(count)
            last_us = base_us + (count - 1) * PACKET_US
            journal.append(recording.write(head, memoryview(entries.tobytes()), last_us))
        journal.append(recording.flush(base_us + A_RUN * PACKET_US))
