"""G.711 against the recommendation's own formulas, and against the standard library's decoder."""

import sys
import warnings

import numpy as np
import pytest

from vaiti.audio.g711 import CODECS, TABLES


def a_law(code: int) -> int:
    """ITU-T G.711, table 1: decoder output values of 13 bits, here times 8."""
    character = code ^ 0x55
    segment, step = character >> 4 & 7, character & 15
    value = 2 * step + 1 if segment == 0 else (2 * step + 33) * (1 << segment - 1)
    return value * 8 if character >= 128 else -value * 8


def mu_law(code: int) -> int:
    """ITU-T G.711, table 2: decoder output values of 14 bits, here times 4."""
    character = 255 - code
    segment, step = character >> 4 & 7, character & 15
    value = (2 * step + 33) * (1 << segment) - 33
    return -value * 4 if character >= 128 else value * 4


def test_every_code_decodes_as_the_recommendation_says() -> None:
    assert TABLES[CODECS.index("PCMA")].tolist() == [a_law(code) for code in range(256)]
    assert TABLES[CODECS.index("PCMU")].tolist() == [mu_law(code) for code in range(256)]


def test_the_ends_of_the_scale_are_the_recommendations() -> None:
    assert [a_law(0xD5), a_law(0xAA), mu_law(0xFF), mu_law(0x80)] == [8, 32256, 0, 32124]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="needs the audioop of Python 3.12 or less")
def test_the_standard_library_decodes_alike() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    codes = bytes(range(256))
    decoders = {"PCMA": audioop.alaw2lin, "PCMU": audioop.ulaw2lin}
    for codec, decode in decoders.items():
        expected = np.frombuffer(decode(codes, 2), np.int16)
        assert np.array_equal(TABLES[CODECS.index(codec)], expected)
