"""Every parser that reads what others write, each with the invariant that no input may break.

A feed returns True where its parser took the input and False where it refused it with the error
that it is known to raise. Anything else that is raised is a find.
"""

from collections.abc import Callable
from dataclasses import dataclass

Feed = Callable[[bytes], bool]
Batch = Callable[[list[bytes]], int]
"""Many inputs at once; how many were taken."""


@dataclass(frozen=True)
class Target:
    """`invariant` is what holds for any bytes; `seeds` are right inputs, `words` of its format.

    `feed` is made once a process: it may keep a file or a key. `weight` is the share of a long run.
    `own` makes, of a seed, what draws and feeds so many by itself.
    """

    name: str
    invariant: str
    seeds: Callable[[], list[bytes]]
    words: tuple[bytes, ...]
    feed: Callable[[], Batch]
    weight: int = 1
    own: Callable[[int], Callable[[int], int]] | None = None


def each(made: Callable[[], Feed]) -> Callable[[], Batch]:
    """One input after the other. The input that breaks the invariant goes with the error."""

    def batch() -> Batch:
        feed = made()

        def all_of(inputs: list[bytes]) -> int:
            taken = 0
            for data in inputs:
                try:
                    taken += feed(data)
                except Exception as error:
                    error.add_note(f"the input: {data!r}")
                    raise
            return taken

        return all_of

    return batch


def refused(kind: type[Exception], error: Exception) -> bool:
    """A refusal says in words what is wrong."""
    assert isinstance(error, kind)
    assert str(error).strip(), "a refusal without a sentence"
    return False
