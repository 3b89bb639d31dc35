"""The clocks of the processes: the machine's, or in a demo's data folder one that can be moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaiti.ops.settings import Settings
from vaiti.values.clock import Clock

DEMO_CLOCK = "demo-clock"
MOST_BYTES = 32


def machine_clock() -> datetime:
    return datetime.now(UTC)


def clock_of(settings: Settings) -> Clock:
    """The clock that this data folder's processes follow."""
    if not settings.demo:
        return machine_clock
    path = settings.run / DEMO_CLOCK
    return lambda: machine_clock() + moved_by(path)


def moved_by(path: Path) -> timedelta:
    """The seconds that the file says, none without a file. It is read again each time."""
    try:
        with path.open() as file:
            return timedelta(seconds=float(file.read(MOST_BYTES)))
    except FileNotFoundError:
        return timedelta(0)


def move_clock(settings: Settings, seconds: float) -> None:
    """Moves the demo's clock, for all processes at once. Raises ValueError outside a demo."""
    if not settings.demo:
        raise ValueError("only a data folder that was made as a demo has a clock that moves")
    aside = settings.run / f"{DEMO_CLOCK}.part"
    aside.write_text(f"{seconds:.0f}\n")
    aside.rename(settings.run / DEMO_CLOCK)
