"""Moves recordings into the store that the settings name, and says how far that is.

The state file says it to the page "State", the doctor and `vaiti store status`. Killed, it is begun
again and goes on: what is done is what is no longer in the former store.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.state_files import read_state, write_state
from vaiti.ops.stores import two_stores
from vaiti.retention.moving import Moved, left_over, move
from vaiti.values.clock import Clock
from vaiti.vault.two_stores import TwoStores

STATE = "store-move.json"
MOVER = "store-mover.lock"
BEING_WRITTEN = timedelta(hours=1)  # what a writer who is alive may still need
ALARM = "store_move"
BY = "system:command-line"
USERS = ("web", "worker")  # the processes that have the store open


class Elsewhere(Exception):
    """It cannot be begun now; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Report:
    """`total` lay in the former store when it was begun; `left` is what is in it now."""

    total: int
    done: Moved
    left: int


def run(settings: Settings, clock: Clock, say: Callable[[int, Moved], None]) -> Report:
    """`say` is told the total and what is done. Raises Elsewhere, WeakSettings, and as `move`."""
    from vaiti.audit.kinds import Kind
    from vaiti.register.checking import digests

    stores = two_stores(settings)
    if stores is None:
        raise WeakSettings(
            "the settings name no [former_store]: name there where recordings lie, in [store] "
            "where they are to go, and start Vaiti again (docs/store.md)"
        )
    require_restarted(settings)
    with only_mover(settings.run / MOVER):
        total = sum(1 for _ in stores.former.names())
        progress = Progress(settings.run / STATE, total, clock, say)
        note(settings, Kind.OPS_STORE_MOVING, {"count": total}, clock())
        try:
            done = move(stores, digests, progress.tell)
        except BaseException as error:
            progress.stopped(type(error).__name__)
            raise
        return _ended(settings, stores, progress, done, clock())


def _ended(
    settings: Settings, stores: TwoStores, progress: "Progress", done: Moved, now: datetime
) -> Report:
    from vaiti.audit.kinds import Kind
    from vaiti.due import alarms

    left = left_over(stores, now - BEING_WRITTEN)
    facts = {"count": done.objects, "bytes": done.octets, "left": left}
    note(settings, Kind.OPS_STORE_MOVED, facts, now)
    if left:
        alarms.raise_alarm(ALARM, "", f"left={left} kept={done.kept}", now)
    else:
        alarms.clear(ALARM, "", now)
    progress.ended(done, left)
    return Report(progress.total, done, left)


@dataclass(slots=True)
class Progress:
    """Writes the state file, whole or not at all."""

    path: Path
    total: int
    clock: Clock
    say: Callable[[int, Moved], None]

    def tell(self, done: Moved) -> None:
        self._write("moving", done, self.total - done.objects - done.gone)
        self.say(self.total, done)

    def ended(self, done: Moved, left: int) -> None:
        self._write("left" if left else "done", done, left)

    def stopped(self, why: str) -> None:
        told = read_state(self.path) or {}
        write_state(self.path, told | {"state": "stopped", "why": why})

    def _write(self, state: str, done: Moved, left: int) -> None:
        fields = {
            "state": state,
            "at": self.clock().isoformat(),
            "total": self.total,
            "objects": done.objects,
            "octets": done.octets,
            "kept": done.kept,
            "left": left,
        }
        write_state(self.path, fields)


def note(settings: Settings, kind: str, counts: dict[str, int], now: datetime) -> None:
    from django.db import transaction

    from vaiti.audit import log
    from vaiti.audit.entry import Facts

    facts: Facts = {"from": settings.former_store.kind, "target": settings.store.kind, **counts}
    with transaction.atomic():
        log.append(kind, actor=BY, facts=facts, now=now)


def require_restarted(settings: Settings) -> None:
    """A process that was started before the settings were changed would look for what has moved
    where it was. Raises Elsewhere."""
    changed = (settings.folder / "vaiti.toml").stat().st_mtime
    for name in USERS:
        started = settings.run / f"{name}.pid"
        if started.exists() and alive(started) and started.stat().st_mtime < changed:
            raise Elsewhere(
                f"the process {name} was started before the settings were changed, and looks for "
                "recordings where they were: stop Vaiti, start it again, and then move"
            )


def alive(pid_file: Path) -> bool:
    return Path(f"/proc/{pid_file.read_text().strip() or 'none'}").exists()


@contextmanager
def only_mover(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Elsewhere("recordings are being moved already; vaiti store status") from error
        yield
