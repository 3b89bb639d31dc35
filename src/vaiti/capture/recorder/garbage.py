"""When the interpreter looks for garbage that holds itself.

A look through everything takes 70 microseconds for each call in progress (0.15 s at 2,000), in
which nobody is answered, and Python begins one by how much was made since: in the middle of many
calls. Calls leave next to nothing of the kind, so the look waits until few are in progress.
"""

import gc
from dataclasses import dataclass

FEW = 100  # calls in progress: looking takes some ten milliseconds
EVERY_S = 60.0
LATEST_S = 3600.0  # however many are in progress
NEVER = 1_000_000  # rounds among what is young before Python itself looks through everything


def leave_the_old_alone() -> None:
    """For a process that calls `Looking.look` itself."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)


@dataclass(slots=True)
class Looking:
    """`_looked` in seconds of a clock that never goes back."""

    _looked: float = 0.0

    def begin(self, now: float) -> None:
        """What is there now stays as long as the process, and is not looked through again."""
        gc.collect()
        gc.freeze()
        self._looked = now

    def look(self, calls: int, now: float) -> None:
        """Once a second; `calls` are in progress."""
        passed = now - self._looked
        if passed >= LATEST_S or (calls <= FEW and passed >= EVERY_S):
            gc.collect()
            self._looked = now
