"""A line on the terminal that says how far the work is, how fast it goes and how long it lasts."""

import sys
import time
from typing import Final

WIDTH: Final = 30
EVERY: Final = 0.2  # seconds between two looks at a terminal
EVERY_ELSEWHERE: Final = 10.0  # and where each look is a line of its own


class Progress:
    """Counts what is done of `total`; `rows` is what the rate counts."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.rows = total, 0, 0
        self.began = time.monotonic()
        self._live = sys.stderr.isatty()
        self._shown = 0.0

    def add(self, done: int, rows: int) -> None:
        self.done += done
        self.rows += rows
        now = time.monotonic()
        every = EVERY if self._live else EVERY_ELSEWHERE
        if now - self._shown >= every or self.done >= self.total:
            self._shown = now
            line = told(self.done, self.total, self.rows, now - self.began)
            print(f"\r{line}" if self._live else line, end="", file=sys.stderr, flush=True)
            if not self._live or self.done >= self.total:
                print(file=sys.stderr)


def told(done: int, total: int, rows: int, seconds: float) -> str:
    """`[#####.....]  50 %, 5,000 of 10,000 calls, 60,000 rows a second, 0:07 left`."""
    share = done / total if total else 1.0
    filled = int(share * WIDTH)
    left = seconds / share - seconds if share else 0.0
    minutes, rest = divmod(round(left), 60)
    return (
        f"[{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}, {done:,} of {total:,} calls, "
        f"{rows / max(seconds, 0.001):,.0f} rows a second, {minutes}:{rest:02} left"
    )
