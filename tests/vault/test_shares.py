"""Secrets split and joined, against the field's own arithmetic and every choice of shares."""

import secrets
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.vault.shares import joined, split


def times(one: int, other: int) -> int:
    """Multiplication in GF(2^8) as FIPS 197 defines it: bit by bit, no tables."""
    product = 0
    for bit in range(8):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=40), st.integers(2, 5), st.integers(0, 3))
def test_every_choice_of_enough_shares_gives_the_secret(
    secret: bytes, threshold: int, more: int
) -> None:
    shares = split(secret, threshold, threshold + more)
    for size in range(threshold, len(shares) + 1):
        for chosen in combinations(shares, size):
            assert joined({number: shares[number] for number in chosen}) == secret


def test_a_share_is_the_value_of_a_polynomial_at_its_number() -> None:
    """Of two shares with a threshold of two: a line through the secret at 0."""
    for secret in (0, 1, 83, 202, 255):
        shares = split(bytes([secret]), 2, 255)
        slope = shares[1][0] ^ secret
        assert all(shares[at][0] == secret ^ times(slope, at) for at in range(1, 256))


def test_too_few_shares_fit_every_secret_equally() -> None:
    """Whatever one share is, each secret is exactly one slope away: it tells nothing."""
    share = split(b"s", 2, 3)[2][0]
    slopes = {
        secret: [m for m in range(256) if secret ^ times(m, 2) == share] for secret in range(256)
    }
    assert all(len(found) == 1 for found in slopes.values())
    secret = secrets.token_bytes(32)
    few = split(secret, 3, 5)
    assert joined({1: few[1], 4: few[4]}) != secret


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (0, 2), (4, 3), (2, 256)])
def test_a_split_that_protects_nothing_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="shares"):
        split(b"secret", threshold, count)


def test_shares_that_cannot_be_of_one_secret_are_refused() -> None:
    for wrong in ({}, {0: b"a", 1: b"b"}, {1: b"a", 2: b"bc"}, {256: b"a", 1: b"b"}):
        with pytest.raises(ValueError, match="share"):
            joined(wrong)
