"""Patterns for agents' devices: usual ones are taken, those that can take long are not."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.capture.patterns import LONGEST, PatternRefused, check

USUAL = (
    "",
    ".*",
    "2[0-9]{3}",
    r"\+35850[0-9]{7}",
    r"(?:agent|desk)-\d{2,4}",
    r"[a-z]+\.[a-z]+",
    r"[a-z]+\.[a-z]+(-[a-z0-9]+)?",
    "agent[^@]*",
    "20[0-9]{2}|21[0-9]{2}|anna|bert",
    r"\w{1,20}",
    "[]a^-]+",
    "a{x}{}",
)
EVIL = (
    "(a+)+$",
    "(a|a)*b",
    "(a|aa)+$",
    "(a*)*b",
    "([a-z]+)*1",
    "(.*a){12}",
    "(a?){40}a{40}",
    "a?" * 40 + "a" * 40,
    "(a|a)" * 40 + "b",
    ".*" * 30 + "x",
    r"(\w+\s?)*$",
    "(a+){2,999999}b",
    "(?:a{0,30}){0,30}b",
)
NOT_READ = (
    r"(a)\1",
    "(?=a+)a",
    "(?i)a",
    r"\x41",
    "(?P<n>a)",
    "(a",
    "[a",
    "a)",
    "*",
    "a{9" * 50 + "(",
)


@pytest.mark.parametrize("pattern", USUAL)
def test_a_usual_pattern_is_taken(pattern: str) -> None:
    check(pattern)


@pytest.mark.parametrize("pattern", EVIL)
def test_a_pattern_that_may_take_long_is_refused_with_what_to_change(pattern: str) -> None:
    with pytest.raises(PatternRefused, match=r"write fewer \* \+ \? and \|"):
        check(pattern)


@pytest.mark.parametrize("pattern", NOT_READ)
def test_a_pattern_that_cannot_be_judged_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        check(pattern)


PARTS = st.sampled_from(["a", "b", ".", r"\d", "[ab]", "a?", "a*", "[ab]+", "a{2,5}", "|", "a+?"])
PATTERNS = st.recursive(
    st.lists(PARTS, max_size=5).map("".join),
    lambda inner: st.tuples(inner, st.sampled_from(["", "*", "+", "?", "{0,3}"]), inner).map(
        lambda three: f"({three[0]}){three[1]}{three[2]}"
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(PATTERNS)
def test_whatever_is_taken_is_quick_on_the_texts_that_make_patterns_slow(pattern: str) -> None:
    try:
        check(pattern)
    except PatternRefused:
        return
    for text in ("a" * LONGEST, "a" * (LONGEST - 1) + "!", "ab" * (LONGEST // 2 - 1) + "!!"):
        began = time.process_time()
        re.fullmatch(pattern, text)
        assert time.process_time() - began < 5, "what backtracks takes years"
