"""The voices: the same from the same seed, two lanes that take turns, no two voices alike."""

import numpy as np

from vaiti.ops.voices.dialogue import dialogue
from vaiti.ops.voices.synth import RATE, RHYTHMS, VOICES, utterance


def loudness(lane: np.ndarray[tuple[int], np.dtype[np.int16]]) -> np.ndarray:  # type: ignore[type-arg]
    """Root mean square of each 100 ms."""
    frames = lane[: len(lane) // 800 * 800].astype(np.float64).reshape(-1, 800)
    return np.asarray(np.sqrt((frames**2).mean(axis=1)))


def test_the_same_seed_says_the_same() -> None:
    one, other = dialogue(3, 5, "fi"), dialogue(3, 5, "fi")
    assert (one.agent == other.agent).all()
    assert (one.customer == other.customer).all()
    assert (dialogue(4, 5, "fi").agent != one.agent).any()


def test_a_dialogue_takes_turns_and_both_sides_speak() -> None:
    for language in RHYTHMS:
        spoken = dialogue(1, 20, language)
        agent, customer = loudness(spoken.agent) > 150, loudness(spoken.customer) > 150
        assert 0.15 < agent.mean() < 0.75
        assert 0.15 < customer.mean() < 0.75
        assert (agent & customer).mean() < 0.2


def test_a_voice_has_its_own_pitch() -> None:
    pitches = {}
    for name in ("bass", "soprano"):
        said = utterance(VOICES[name], RHYTHMS["fi"], 4, np.random.default_rng(1))
        louder = np.abs(said) - np.abs(said).mean()  # pulses of the glottis, without the formants
        correlation = np.fft.irfft(np.abs(np.fft.rfft(louder)) ** 2)
        lags = slice(RATE // 300, RATE // 70)
        pitches[name] = RATE / (lags.start + int(correlation[lags].argmax()))
    assert pitches["bass"] < 120
    assert pitches["soprano"] > 180
