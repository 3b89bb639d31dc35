"""What was heard, joined where it touches."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.access.stretches import MAX_STRETCHES, join, total_us

spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda s: (min(s), max(s)))


def test_replies_that_follow_each_other_are_one_stretch() -> None:
    assert join(join([], (0, 10)), (10, 20)) == [(0, 20)]
    assert join([(0, 10), (20, 30)], (5, 25)) == [(0, 30)]
    assert join([(0, 10)], (5, 5)) == [(0, 10)]


@settings(max_examples=100)
@given(st.lists(spans, max_size=40))
def test_every_instant_heard_is_in_exactly_one_stretch(heard: list[tuple[int, int]]) -> None:
    joined: list[tuple[int, int]] = []
    for span in heard:
        joined = join(joined, span)
    instants = {n for start, end in heard for n in range(start, end)}
    assert {n for start, end in joined for n in range(start, end)} == instants
    assert total_us(joined) == len(instants)


def test_the_stretches_kept_are_bounded_and_lose_nothing() -> None:
    joined: list[tuple[int, int]] = []
    for n in range(500):
        joined = join(joined, (n * 10, n * 10 + 5))
    assert len(joined) == MAX_STRETCHES
    assert (joined[0][0], joined[-1][1]) == (0, 4995)
    assert total_us(joined) >= 2500
