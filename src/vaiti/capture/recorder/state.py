"""`run/recorder.json`: what the others may know of the recorder. No personal data."""

import asyncio
import errno
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RecorderState:
    """`state` is accepting, refusing (with a `reason`) or stopping. Counts are since the start.

    `lag_ms`: how late the latest sweep of the last second was; `waiting_bytes`: what could not yet
    be written to the journal; `journal`: the id of this start; `listening`: transport:host:port;
    `orders_us`: when the orders that it follows were issued, 0 for none; `most_calls` and
    `least_free_bytes` are their limits; `resumed`: the calls that another recorder had begun;
    `lasting`: a next one would go on.
    """

    state: str
    reason: str
    at_us: int
    started_us: int
    pid: int
    journal: str
    listening: tuple[str, ...]
    calls: int
    recording: int
    recorded: int
    sockets: int
    packets: int
    drops: dict[str, int]
    strangers: int
    wrong_credentials: int
    lag_ms: float
    waiting_bytes: int
    free_bytes: int
    orders_us: int
    most_calls: int = 0
    least_free_bytes: int = 0
    resumed: int = 0
    lasting: bool = False


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)


def write_state(path: Path, state: RecorderState) -> bool:
    """Replaces the file; False when the disk is full, or no descriptor is left: an old file tells
    the others that, too.

    Raises OSError for anything else.
    """
    return write_facts(path, asdict(state))


def write_facts(path: Path, facts: Mapping[str, Any]) -> bool:
    """As `write_state`, whatever is told."""
    aside = path.with_suffix(".part")
    try:
        aside.write_text(json.dumps(facts, sort_keys=True) + "\n")
    except OSError as error:
        if error.errno in FULL:
            return False
        raise
    aside.replace(path)
    return True


class StateFile:
    """Where the state is told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._telling: asyncio.Task[bool] | None = None

    def write(self, state: RecorderState) -> None:
        write_state(self._path, state)

    def write_beside(self, state: RecorderState) -> None:
        """A slow disk does not hold the loop. What is still being written is enough."""
        if self._telling is not None and not self._telling.done():
            return
        if self._telling is not None:
            self._telling.result()
        self._telling = asyncio.create_task(asyncio.to_thread(write_state, self._path, state))

    async def done(self) -> None:
        """What is being written is there."""
        if self._telling is not None:
            await self._telling
