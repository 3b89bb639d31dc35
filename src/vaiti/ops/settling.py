"""The worker's part in packing recordings into less room: one after the other, for a while."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from vaiti.access.settling import opening
from vaiti.register import settling
from vaiti.register.settling import Open, Place
from vaiti.retention import settle
from vaiti.retention.remains import Remains
from vaiti.values.clock import Clock
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

EVERY = 20.0  # seconds
A_WHILE = 15.0  # seconds of each round: with them a core packs 100,000 minutes of calls a day
NICE = 10  # how far behind everything else on the machine
AGAIN = timedelta(hours=6)  # those passed over, held calls among them, are looked at anew
DESTROYING = "destroying.lock"
SETTLER = "settler.lock"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Whoever packs and whoever destroys wait for each other: what was destroyed meanwhile is not
    written again. The kernel lets go for whoever is killed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def only_settler(path: Path) -> Iterator[bool]:
    """Whether nobody else packs now, in whatever process."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class SettlingDesk:
    """`seed` signs the grants, as it does in the web process; `run` is the folder of the locks.
    `kbits`: into Opus, of each voice; 0: without loss."""

    keys: KeyClient
    store: Store
    run: Path
    seed: bytes
    clock: Clock
    kbits: int = 0
    a_while: float = A_WHILE
    place: Place | None = None
    ended_at: datetime | None = None
    waiting: list[UUID] = field(default_factory=list)

    def background(self, now: datetime) -> int:
        """As `round`, in a thread that stands back behind everything else."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        return self.round(now)

    def round(self, now: datetime) -> int:
        """Goes on for a while; how many were packed. Raises Remains and the `settle.FAULTS`."""
        until = time.monotonic() + self.a_while
        with only_settler(self.run / SETTLER) as alone:
            if not alone:
                return 0
            packed = 0
            for one in self.every(now):
                packed += one
                if time.monotonic() >= until:
                    break
            return packed

    def every(self, now: datetime) -> Iterator[bool]:
        """Of each call that may be packed whether it was. Whoever asks is the only settler."""
        self.tidy(now)
        while call := self._next():
            yield self._pack(call)

    def tidy(self, now: datetime) -> None:
        """What a killed worker began, and originals that nobody can read any more."""
        for one in settling.unfinished(now - settle.GRACE):
            with held(self.run / DESTROYING):
                if one.made_at is None:
                    settle.clear(one, self.store)
                else:
                    self._remove(one, now)

    def _remove(self, one: Open, now: datetime) -> None:
        try:
            settle.remove_original(one, self.store, now)
        except (Remains, *settle.FAULTS) as error:
            settle.failed(one, error, now)
            raise

    def _next(self) -> UUID | None:
        """The next call that may be packed; the register is asked for many at a time."""
        now = self.clock()
        if self.ended_at is not None and now - self.ended_at >= AGAIN:
            self.place = self.ended_at = None
        while not self.waiting and self.ended_at is None:
            stretch = settling.following(self.place, now, self.kbits)
            self.waiting, self.place = stretch.calls, stretch.last
            self.ended_at = now if stretch.last is None else None
        return self.waiting.pop(0) if self.waiting else None

    def _pack(self, call: UUID) -> bool:
        now = self.clock()
        one = settling.begin(call, now, self.kbits)
        if one is None:
            return False
        with held(self.run / DESTROYING):
            try:
                found = opening(one, now, self.seed)
                return settle.pack(one, found, self.keys, self.store, self.clock())
            except settle.FAULTS as error:
                settle.failed(one, error, now)
                raise
