"""Their calls and ours: held against an oracle that tries every way to pair them."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from vaiti.register.matching import SECOND, Matched, Rules, Stretch, match, offset_us

RULES = Rules(start_s=10, length_s=15, offset_s=120)
LINES = ("+358207100000", "+358207200000")
MINUTE = 60


def call(start: float, length: float, line: str = LINES[0]) -> Stretch:
    return Stretch(line, round(start * SECOND), round((start + length) * SECOND))


calls = st.lists(
    st.builds(call, st.integers(0, 60), st.integers(1, 40), st.sampled_from(LINES)), max_size=5
)


def may_be(told: Stretch, kept: Stretch, offset: int) -> bool:
    """What the rule says, in the plainest words."""
    if told.line != kept.line:
        return False
    longer = abs((told.end_us - told.start_us) - (kept.end_us - kept.start_us))
    late = min(abs(kept.start_us - start - offset) for start in told.starts)
    return late <= 10 * SECOND and longer <= 15 * SECOND


def most(told: list[Stretch], kept: list[Stretch], offset: int) -> int:
    """The size of the best pairing, found by trying all of them."""
    places = [*range(len(kept)), *[-1] * len(told)]
    return max(
        sum(j >= 0 and may_be(told[i], kept[j], offset) for i, j in enumerate(order))
        for order in set(permutations(places, len(told)))
    )


@given(calls, calls)
def test_as_many_calls_are_paired_one_with_one_as_can_be(
    told: list[Stretch], kept: list[Stretch]
) -> None:
    found = match(told, kept, RULES)
    theirs, ours = [i for i, _ in found.pairs], [j for _, j in found.pairs]
    assert len(set(theirs)) == len(theirs) and len(set(ours)) == len(ours)
    assert all(may_be(told[i], kept[j], found.offset_us) for i, j in found.pairs)
    assert len(found.pairs) == most(told, kept, found.offset_us)
    assert sorted([*theirs, *found.missing]) == list(range(len(told)))
    assert sorted([*ours, *found.unwanted]) == list(range(len(kept)))


@given(
    st.lists(st.integers(1, 300), min_size=8, max_size=40),
    st.integers(-100, 100),
    st.sets(st.integers(0, 7), max_size=2),
)
def test_a_clock_that_is_off_is_found_and_changes_no_pair(
    lengths: list[int], off: int, lost: set[int]
) -> None:
    told = [call(400 * place + off, length) for place, length in enumerate(lengths)]
    kept = [call(400 * place, length) for place, length in enumerate(lengths) if place not in lost]
    found = match(told, kept, RULES)
    assert set(found.missing) == lost
    assert found.unwanted == ()
    assert found.offset_us == -off * SECOND


def test_few_calls_say_nothing_of_the_clock() -> None:
    assert offset_us([call(60, 30)], [call(0, 30)], RULES) == 0
    assert match([call(60, 30)], [call(0, 30)], RULES) == Matched((), (0,), (0,), 0)


def test_the_nearest_is_the_one_that_is_there_and_the_other_is_missing() -> None:
    told = [call(0, 30), call(6, 30)]
    assert match(told, [call(6, 30)], RULES).missing == (0,)
    assert match(told, [call(1, 29)], RULES).missing == (1,)


def test_a_nearest_one_makes_room_for_who_has_no_other() -> None:
    told = [call(8, 30), call(12, 30)]
    kept = [call(10, 30), call(22, 30)]  # the first may only be the first of ours
    assert match(told, kept, RULES).pairs == ((0, 0), (1, 1))


def test_an_hour_that_comes_twice_may_be_either() -> None:
    hour = 3600 * SECOND
    told = [Stretch(LINES[0], 0, 30 * SECOND, other_us=hour)]
    kept = [Stretch(LINES[0], hour, hour + 30 * SECOND)]
    assert match(told, kept, RULES).pairs == ((0, 0),)
