"""What lossless recompression of received G.711 would gain, on speech that somebody supplies.

A conversation is made of the recordings in a folder: one speaks, then the other, and whoever
listens is silent or sits in a room. Each lane is A-law codewords, as they are received. What other
ways would gain stands before what settling (docs/store.md) does gain of the whole sealed object.
"""

import argparse
import lzma
import time
import wave
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE, TABLES
from vaiti.audio.likeness import difference
from vaiti.audio.lossy import Voice, batches, encodable, sounding
from vaiti.audio.packed import Packer, read
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane
from vaiti.audio.track import Run, RunHead, Writer, entry_type, read_records
from vaiti.values.opus import KBITS, epochs
from vaiti.vault.sealing import CAPACITY, FIRST_CAPACITY
from vaiti.vault.sealing import SEGMENT as SEALED

Sound = NDArray[np.float64]
Codes = NDArray[np.uint8]
Pack = Callable[[bytes], bytes]

FRAME: Final = 160  # samples in a packet
PAST: Final = 320  # samples from which each frame is foretold
ORDER: Final = 16
LATELY: Final = 24  # samples whose errors say how wide the next one's distribution is
TURN: Final = (3 * RATE, 8 * RATE)  # of one voice, in samples
SEGMENT: Final = 2_000  # codewords of a lane in a sealed segment of today
SWEEP: Final = 25  # packets of a lane each time that the recorder empties its socket
BEGINS: Final = 1_763_899_200_000_000  # in microseconds
FRAMES_AT_ONCE: Final = 1_000
LEVELS: Final[Sound] = TABLES[0].astype(np.float64)
SORTED: Final = np.argsort(LEVELS)
PLACES: Final = np.argsort(SORTED)  # of each codeword among the levels
EDGES: Final[Sound] = (LEVELS[SORTED][1:] + LEVELS[SORTED][:-1]) / 2
STEPS: Final[Sound] = np.concatenate([[-1e9], EDGES, [1e9]])
ROOMS: Final = (
    ("is digitally silent", None),
    ("a quiet room, -65 dB", -65.0),
    ("an office, -50 dB", -50.0),
)


def _xz(text: bytes) -> bytes:
    """Without the container's head and foot: the sealed object has its own."""
    chain: list[dict[str, Any]] = [
        {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20, "lc": 0, "lp": 0, "pb": 0}
    ]
    return lzma.compress(text, format=lzma.FORMAT_RAW, filters=chain)


PACKERS: Final[dict[str, tuple[Pack, int]]] = {
    "zlib seg": (partial(zlib.compress, level=9), SEGMENT),
    "xz seg": (_xz, SEGMENT),
    "xz 4 s": (_xz, 4 * RATE),
    "xz 60 s": (_xz, 60 * RATE),
}
"""Each with the codewords that can be opened by themselves."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench settling", description=__doc__)
    parser.add_argument(
        "--speech", type=Path, required=True, metavar="FOLDER", help="WAV: 8,000 a second, mono"
    )
    parser.add_argument("--minutes", type=int, default=10, help="of conversation; default 10")
    given = parser.parse_args(arguments)
    voices = list(recordings(given.speech))
    if not voices:
        parser.error("the folder has no WAV file of 16 bits, one channel, 8,000 samples a second")
    seconds = sum(map(len, voices)) / RATE
    print(f"{len(voices)} recordings, {seconds / 60:.1f} minutes of speech; what is gained:")
    names = (*PACKERS, "foretold", "settled", "CPU s", "reading", "as came")
    print(f"{'who listens':22} " + " ".join(f"{name:>8}" for name in names))
    for name, decibels in ROOMS:
        codes = conversation(np.concatenate(voices), given.minutes * 60 * RATE, decibels)
        told = " ".join(f"{100 * one:7.1f}%" for one in gains(codes))
        gain, *cost = settled(records(codes.reshape(2, -1, FRAME)))
        spent = " ".join(f"{one / given.minutes:8.3f}" for one in cost)
        print(f"{name:22} {told} {100 * gain:7.1f}% {spent}", flush=True)
        if encodable():
            print("\n".join(opus(codes, given.minutes)), flush=True)
    return 0


def opus(codes: Codes, minutes: int) -> Iterator[str]:
    """Of each bit rate: what a call-minute needs sealed, and the processor's seconds to encode it,
    to hear it, and to hear it as it came; what the comparison says, and how the level differs."""
    lanes, length_us = codes.reshape(2, -1, FRAME), minutes * 60_000_000
    received = [run for one in records(lanes) for run in read_records(one)]
    window = Window(BEGINS, BEGINS + length_us)
    came = [
        Anchor(track, 7 + track, 8, "PCMA", RATE, 0, 0, BEGINS + 7_000 * track) for track in (0, 1)
    ]
    made = [Anchor(**asdict(one)) for one in epochs((0, 1), BEGINS, window.to_us)]
    for kbits in KBITS:
        begun = time.process_time()
        segments = encoded(received, came, window, kbits)
        ends = [time.process_time()]
        runs, heard = [run for one in segments for run in read(one)], []
        for found, anchors in ((runs, made), (received, came)):
            heard.append([_lane(found, anchors, track, window) for track in (0, 1)])
            ends.append(time.process_time())
        told = [difference(*pair) or "alike" for pair in zip(*reversed(heard), strict=True)]
        spent = [(b - a) / minutes for a, b in pairwise([begun, *ends])]
        yield (
            f"  Opus, {2 * kbits} kbit/s: {len(segments) * SEALED / minutes / 1e6:.3f} MB, "
            f"CPU {spent[0]:.2f} s, hearing {spent[1]:.2f} s, as came {spent[2]:.2f} s; "
            f"{', '.join(told)}"
        )


def encoded(
    received: Sequence[Run], anchors: Sequence[Anchor], window: Window, kbits: int
) -> list[bytes]:
    """The bytes in use of each segment."""
    packer, found = Packer(FIRST_CAPACITY, CAPACITY), list[bytes]()
    voices = [Voice(track, kbits, BEGINS) for track in (0, 1)]
    for first, end in batches(window.frames // FRAME):
        span = {"first": first * FRAME, "end": end * FRAME}
        since, until = window.arrivals(**span)
        some = [run for run in received if since <= int(run.arrival_us[0]) < until]
        heard = [sounding(some, anchors, track, window, **span) for track in (0, 1)]
        for at in range(0, end - first, 50):
            for voice, (sound, there) in zip(voices, heard, strict=True):
                run = voice.take(
                    sound[at * FRAME : (at + 50) * FRAME], there[at : at + 50], first + at
                )
                found += packer.add([run] if run else [])
    return [*found, *packer.rest()]


def _lane(
    runs: Sequence[Run], anchors: Sequence[Anchor], track: int, window: Window
) -> NDArray[np.int16]:
    parts = []
    for first, end in batches(window.frames // FRAME):
        span = {"first": first * FRAME, "end": end * FRAME}
        since, until = window.arrivals(**span)
        some = [run for run in runs if since <= int(run.arrival_us[0]) < until]
        parts.append(lane(some, anchors, frozenset({track}), window, **span))
    return np.concatenate(parts)


def records(lanes: Codes) -> list[bytes]:
    """The bytes in use of each segment, as a recorder fills them: every half second each lane's
    packets, which came some hundred microseconds late."""
    rng, writer, found = np.random.default_rng(1), Writer(FIRST_CAPACITY, CAPACITY), list[bytes]()
    for first in range(0, lanes.shape[1], SWEEP):
        for track, voice in enumerate(lanes):
            sound = voice[first : first + SWEEP]
            at = (first + np.arange(len(sound))) * 20_000 + 7_000 * track
            at += np.abs(rng.normal(0, 300, len(at))).astype(np.int64)
            entries = np.zeros(len(sound), entry_type(FRAME))
            entries["seq"] = (first + np.arange(len(sound))) & 0xFFFF
            entries["ts"] = (first + np.arange(len(sound))) * FRAME
            entries["delta"], entries["payload"] = at - at[0], sound
            head = RunHead(track, 8, 7 + track, BEGINS + int(at[0]), FRAME)
            found += writer.add(head.encode(len(sound)), memoryview(entries.tobytes()))
    return [*found, writer.take()]


def settled(plain: Sequence[bytes]) -> tuple[float, float, float, float]:
    """What is gained of the sealed segments, and the processor's seconds to pack, to read that, and
    to read what came in."""
    begun, packer, found = time.process_time(), Packer(FIRST_CAPACITY, CAPACITY), list[bytes]()
    for one in plain:
        found += packer.add(list(read_records(one)))
    found += packer.rest()
    packed = time.process_time()
    count = sum(len(run.seq) for one in found for run in read(one))
    unpacked = time.process_time()
    if count != sum(len(run.seq) for one in plain for run in read(one)):
        raise RuntimeError("packets were lost")
    took = (packed - begun, unpacked - packed, time.process_time() - unpacked)
    return (1 - len(found) / len(plain), *took)


def recordings(folder: Path) -> Iterator[Sound]:
    for path in sorted(folder.rglob("*.wav")):
        try:
            with wave.open(str(path)) as file:
                if file.getparams()[:3] == (1, 2, RATE) and file.getnframes() > RATE:
                    yield np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
        except wave.Error:
            continue  # of another format, such as G.711 itself


def conversation(speech: Sound, length: int, decibels: float | None) -> Codes:
    """Both lanes one after the other, each of `length` samples, in a room of that loudness."""
    rng = np.random.default_rng(7)
    lanes = [np.zeros(length), np.zeros(length)]
    at, taken, who = 0, 0, 0
    while at < length:
        turn = min(int(rng.integers(*TURN)), length - at, len(speech))
        taken = taken if taken + turn <= len(speech) else 0
        lanes[who][at : at + turn] = speech[taken : taken + turn]
        at, taken, who = at + turn, taken + turn, 1 - who
    if decibels is not None:
        loud = 32768 * 10 ** (decibels / 20)
        lanes = [lane + rng.normal(0, loud, length) for lane in lanes]
    return np.concatenate([coded(lane) for lane in lanes])


def coded(sound: Sound) -> Codes:
    """A-law codewords of linear samples."""
    return SORTED[np.searchsorted(EDGES, sound)].astype(np.uint8)


def gains(codes: Codes) -> list[float]:
    """What each packer saves of the codewords, from 0 to 1; last what a good prediction could."""
    sizes = [packed(codes, *each) for each in PACKERS.values()]
    return [1 - one / len(codes) for one in (*sizes, least(codes))]


def packed(codes: Codes, pack: Pack, block: int) -> int:
    """Bytes, where each block can be opened by itself."""
    return sum(
        len(pack(codes[first : first + block].tobytes())) for first in range(0, len(codes), block)
    )


def least(codes: Codes) -> float:
    """Bytes that an arithmetic coder needs which foretells each sample from those before it.

    By a linear prediction from the samples before the frame, and a Laplace distribution as wide as
    the last errors were: a codeword costs as many bits as its step has of that distribution.
    """
    frames = len(codes) // FRAME
    sound = np.concatenate([np.zeros(PAST), LEVELS[codes[: frames * FRAME]]])
    bits = sum(
        _cost(sound, np.arange(first, min(first + FRAMES_AT_ONCE, frames)) * FRAME, codes)
        for first in range(0, frames, FRAMES_AT_ONCE)
    )
    return bits / 8


def _cost(sound: Sound, starts: NDArray[np.int64], codes: Codes) -> float:
    weights, power = _foretelling(sound[starts[:, None] + np.arange(PAST)])
    begun = starts[:, None] + PAST + np.arange(FRAME)
    expected = (sound[begun[..., None] - 1 - np.arange(ORDER)] * weights[:, None]).sum(2)
    wide = _width(np.abs(sound[begun] - expected), np.sqrt(power) / 4)
    at = PLACES[codes[starts[:, None] + np.arange(FRAME)]]
    share = _below((STEPS[at + 1] - expected) / wide) - _below((STEPS[at] - expected) / wide)
    return float(-np.log2(0.998 * share + 0.002 / len(LEVELS)).sum())


def _foretelling(past: Sound) -> tuple[Sound, Sound]:
    """Weights of the last samples for the next, by their autocorrelation, and its power."""
    past = past * np.hanning(2 * PAST)[:PAST]
    lags = np.stack(
        [(past[:, lag:] * past[:, : PAST - lag]).sum(1) for lag in range(ORDER + 1)], axis=1
    )
    lags[:, 0] = lags[:, 0] * 1.0001 + 1.0
    apart = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    return np.linalg.solve(lags[:, apart], lags[:, 1:, None])[..., 0], lags[:, 0] / PAST


def _width(errors: Sound, mean: Sound) -> Sound:
    """Of each sample's distribution, from the errors before it in the frame."""
    wide = np.empty_like(errors)
    for n in range(FRAME):
        wide[:, n] = np.maximum(mean, 2.0)
        mean = mean * (1 - 1 / LATELY) + errors[:, n] / LATELY
    return wide


def _below(x: Sound) -> Sound:
    """The Laplace distribution's share below x."""
    return np.where(x < 0, np.exp(np.minimum(x, 0)) / 2, 1 - np.exp(-np.maximum(x, 0)) / 2)
