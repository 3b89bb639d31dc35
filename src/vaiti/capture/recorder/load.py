"""Whether the machine keeps up: calls in progress come before new ones. Pure.

The sockets hold five seconds of speech, a packet ring what it was made for. A machine that reads
each sweep a second late, second after second, or finds the ring nearly full, has no room for one
call more; a single delay, however long, is none.
"""

from dataclasses import dataclass

LATE_S = 1.0  # by which a sweep is late where the machine does not keep up
SECONDS = 3  # of lateness in a row after which new calls are refused
CALM = 5  # seconds without it after which they are taken again


@dataclass(slots=True)
class Load:
    """`overloaded` after `SECONDS` late looks in a row, until `CALM` looks in a row were not."""

    overloaded: bool = False
    _in_a_row: int = 0

    def look(self, late_s: float, *, crowded: bool = False) -> bool:
        """Told once a second how late the latest sweep of that second was, and whether the packet
        ring was nearly full; `overloaded`."""
        late = late_s > LATE_S or crowded
        self._in_a_row = self._in_a_row + 1 if late is not self.overloaded else 0
        if self._in_a_row >= (CALM if self.overloaded else SECONDS):
            self.overloaded, self._in_a_row = late, 0
        return self.overloaded
