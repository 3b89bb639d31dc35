"""What time it is for the recorder, and when for it the kernel had a message."""

import time
from collections.abc import Callable, Sized
from datetime import datetime

from vaiti.capture.drain import Drain
from vaiti.capture.recorder.steady import Steady

SHIFTED_S = 1.0  # seconds by which the clock must differ from the machine's to count as moved
LATEST_S = 75.0  # that a message waits for the next recorder; more, and a clock was set meanwhile


class Timekeeping:
    """`clock` may differ from the machine's, which the packets of `drain` carry."""

    def __init__(self, clock: Callable[[], datetime], drain: Drain, calls: Sized) -> None:
        self._clock, self._drain, self._calls = clock, drain, calls
        self._steady = Steady()

    def now(self) -> float:
        return self._steady.now(self._clock().timestamp(), time.monotonic())

    def follow(self) -> None:
        """A demo's clock differs, and one that was set back; packets carry the machine's time."""
        if not len(self._calls):
            self._steady.let_go()
        moved = self.now() - time.time()
        self._drain.shift_us = round(moved * 1e6) if abs(moved) > SHIFTED_S else 0

    def at(self, arrived_us: int) -> float:
        """When a message arrived, by the kernel, as of packets; now, where it does not tell or its
        clock moved."""
        if not 0.0 <= time.time() - arrived_us / 1e6 <= LATEST_S:
            return self.now()
        self.follow()
        return (arrived_us + self._drain.shift_us) / 1e6
