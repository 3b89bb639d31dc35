"""Which recordings are parts of one call, and what is said of both: by table, and by property."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from vaiti.register.one_call import (
    AFTER_A_FAULT_US,
    AFTER_AN_END_US,
    Piece,
    heard_from,
    joined,
    roles_matched,
    same_call,
)

SECOND = 1_000_000
A = Piece("pbx", "+358207100000", "in", "+358401234***", 0, 60 * SECOND, True, frozenset("s"))
ENDED = replace(A, cut=False)


def after(seconds: float, **changes: Any) -> Piece:  # noqa: ANN401
    """A part that begins so long after A ended."""
    begins = A.ended_us + int(seconds * SECOND)
    return replace(A, started_us=begins, ended_us=begins + 30 * SECOND, cut=False, **changes)


@pytest.mark.parametrize(
    ("first", "later", "one"),
    [
        (A, after(2), True),
        (A, after(-10), True),
        (A, replace(A, cut=False), True),
        (A, after(AFTER_A_FAULT_US / SECOND), True),
        (A, after(AFTER_A_FAULT_US / SECOND + 0.000001), False),
        (ENDED, after(AFTER_AN_END_US / SECOND), True),
        (ENDED, after(AFTER_AN_END_US / SECOND + 0.000001), False),
        (ENDED, after(-10), True),
        (A, after(2, sessions=frozenset("t")), False),
        (A, after(2, sessions=frozenset("st")), True),
        (A, after(2, sessions=frozenset()), False),
        (replace(A, sessions=frozenset()), after(2, sessions=frozenset()), False),
        (A, after(2, peer="other"), False),
        (A, after(2, line="+358207200000"), False),
        (A, after(2, direction="out"), False),
        (A, after(2, customer="not available"), False),
    ],
)
def test_what_makes_two_recordings_one_call(first: Piece, later: Piece, one: bool) -> None:
    assert same_call(first, later) is one
    assert same_call(later, first) is one


pieces = some.builds(
    Piece,
    *(some.just("pbx"), some.just("+358207100000"), some.just("in")),
    customer=some.sampled_from(["+358401234***", "not available"]),
    started_us=some.integers(0, 10**10),
    ended_us=some.integers(0, 10**10),
    cut=some.booleans(),
    sessions=some.frozensets(some.sampled_from("abc")),
)


@settings(max_examples=100, deadline=None)
@given(pieces, pieces)
def test_it_does_not_matter_which_part_is_told_of_first_and_strangers_never_join(
    one: Piece, other: Piece
) -> None:
    assert same_call(one, other) == same_call(other, one)
    if one.sessions.isdisjoint(other.sessions) or one.customer != other.customer:
        assert not same_call(one, other)


def part(*roles: str, at_us: int = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    tracks = range(len(roles))
    return {
        "tracks": [{"index": n, "label": "", "role": role} for n, role in enumerate(roles)],
        "epochs": [{"track": n, "first_us": at_us} for n in tracks],
        "sides": [
            {"track": n, "packet_us": at_us + 9, "sound_us": at_us + 8, "from_us": 0, "to_us": 0}
            for n in tracks
        ],
        **{"holds": [], "warnings": [], "segments": 1, "finished": True, "sha256": "", **more},
    }


def test_a_voice_goes_on_where_it_was_and_any_other_is_one_more_track() -> None:
    assert roles_matched(part("customer", "agent"), part("agent", "customer")) == {0: 1, 1: 0}
    assert roles_matched(part("customer"), part("agent", "customer")) == {0: 1, 1: 0}
    assert roles_matched(part("customer", "agent"), part("mixed")) == {0: 2}
    assert roles_matched(part("unknown", "unknown"), part("unknown", "unknown")) == {0: 2, 1: 3}


def test_what_is_said_of_the_whole_is_of_both_in_order() -> None:
    first = part("customer", "agent", holds=[{"from_us": 5, "to_us": 6}], warnings=["a"])
    later = part("agent", "customer", at_us=100, holds=[{"from_us": 200, "to_us": 300}])
    whole = joined(first, later, (50, 110))
    assert [each["track"] for each in whole["epochs"]] == [0, 1, 1, 0]
    assert [each["from_us"] for each in whole["holds"]] == [5, 200]
    assert whole["changeovers"] == [{"from_us": 50, "to_us": 110}]
    assert whole["warnings"] == ["a", "changed_over"]
    assert [each["packet_us"] for each in whole["sides"]] == [109, 109]
    assert len(whole["tracks"]) == 2
    third = joined(whole, part("customer", "agent", at_us=400), (380, 0))
    assert third["changeovers"][1] == {"from_us": 380, "to_us": 380}


def test_nothing_is_heard_twice_and_nothing_of_a_pause() -> None:
    assert heard_from(part("mixed"), 700) == 700
    paused = part("mixed", pauses=[{"from_us": 650, "to_us": 900, "reason": "payment"}])
    assert heard_from(paused, 700) == 900
