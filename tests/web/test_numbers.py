"""Numbers in the search field and on the page (N-15, N-30)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.web.numbers import (
    NotANumber,
    is_masked,
    without_last_digits,
    write_masked,
    write_whole,
)


@pytest.mark.parametrize(
    "typed",
    [
        "040 123 4567",
        "+358401234567",
        "+358 40 1234567",
        "00358 40 123 4567",
        "040-123 4567",
        "0401234···",
        "040 123 4 ***",
        "+358401234***",
        "040 1234xxx",
        "(040) 123 4567",
        "040 123 4567.",
        "0401234567*",
        "+358401234567 x",
        "0401234…",
    ],
)
def test_n15_every_spelling_loses_its_last_three_digits_and_means_one_number(typed: str) -> None:
    found = without_last_digits(typed, "FI")
    assert found is not None
    assert found.prefix == "+358401234"
    assert found.masked == "+358401234***"


@pytest.mark.parametrize("typed", ["112", "040", "123456", "matti", "+", "1" * 50, "···"])
def test_what_is_too_short_or_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotANumber):
        without_last_digits(typed, "FI")


def test_an_empty_field_is_no_filter() -> None:
    assert without_last_digits("  ", "FI") is None


@given(st.from_regex(r"\+358(40|45|50)[0-9]{7}", fullmatch=True))
@settings(max_examples=100)
def test_n15_no_typed_number_survives_whole(number: str) -> None:
    found = without_last_digits(number, "FI")
    assert found is not None
    assert found.prefix == number[:-3]


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_is_a_number_or_none(typed: str) -> None:
    try:
        found = without_last_digits(typed, "FI")
    except NotANumber:
        return
    assert found is None or re.fullmatch(r"\+[0-9]+", found.prefix)


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("+358407712***", "+358 40 7712 ···"),
        ("+46701234***", "+46 70 123 4 ···"),
        ("1***", "1 ···"),
        ("***", "···"),
        ("not available", ""),
        ("+9991***", "+9991 ···"),
    ],
)
def test_a_masked_number_is_written_in_groups(stored: str, written: str) -> None:
    assert write_masked(stored) == written


def test_a_companys_own_number_is_written_whole() -> None:
    assert write_whole("+358207100000") == "+358 20 7100000"
    assert write_whole("0600") == "0600"


def test_only_the_masked_form_may_stand_in_an_address() -> None:
    assert is_masked("+358401234***")
    assert not is_masked("+358401234567")
    assert not is_masked("0401234***")
