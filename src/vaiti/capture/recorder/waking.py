"""The one timer of the recorder: when the session has to be told what time it is."""

import asyncio
from collections.abc import Callable


class Waking:
    """Calls `ring` at the deadline that was set last, or before: then there is nothing to do yet.

    `now` is the recorder's clock, in seconds, as deadlines are.
    """

    def __init__(self, ring: Callable[[], None], now: Callable[[], float]) -> None:
        self._ring, self._now = ring, now
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def set(self, deadline: float | None, *, anew: bool = False) -> None:
        """A timer that rings too early stays, and whoever hears it sets the next: deadlines change
        with each message. `anew`: the clock may have been put forward since it was set."""
        if self._timer is not None:
            if deadline is not None and deadline >= self._rings_at and not anew:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            wait, self._rings_at = max(0.0, deadline - self._now()), deadline
            self._timer = asyncio.get_running_loop().call_later(wait, self._rung)

    def _rung(self) -> None:
        self._timer = None
        self._ring()
