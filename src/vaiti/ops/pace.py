"""How fast what waits is worked off, and how long the rest will take. Pure."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

SPAN: Final = 60.0  # seconds that are looked back on
STILL: Final = 10.0  # seconds without one, though some wait: so something was away


@dataclass(frozen=True, slots=True)
class Progress:
    """`waiting` ended calls are known of, `more` says that the journal was not read to its end;
    `per_minute` were taken in lately, so that all will be in `left_s` seconds, if that can be told.
    """

    waiting: int
    more: bool = False
    per_minute: int = 0
    left_s: int | None = None

    def told(self) -> dict[str, Any]:
        return {
            "waiting_calls": self.waiting,
            "waiting_more": self.more,
            "taken_in_per_minute": self.per_minute,
            "waiting_left_s": self.left_s,
        }


@dataclass(slots=True)
class Pace:
    """`note` is told, again and again, how many were taken in since the start."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)
    _moved: float = 0.0
    _waited: bool = False

    def note(self, tick: float, taken: int, waiting: int, *, more: bool = False) -> Progress:
        """`tick` in seconds of a monotonic clock."""
        if not self._seen or taken > self._seen[-1][1]:
            self._forget_the_standing(tick)
            self._moved = tick
        self._waited = waiting > 0
        self._seen.append((tick, taken))
        while len(self._seen) > 2 and self._seen[1][0] <= tick - SPAN:
            self._seen.popleft()
        since, before = self._seen[0]
        if tick <= since or taken <= before:
            return Progress(waiting, more)
        rate = (taken - before) / (tick - since)
        return Progress(waiting, more, round(rate * 60), round(waiting / rate))

    def _forget_the_standing(self, tick: float) -> None:
        """What is back goes at its own pace: the time in which it was away tells nothing of it."""
        if self._waited and tick - self._moved > STILL:
            while len(self._seen) > 1:
                self._seen.popleft()
