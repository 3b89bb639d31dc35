"""What is for a recorder that is not there, for as long as it may come again. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from vaiti.capture.recorder.passing import Passed
from vaiti.capture.sharing import PATIENCE_S, Told
from vaiti.capture.sip.flow import Flow

MAX_BYTES = 4 << 20  # for all recorders


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, what it tells of where it belongs, and as it would be passed on."""

    data: bytes
    flow: Flow
    told: Told
    passed: Passed


@dataclass(slots=True)
class Waiting:
    """In the order in which it came."""

    waiting_bytes: int = 0
    _waiting: deque[tuple[float, int, Passed]] = field(default_factory=deque)

    def add(self, number: int, passed: Passed, now: float) -> int:
        """How many were forgotten for it."""
        self._waiting.append((now, number, passed))
        self.waiting_bytes += len(passed.frame)
        return self.forget(now)

    def forget(self, now: float) -> int:
        """What has waited for too long, or is too much; how many. Until then it stays in the kernel
        too, and what comes behind it in its connection, and the next front hears all that again."""
        forgotten = 0
        while self._waiting and (
            self.waiting_bytes > MAX_BYTES or self._waiting[0][0] < now - PATIENCE_S
        ):
            _, _, eldest = self._waiting.popleft()
            self.waiting_bytes -= len(eldest.frame)
            eldest.settle()
            forgotten += 1
        return forgotten

    def take(self, number: int, now: float) -> Iterator[Passed]:
        """What waits for a recorder."""
        found, self._waiting = self._waiting, deque()
        for at, whose, passed in found:
            if whose != number:
                self._waiting.append((at, whose, passed))
                continue
            self.waiting_bytes -= len(passed.frame)
            if now - at <= PATIENCE_S:
                yield passed
            else:
                passed.settle()
