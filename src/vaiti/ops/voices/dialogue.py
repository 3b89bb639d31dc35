"""Two babbling voices that take turns, as two tracks of 16-bit samples at 8,000 a second."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vaiti.ops.voices.synth import RATE, RHYTHMS, VOICES, Rhythm, Samples, Voice, utterance

Pcm = NDArray[np.int16]
FLOOR = 6
"""Amplitude of the line's own noise, of 32,768: a telephone line is never quite silent."""
LOUDNESS = 32000


@dataclass(frozen=True, slots=True)
class Dialogue:
    agent: Pcm
    customer: Pcm


def dialogue(
    seed: int,
    seconds: float,
    language: str,
    *,
    agent: str = "alto",
    customer: str = "tenor",
    second_agent: str = "bass",
    transfer_at: float | None = None,
) -> Dialogue:
    """The agent greets, then they take turns. From `transfer_at` another agent's voice speaks.

    `language` is a key of RHYTHMS, the voices are keys of VOICES; the same arguments give the
    same samples.
    """
    rng = np.random.default_rng(seed)
    rhythm = RHYTHMS[language]
    length = round(seconds * RATE)
    lanes = (line_noise(length, rng), line_noise(length, rng))
    at, turn = 0.2, 0
    while at < seconds - 1.0:
        spoken = min(float(rng.uniform(1.2, 3.2)), seconds - at - 0.3)
        speaking = second_agent if transfer_at is not None and at >= transfer_at else agent
        voice = VOICES[speaking if turn == 0 else customer]
        add(lanes[turn], at, utterance(voice, rhythm, spoken, rng))
        if spoken > 2.2:
            listener = VOICES[customer if turn == 0 else speaking]
            nod(lanes[1 - turn], at + 0.6 * spoken, listener, rhythm, rng)
        at += spoken + float(rng.uniform(0.15, 0.55))
        turn = 1 - turn
    return Dialogue(*(lane.clip(-32768, 32767).astype(np.int16) for lane in lanes))


def line_noise(length: int, rng: np.random.Generator) -> Samples:
    return rng.uniform(-FLOOR, FLOOR, length)


def add(lane: Samples, at: float, sound: Samples) -> None:
    start = round(at * RATE)
    room = lane[start : start + len(sound)]
    room += sound[: len(room)] * LOUDNESS


def nod(lane: Samples, at: float, voice: Voice, rhythm: Rhythm, rng: np.random.Generator) -> None:
    """A short sound of assent while the other speaks."""
    add(lane, at, utterance(voice, rhythm, 0.35, rng) * 0.5)
