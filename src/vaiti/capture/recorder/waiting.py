"""What is for a recorder that is not there, for as long as it may come again. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from vaiti.capture.sharing import PATIENCE_S

MAX_BYTES = 4 << 20  # for all recorders


@dataclass(slots=True)
class Waiting:
    """Frames in the order in which they came."""

    waiting_bytes: int = 0
    _frames: deque[tuple[float, int, bytes, bool]] = field(default_factory=deque)

    def add(self, number: int, frame: bytes, now: float, *, begins: bool) -> int:
        """How many were forgotten for it."""
        self._frames.append((now, number, frame, begins))
        self.waiting_bytes += len(frame)
        forgotten = 0
        while self.waiting_bytes > MAX_BYTES or self._frames[0][0] < now - PATIENCE_S:
            self.waiting_bytes -= len(self._frames.popleft()[2])
            forgotten += 1
        return forgotten

    def take(self, number: int, now: float) -> Iterator[tuple[bytes, bool]]:
        """What waits for a recorder, and whether a call begins with it."""
        found, self._frames = self._frames, deque()
        for at, whose, frame, begins in found:
            if whose != number:
                self._frames.append((at, whose, frame, begins))
                continue
            self.waiting_bytes -= len(frame)
            if now - at <= PATIENCE_S:
                yield frame, begins
