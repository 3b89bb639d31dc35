"""Codes of authenticator apps, against the vectors of RFC 6238."""

from datetime import UTC, datetime, timedelta

import pytest

from vaiti.people.totp import code_at, matching_step, step_of

SECRET = b"12345678901234567890"  # appendix B


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(second: int, code: str) -> None:
    step = step_of(datetime.fromtimestamp(second, UTC))
    assert code_at(SECRET, step, digits=8) == code
    assert code_at(SECRET, step) == code[2:]


def test_a_clock_may_be_one_step_off_and_a_used_step_is_refused() -> None:
    at = datetime.fromtimestamp(1234567890, UTC)
    step = step_of(at)
    for off, accepted in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        shown = code_at(SECRET, step_of(at + timedelta(seconds=off)))
        assert (matching_step(SECRET, shown, at, 0) is not None) == accepted
    assert matching_step(SECRET, code_at(SECRET, step), at, step) is None
    assert matching_step(SECRET, code_at(SECRET, step + 1), at, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "٠٠٥٩٢٤", "0059240"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    assert matching_step(SECRET, typed, datetime.fromtimestamp(1234567890, UTC), 0) is None
