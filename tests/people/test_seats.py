"""Who was at a device: the pure reading of the agent feed's words."""

from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cast import NOW
from vaiti.people.seats import Event, FeedRules, Seated, What, fault, who_was_at

ANNA, LEILA, OSKAR = (UUID(int=number) for number in (1, 2, 3))
NOBODY, SILENT = Seated(told=True), Seated(told=False)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def came(person: UUID, hours: float, device: str = "2001") -> Event:
    return Event(What.LOGIN, person, device, at(hours))


def left(person: UUID, hours: float, device: str = "2001") -> Event:
    return Event(What.LOGOUT, person, device, at(hours))


def was(person: UUID, begins: float, ends: float) -> Event:
    return Event(What.STAY, person, "2001", at(begins), at(ends))


SHIFT = [came(ANNA, 0), left(ANNA, 2), came(LEILA, 3), left(LEILA, 5)]


def test_n16_two_people_at_one_desk_one_after_the_other() -> None:
    people = [who_was_at("2001", at(hours), SHIFT).person for hours in (0, 1, 2, 2.5, 3, 4, 5)]
    assert people == [ANNA, ANNA, None, None, LEILA, LEILA, None]


def test_n16_the_order_and_how_often_words_come_change_nothing() -> None:
    for order in permutations(SHIFT):
        people = [who_was_at("2001", at(h), [*order, *order]).person for h in (1, 2.5, 4)]
        assert people == [ANNA, None, LEILA]


def test_n16_a_device_without_a_word_is_not_nobodys() -> None:
    assert who_was_at("2002", at(1), SHIFT) == SILENT
    assert who_was_at("2001", at(8 * 24), SHIFT) == SILENT
    assert who_was_at("2001", at(5), SHIFT) == NOBODY


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ([came(ANNA, 0), came(LEILA, 0)], 1),  # two at once
        ([came(ANNA, 0), left(LEILA, 2)], 1),  # Leila came, and nobody said when
        ([left(LEILA, 2)], 1),
        ([was(ANNA, 0, 3), was(LEILA, 1, 2)], 1.5),
        ([was(ANNA, 0, 3), came(LEILA, 1)], 2),
        ([came(ANNA, 0)], 17),  # nobody sits that long
        ([came(ANNA, 0), came(ANNA, 1, "2002")], 2),  # she sits elsewhere now
    ],
)
def test_n16_what_the_feed_leaves_open_stays_open(words: list[Event], hours: float) -> None:
    rules = FeedRules(longest_hours=16 if hours > 16 else 20)
    assert who_was_at("2001", at(hours), words, rules) == NOBODY


def test_n16_who_comes_ends_a_forgotten_login() -> None:
    words = [came(ANNA, 0), came(LEILA, 3)]
    assert who_was_at("2001", at(2), words) == Seated(told=True, person=ANNA)
    assert who_was_at("2001", at(4), words) == Seated(told=True, person=LEILA, open=True)


def test_n16_a_login_that_is_said_again_goes_on() -> None:
    words = [came(ANNA, 0), came(ANNA, 1), left(LEILA, 2)]
    assert who_was_at("2001", at(0.5), words).person == ANNA
    assert who_was_at("2001", at(1.5), words) == NOBODY


def test_n16_two_devices_at_once_only_where_the_rule_allows_it() -> None:
    words = [came(ANNA, 0), came(ANNA, 1, "2002")]
    assert who_was_at("2001", at(2), words, FeedRules(one_place=False)).person == ANNA
    assert who_was_at("2002", at(2), words).person == ANNA


def test_the_bounds_of_the_rules_are_told() -> None:
    assert fault(FeedRules()) == ""
    for rules in (FeedRules(longest_hours=0), FeedRules(settle_seconds=-1), FeedRules(late_days=0)):
        assert "usual is" in fault(rules)


WORDS = st.lists(
    st.builds(
        Event,
        st.sampled_from([What.LOGIN, What.LOGOUT]),
        st.sampled_from([ANNA, LEILA, OSKAR]),
        st.sampled_from(["2001", "2002"]),
        st.integers(0, 12).map(at),
    ),
    max_size=10,
)


@given(WORDS, st.integers(0, 12), st.randoms())
def test_n16_nobody_is_named_who_had_not_logged_in(
    words: list[Event], hours: int, mix: Random
) -> None:
    found = who_was_at("2001", at(hours), words)
    shuffled = list(words)
    mix.shuffle(shuffled)
    assert who_was_at("2001", at(hours), shuffled) == found
    if found.person is not None:
        before = [w for w in words if w.device == "2001" and w.from_at <= at(hours)]
        last = max(before, key=lambda word: (word.from_at, word.what is What.LOGIN))
        assert (last.person, last.what) == (found.person, What.LOGIN)
