"""Takes the sound out of a stretch of received packets, and leaves everything else as it is. Pure.

A packet's place depends on its head and its arrival, and those stay: so what is heard outside the
stretch is the same to the last sample. Inside it the payloads hold silence, whether or not they
were the ones that a listener would have heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE
from vaiti.audio.placing import Anchor, Placed, place
from vaiti.audio.render import Window
from vaiti.audio.track import ENTRY_HEAD, HEAD, Run, entry_type, read_records

SILENCE: Final = {"PCMA": 0xD5, "PCMU": 0xFF}  # the quietest code of each
NOTHING: Final = 0  # for another codec, and for a packet that is left out: nothing is decoded of it
LONGEST: Final = RATE * 120 // 1000  # samples that a packet of any codec holds at most
_ID: Final = np.dtype([("run", ">u4"), ("entry", ">u4")])

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Passage:
    """Frames `first` to `end` (exclusive) of `window`, on `tracks`."""

    window: Window
    first: int
    end: int
    tracks: frozenset[int]

    @property
    def arrivals(self) -> tuple[int, int]:
        """From when until when packets arrive that may sound in it: microseconds, whole blocks."""
        return self.window.arrivals(self.first, self.end)


def touches(records: bytes, passage: Passage) -> bool:
    """Whether a segment's records hold a packet that may sound in the passage."""
    since, until = passage.arrivals
    return any(
        bool(((run.arrival_us >= since) & (run.arrival_us < until)).any())
        for run in read_records(records)
    )


def blanked(segments: Sequence[bytes], anchors: Sequence[Anchor], passage: Passage) -> list[bytes]:
    """The records of all segments that the passage touches, as long as before, without its sound.

    Raises TrackError for what are no records.
    """
    texts = [bytearray(one) for one in segments]
    runs = [(at, run) for at, text in enumerate(segments) for run in read_records(text)]
    codes = _codes([run for _, run in runs], anchors, passage)
    offsets = [0] * len(texts)
    for (at, run), code in zip(runs, codes, strict=True):
        count, length = run.payload.shape
        begin = offsets[at] + HEAD.itemsize
        offsets[at] = begin + count * (ENTRY_HEAD + length)
        entries = np.frombuffer(texts[at], entry_type(length), count, begin)
        wanted = code >= 0
        entries["payload"][wanted] = code[wanted].astype(np.uint8)
    return [bytes(text) for text in texts]


def _codes(
    runs: Sequence[Run], anchors: Sequence[Anchor], passage: Passage
) -> list[NDArray[np.int16]]:
    """For each run int16[n, length]: what a byte becomes, or -1 where it stays."""
    since, until = passage.arrivals
    codes = [_all_near(run, since, until, passage.tracks) for run in runs]
    for track in sorted(passage.tracks):
        known = [anchor for anchor in anchors if anchor.track == track]
        marked = [_with_id(run, at) for at, run in enumerate(runs) if run.track == track]
        for stream in place(marked, known, since, until):
            _place_codes(stream, codes, passage)
    return codes


def _all_near(run: Run, since: int, until: int, tracks: frozenset[int]) -> NDArray[np.int16]:
    """Everything that arrived then goes, unless it is found to have a place."""
    codes = np.full(run.payload.shape, -1, np.int16)
    if run.track in tracks:
        codes[(run.arrival_us >= since) & (run.arrival_us < until)] = NOTHING
    return codes


def _with_id(run: Run, at: int) -> Run:
    """The same packets, with which one each is in place of its sound."""
    ids = np.zeros(len(run.seq), _ID)
    ids["run"], ids["entry"] = at, np.arange(len(run.seq))
    payload = ids.view(np.uint8).reshape(len(run.seq), _ID.itemsize)
    return Run(run.track, run.pt, run.ssrc, run.seq, run.ts, run.arrival_us, payload)


def _place_codes(stream: Placed, codes: list[NDArray[np.int16]], passage: Passage) -> None:
    """What has a place loses the bytes that stand in the passage, and no others.

    Of a codec that is no table a whole packet goes if it may sound there, as nothing at all.
    """
    silence = SILENCE.get(stream.codec)
    ids = np.ascontiguousarray(stream.payload).view(_ID).reshape(-1)
    frames = (stream.start_us - passage.window.from_us) * RATE // 1_000_000
    for (run, entry), frame in zip(ids.tolist(), frames.tolist(), strict=True):
        length = codes[run].shape[1]
        if silence is None:
            touched = frame < passage.end and frame + LONGEST > passage.first
            codes[run][entry] = NOTHING if touched else -1
            continue
        begin = min(max(passage.first - frame, 0), length)
        end = min(max(passage.end - frame, 0), length)
        codes[run][entry] = -1
        codes[run][entry, begin:end] = silence
