"""`vaiti bench settling` measures what lossless recompression gains, and a bound for any coder."""

import wave
from pathlib import Path

import numpy as np
import pytest

from vaiti.audio.g711 import RATE, TABLES
from vaiti.ops.benches.settling import coded, conversation, gains, main


def test_codewords_are_those_of_the_levels() -> None:
    assert np.array_equal(TABLES[0][coded(TABLES[0].astype(float))], TABLES[0])


def test_silence_gains_all_and_noise_nothing(tmp_path: Path) -> None:
    *by_packers, at_best = gains(conversation(np.zeros(RATE), RATE, None))
    assert all(0.97 < one < 1 for one in by_packers) and at_best > 0.9
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, 2 * RATE, np.uint8)
    assert all(one < 0.01 for one in gains(noise)), "what is random cannot be made shorter"
    tone = conversation(8000 * np.sin(np.arange(RATE) / 3), RATE, -65.0)
    assert gains(tone)[-1] > 0.3, "and what can be foretold can"
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(8))
    with pytest.raises(SystemExit):
        main(["--speech", str(tmp_path)])
