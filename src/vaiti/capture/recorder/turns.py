"""Since when a message may have waited unread, where the kernel does not tell when it came.

What was whole when the loop looked at its sockets was read in that turn. So what is read in this
one was not whole when it looked the time before.
"""

import asyncio
import selectors
import time

UNKNOWN_S = 75.0  # before a reading, where nobody knows when the one before was
TICK_S = 0.01  # by which a look may be noted after it was taken


class Turns(selectors.DefaultSelector):
    """`before`: when was looked the last time but one, by the machine's clock, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.before = self._looked = float("-inf")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(timeout)
        self.before, self._looked = self._looked, time.monotonic()
        return found


class Loop(asyncio.SelectorEventLoop):
    """One that notes its turns."""

    def __init__(self) -> None:
        self.turns = Turns()
        super().__init__(self.turns)


def looked_before() -> float:
    """When the running loop looked before this turn; long ago where it does not note that."""
    loop = asyncio.get_running_loop()
    return loop.turns.before - TICK_S if isinstance(loop, Loop) else float("-inf")


def unread_us(since: float) -> int:
    """How long ago that was, by the machine's clock; UNKNOWN_S at most, for whatever is older."""
    return round(min(time.monotonic() - since, UNKNOWN_S) * 1e6)
