"""Who was probably at a device, where a login was lost: told to the assigner, and no more."""

from datetime import timedelta

import pytest

from people.test_seats import ANNA, LEILA, OSKAR, at, came, left, was
from vaiti.people.likely import Likely, likely
from vaiti.people.seats import Event, FeedRules, who_was_at

LEAVES = left(ANNA, 4)


def told(*words: Event, hours: float = 2.0, minutes: int = 5) -> Likely | None:
    begins = at(hours)
    return likely("2001", begins, begins + timedelta(minutes=minutes), words, FeedRules())


@pytest.mark.parametrize(
    "others",
    [
        [],
        [left(LEILA, 1)],
        [came(ANNA, -3, "2002"), left(ANNA, -1, "2002"), left(LEILA, 1.9)],
        [came(LEILA, -1), left(LEILA, 1), came(LEILA, 1.5, "2002")],
        [came(OSKAR, 4), left(OSKAR, 6)],
    ],
    ids=["alone", "after another", "from another desk", "the other sits elsewhere", "another next"],
)
def test_n16_who_leaves_a_device_unsaid_to_have_come_was_probably_there(
    others: list[Event],
) -> None:
    assert told(LEAVES, *others) == Likely(ANNA, at(4))
    assert who_was_at("2001", at(2), [LEAVES, *others]).person is None, "and nothing follows of it"


@pytest.mark.parametrize(
    "words",
    [
        [],
        [came(ANNA, 1), LEAVES],  # nothing was lost
        [came(LEILA, 1), LEAVES],  # Leila was there, by her own word
        [LEAVES, left(LEILA, 2.05)],  # in the middle of the call
        [LEAVES, came(ANNA, 1, "2002")],  # Anna sat elsewhere
        [LEAVES, came(ANNA, 3, "2002")],
        [LEAVES, left(ANNA, 3, "2002")],  # she came from elsewhere after the call
        [LEAVES, was(LEILA, 1, 3)],  # a stay
        [left(ANNA, 19)],  # too long ago
    ],
)
def test_n16_nobody_is_probable_where_any_word_speaks_against_it(words: list[Event]) -> None:
    assert told(*words) is None


def test_the_last_of_two_who_left_is_not_told_of_the_time_before_the_first() -> None:
    words = (left(LEILA, 3), LEAVES)
    assert told(*words) == Likely(LEILA, at(3))
    assert told(*words, hours=3.5) == Likely(ANNA, at(4))
    assert told(*words, hours=2.9, minutes=20) is None, "the call lasts beyond a word"
