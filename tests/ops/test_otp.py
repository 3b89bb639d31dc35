"""The check's own authenticator gives the codes of the standard."""

import pytest

from vaiti.ops.outside.otp import Authenticator, code_of

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(at: int, code: str) -> None:
    """Appendix B, of which six digits are the last of eight."""
    assert code_of(SECRET, at // 30) == code


def test_no_code_is_given_twice() -> None:
    app = Authenticator.typed("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", lambda: 1234567890.0)
    first, second = app.code(), app.code()
    assert (first, second) == (code_of(SECRET, 41152263), code_of(SECRET, 41152264))
    assert app.same() == second


def test_a_code_that_comes_again_soon_is_not_given() -> None:
    """Used once it would be right once more, as a later one."""
    app = Authenticator(SECRET, lambda: 41240544 * 30.0)
    assert code_of(SECRET, 41240544) == code_of(SECRET, 41240547)
    assert app.code() == code_of(SECRET, 41240545)
