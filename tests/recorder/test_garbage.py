"""When garbage that holds itself is looked for."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from vaiti.capture.recorder.garbage import EVERY_S, FEW, LATEST_S, Looking


class Knot:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def knot() -> Iterator["weakref.ref[Knot]"]:
    gc.disable()
    yield weakref.ref(Knot())
    gc.enable()


@pytest.mark.parametrize(
    ("calls", "passed", "gone"),
    [
        (0, EVERY_S - 1, False),
        (FEW, EVERY_S, True),
        (FEW + 1, EVERY_S, False),
        (FEW + 1, LATEST_S, True),
    ],
)
def test_garbage_is_looked_for_while_few_calls_are_in_progress(
    knot: "weakref.ref[Knot]", calls: int, passed: float, gone: bool
) -> None:
    Looking(1000.0).look(calls, 1000.0 + passed)
    assert (knot() is None) == gone
