"""A clock that is not set back under calls in progress. Pure.

A call whose clock goes back an hour would end before it began, and its next packet would have come
before the call. So time goes on as if nothing had been done to the clock, until the last call of
then has ended; what begins afterwards has the new time. A clock that is put forward is followed.
"""

from dataclasses import dataclass

STEP_S = 1.0  # by which two clocks must come apart at once to count as set


@dataclass(slots=True)
class Steady:
    """All in seconds; `ahead` is how far time goes on before the clock."""

    ahead: float = 0.0
    _wall: float = 0.0
    _steady: float = 0.0
    _known: bool = False

    def now(self, wall: float, monotonic: float) -> float:
        """The time, from what the clock says and what never goes back."""
        stepped = (wall - self._wall) - (monotonic - self._steady) if self._known else 0.0
        self._wall, self._steady, self._known = wall, monotonic, True
        if abs(stepped) > STEP_S:
            self.ahead = max(0.0, self.ahead - stepped)
        return wall + self.ahead

    def let_go(self) -> None:
        """No call is in progress: what the clock says is right."""
        self.ahead = 0.0
