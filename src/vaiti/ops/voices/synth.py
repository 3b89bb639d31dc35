"""Babble from a seed: glottal pulses through formants, syllables, words and intonation.

Every pulse adds one grain, a sum of decaying sinusoids at the formants of that moment (formant
wave functions, after Rodet 1984). That needs no recursive filter, so numpy does a minute of
speech in well under a second.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second."""
GRAIN = 200
"""Samples that one glottal pulse rings on."""
BANDWIDTHS = np.array([70.0, 95.0, 130.0, 220.0])
"""Hz, of the four formants."""
LEVELS = np.array([1.0, 0.55, 0.22, 0.08])

VOWELS = np.array(
    [
        [700, 1150, 2500, 3400],  # a
        [420, 1950, 2550, 3450],  # e
        [290, 2200, 2900, 3500],  # i
        [430, 820, 2450, 3300],  # o
        [310, 700, 2400, 3300],  # u
        [300, 1850, 2250, 3300],  # y
        [640, 1650, 2450, 3400],  # ä
        [430, 1450, 2300, 3300],  # ö
    ],
    dtype=np.float64,
)
NASAL = np.array([260.0, 1050.0, 2200.0, 3200.0])

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """`pitch` in Hz; `throat` scales the formants: a short one, above 1, sounds higher."""

    pitch: float
    throat: float
    breath: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a language moves: seconds a syllable, its unevenness, stress, and the shape of pitch."""

    syllable: float
    uneven: float
    stress: float
    fall: float
    accents: int
    favoured: tuple[int, ...]


VOICES = {
    "alto": Voice(pitch=196.0, throat=1.14, breath=0.10),
    "tenor": Voice(pitch=124.0, throat=1.0, breath=0.06),
    "bass": Voice(pitch=92.0, throat=0.93, breath=0.05),
    "soprano": Voice(pitch=228.0, throat=1.18, breath=0.14),
}
RHYTHMS = {
    "fi": Rhythm(0.17, 0.25, 1.15, 0.30, 1, (0, 2, 4, 5, 6, 7)),
    "sv": Rhythm(0.20, 0.45, 1.40, 0.15, 2, (0, 1, 3, 4, 6, 7)),
    "en": Rhythm(0.19, 0.60, 1.30, 0.22, 1, (0, 1, 2, 3, 4)),
}


@dataclass(slots=True)
class Score:
    """Breakpoints of what the mouth does, in seconds; read by interpolation."""

    times: list[float]
    formants: list[NDArray[np.float64]]
    voiced: list[float]
    noise: list[float]
    pitch: list[float]

    def mark(
        self, at: float, shape: NDArray[np.float64], voiced: float, noise: float, pitch: float
    ) -> None:
        self.times.append(at)
        self.formants.append(shape)
        self.voiced.append(voiced)
        self.noise.append(noise)
        self.pitch.append(pitch)


def utterance(voice: Voice, rhythm: Rhythm, seconds: float, rng: np.random.Generator) -> Samples:
    """Babble of this length; peak below 1."""
    score = compose(voice, rhythm, seconds, rng)
    return render(score, voice, round(seconds * RATE), rng)


def compose(voice: Voice, rhythm: Rhythm, seconds: float, rng: np.random.Generator) -> Score:
    score = Score([], [], [], [], [])
    shape = VOWELS[0]
    score.mark(0.0, shape, 0.0, 0.0, voice.pitch)
    at = 0.03
    while at < seconds - 0.25:
        for place in range(int(rng.integers(1, 5))):
            pitch = voice.pitch * melody(rhythm, at, seconds) * (1.06 if place == 0 else 1.0)
            at, shape = syllable(score, rhythm, at, pitch, rng)
            if at > seconds - 0.25:
                break
        at += float(rng.choice([0.03, 0.06, 0.16]))
    score.mark(seconds, shape, 0.0, 0.0, voice.pitch * (1 - rhythm.fall))
    return score


def melody(rhythm: Rhythm, at: float, seconds: float) -> float:
    """The factor on a voice's pitch at this moment of an utterance."""
    return 1 + 0.12 * math.sin(2 * math.pi * rhythm.accents * at / 1.1) - rhythm.fall * at / seconds


def syllable(
    score: Score, rhythm: Rhythm, at: float, pitch: float, rng: np.random.Generator
) -> tuple[float, NDArray[np.float64]]:
    """Adds a consonant and a vowel; answers where the next may begin, and the vowel."""
    stress = float(rng.choice([rhythm.stress, 1.0, 1.0]))
    end = at + rhythm.syllable * stress * float(1 + rhythm.uneven * rng.uniform(-0.5, 0.5))
    vowel = VOWELS[int(rng.choice(rhythm.favoured))]
    onset = consonant(score, at, 0.35 * (end - at), pitch, rng)
    score.mark(onset, vowel * 0.95, 0.7 * stress, 0.0, pitch)
    score.mark(onset + 0.3 * (end - onset), vowel, 0.9 * stress, 0.0, pitch * 1.03)
    score.mark(end - 0.02, vowel, 0.6, 0.0, pitch * 0.97)
    score.mark(end, vowel, 0.05, 0.0, pitch * 0.96)
    return end, vowel


def consonant(
    score: Score, at: float, long: float, pitch: float, rng: np.random.Generator
) -> float:
    """A hiss, a burst or a hum of about `long` seconds; answers where it ends."""
    kind = int(rng.integers(0, 3))
    end = at + long
    if kind == 0:
        score.mark(at + 0.01, NASAL, 0.0, 0.5, pitch)
        score.mark(end - 0.01, NASAL, 0.0, 0.4, pitch)
    elif kind == 1:
        score.mark(end - 0.02, NASAL, 0.0, 0.0, pitch)
        score.mark(end - 0.012, NASAL, 0.0, 0.8, pitch)
    else:
        score.mark(at + 0.01, NASAL, 0.45, 0.0, pitch)
        score.mark(end - 0.01, NASAL, 0.45, 0.0, pitch)
    return end


def render(score: Score, voice: Voice, length: int, rng: np.random.Generator) -> Samples:
    clock = np.arange(length) / RATE
    times = np.array(score.times)
    pitch = np.interp(clock, times, score.pitch) * (1 + 0.008 * rng.standard_normal(length))
    pulses = np.flatnonzero(np.diff(np.floor(np.cumsum(pitch / RATE)), prepend=0.0))
    shapes = np.array(score.formants) * voice.throat
    formants = np.stack([np.interp(clock[pulses], times, shapes[:, k]) for k in range(4)], axis=1)
    strength = np.interp(clock[pulses], times, score.voiced)
    sound = np.zeros(length + GRAIN)
    np.add.at(sound, pulses[:, None] + np.arange(GRAIN), grains(formants) * strength[:, None])
    hiss = np.diff(rng.standard_normal(length), prepend=0.0)
    noise = np.interp(clock, times, score.noise)
    breath = voice.breath * np.interp(clock, times, score.voiced)
    mixed = sound[:length] + hiss * (0.35 * noise + 0.3 * breath)
    return mixed / max(4.0, float(np.abs(mixed).max(initial=0.0)) * 1.2)


def grains(formants: NDArray[np.float64]) -> NDArray[np.float64]:
    """One grain a row for formants in Hz, shape (pulses, 4); answers (pulses, GRAIN)."""
    ring = np.arange(GRAIN) / RATE
    attack = 1 - np.exp(-ring * 1500)
    decay = np.exp(-np.pi * BANDWIDTHS[:, None] * ring) * LEVELS[:, None] * attack
    waves = np.sin(2 * np.pi * formants[:, :, None] * ring)
    return np.asarray((waves * decay).sum(axis=1))
