"""The clocks of the processes: the machine's, or in a demo's data folder one that can be moved."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaiti.ops.settings import Settings
from vaiti.values.clock import Clock

DEMO_CLOCK = "demo-clock"
MOST_BYTES = 32
NOT_MOVED = timedelta(0)


def machine_clock() -> datetime:
    return datetime.now(UTC)


def clock_of(settings: Settings) -> Clock:
    """The clock that this data folder's processes follow."""
    if not settings.demo:
        return machine_clock
    path = settings.run / DEMO_CLOCK
    return lambda: machine_clock() + moved_by(path)


def moved_by(path: Path) -> timedelta:
    """The seconds that the file says, none without a file. It is read again each time, which is
    many times a call."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return NOT_MOVED
    try:
        return timedelta(seconds=float(os.read(descriptor, MOST_BYTES)))
    finally:
        os.close(descriptor)


def move_clock(settings: Settings, seconds: float) -> None:
    """Moves the demo's clock, for all processes at once. Raises ValueError outside a demo."""
    if not settings.demo:
        raise ValueError("only a data folder that was made as a demo has a clock that moves")
    aside = settings.run / f"{DEMO_CLOCK}.part"
    aside.write_text(f"{seconds:.0f}\n")
    aside.rename(settings.run / DEMO_CLOCK)
