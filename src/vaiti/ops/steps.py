"""Work that is done again and again: each piece on its own, so that one that fails stops no other.

This is the one place where any exception is caught: the failure is kept as a state with its
beginning and raised as an alarm, and the piece is tried again after a pause that grows.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError, close_old_connections

from vaiti.capture.recorder.state import write_facts
from vaiti.due import alarms
from vaiti.ops.logs import described
from vaiti.ops.pace import Progress

LONGEST_PAUSE = timedelta(seconds=30)
MOST_DOUBLINGS = 10
ALARM = "worker.step"

logger = logging.getLogger("vaiti.ops.steps")


@dataclass(slots=True)
class Step:
    """`act` is called with the instant, at most every `seconds` (a monotonic clock's)."""

    name: str
    seconds: float
    act: Callable[[datetime], object]
    due: float = 0.0
    failing_since: datetime | None = None
    failure: str = ""
    tries: int = 0
    alarmed: bool = False

    def pause(self) -> float:
        """Seconds to the next try: a rare piece of work that failed does not wait for its turn."""
        if not self.tries:
            return self.seconds
        return min(self.seconds * float(2**self.tries), LONGEST_PAUSE.total_seconds())


def run_due(steps: Sequence[Step], now: datetime, tick: float) -> None:
    """Does what is due at `tick` (seconds of a monotonic clock)."""
    for step in steps:
        if tick >= step.due:
            attempt(step, now)
            step.due = tick + step.pause()


def attempt(step: Step, now: datetime) -> None:
    try:
        step.act(now)
    except Exception as error:  # noqa: BLE001 - see the module's first lines
        failed(step, error, now)
        return
    if step.failing_since is not None:
        logger.info("works again", extra={"step": step.name})
    step.failing_since, step.failure, step.tries = None, "", 0
    if step.alarmed:
        settle_alarm(step, now)


def failed(step: Step, error: Exception, now: datetime) -> None:
    step.failure = described(type(error), error.__traceback__)
    step.tries = min(step.tries + 1, MOST_DOUBLINGS)
    if step.failing_since is None:
        step.failing_since = now
        logger.error("step failed", extra={"step": step.name}, exc_info=error)
    close_old_connections()
    settle_alarm(step, now)


def settle_alarm(step: Step, now: datetime) -> None:
    """Raises or clears the step's alarm; while the database is away the state file says it."""
    try:
        if step.failing_since is None:
            alarms.clear(ALARM, step.name, now)
            step.alarmed = False
        else:
            alarms.raise_alarm(ALARM, step.name, step.failure[:200], now)
            step.alarmed = True
    except (DatabaseError, InterfaceError):
        close_old_connections()


def write_state(
    path: Path,
    steps: Sequence[Step],
    now: datetime,
    *,
    stopped: bool = False,
    intake: Progress | None = None,
) -> bool:
    """What the health page and the doctor read: when the worker last went round, what fails. False
    when the disk is full: an old file says that the worker is silent.

    `stopped` is said once, by a worker that was told to end; `intake`: of ended calls that are in
    the journal and not yet in the book.
    """
    state = {
        **(intake or Progress(0)).told(),
        "at": now.isoformat(),
        "stopped": stopped,
        "failing": {
            step.name: {"since": step.failing_since.isoformat(), "failure": step.failure}
            for step in steps
            if step.failing_since
        },
    }
    return write_facts(path, state)
