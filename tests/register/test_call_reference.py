"""A call's reference as letters: computed, checked, and of one call alone."""

from itertools import pairwise
from uuid import UUID

import pytest

from vaiti.register import call_reference
from vaiti.register.call_reference import LETTERS, Mistyped, bounds, fits, read, write
from vaiti.values.masked import MASK

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
CALL = UUID("0123456789abcdef0123456789abcdef")
ALIKE = UUID("0123456789abcdef0123456789abcdee")
"""Begins as the other does."""


def test_n42_a_reference_finds_its_call_by_the_ids_beginning_and_knows_it_by_the_whole() -> None:
    made = write(CALL, KEY)
    first, last = bounds(made, KEY)
    assert first <= CALL <= last and last.int - first.int == 2**97 - 1
    assert fits(made, CALL, KEY)
    assert first <= ALIKE <= last and not fits(made, ALIKE, KEY)
    assert write(ALIKE, KEY) != made != write(CALL, OTHER_KEY)
    assert not bounds(made, OTHER_KEY)[0] <= CALL <= bounds(made, OTHER_KEY)[1]


def test_n42_it_is_read_as_people_type_it_and_looks_like_no_number_and_no_word() -> None:
    made = write(CALL, KEY)
    assert len(made) == 19 and not set(made) & set("0123456789AEIOUYQ" + MASK)
    for typed in (made.lower(), made.replace("-", " "), f"  {made.replace('-', '')}. "):
        assert read(typed) == made


def test_n42_every_wrong_letter_and_every_exchange_of_neighbours_is_seen() -> None:
    plain = write(CALL, KEY).replace("-", "")
    wrong = {plain[:at] + one + plain[at + 1 :] for at in range(16) for one in LETTERS} - {plain}
    swapped = {
        plain[:at] + right + left + plain[at + 2 :]
        for at, (left, right) in enumerate(pairwise(plain))
        if left != right
    }
    for typed in (*wrong, *swapped, plain[1:], plain + "B", "A" + plain[1:], "358" + plain[3:], ""):
        with pytest.raises(Mistyped):
            read(typed)


def test_n42_letters_that_nobody_was_given_are_of_no_call_and_break_nothing() -> None:
    for digits in ([18] * 15, [0] * 15, [3, 5] * 7 + [9]):
        made = "".join(LETTERS[one] for one in [*digits, call_reference._check(digits)])
        first, last = bounds(read(made), KEY)
        assert first < last and not fits(read(made), CALL, KEY)
