"""A short run of the fuzzers, the same in every run; `fuzzing.fuzz` makes the long ones."""

import pytest

from fuzzing.fuzz import all_targets, run
from fuzzing.targets import Target

CASES = 100  # for each weight
MOST = 24  # weights; those above are of long runs


@pytest.mark.parametrize("target", all_targets(), ids=lambda one: one.name)
def test_no_input_breaks_the_invariant(target: Target) -> None:
    cases = CASES * min(target.weight, MOST)
    assert run(target, cases, seed=20261128) < cases, "nothing was damaged enough to be refused"


@pytest.mark.parametrize("target", all_targets(), ids=lambda one: one.name)
def test_what_is_not_damaged_is_taken(target: Target) -> None:
    seeds = target.seeds()
    assert target.feed()(seeds) == len(seeds)
