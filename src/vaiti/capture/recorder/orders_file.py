"""The file in which the worker leaves the orders, and the key that they are signed with."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vaiti.capture.orders import Orders, OrdersRefused
from vaiti.capture.signed_orders import MAX_ORDERS, read

LEFT = "orders"  # by what whoever goes on knows the memory in which they lie

Hold = Callable[[str, int], None]


class OrdersFile:
    """`seen` is when the file that was read last was written, and which it was."""

    def __init__(self, path: Path, public: Path, hold: Hold | None = None) -> None:
        """What is followed is given to `hold` for the next process, in memory of its own."""
        self._path, self._public, self._hold = path, public, hold
        self.seen: tuple[int, int] | None = None
        self._left: Orders | None = None
        self._kept = -1

    def take(self, held: dict[str, int]) -> None:
        """What another process followed, if that is among what it left: nothing older is."""
        descriptor = held.pop(LEFT, -1)
        if descriptor < 0 or self._hold is None:
            return
        with suppress(FileNotFoundError, OrdersRefused):
            data = os.pread(descriptor, MAX_ORDERS + 1, 0)
            self._left = read(data, self._public.read_bytes(), 0.0)
        self._keep(descriptor)

    def changed(self, now: float, followed: Orders | None) -> Orders | None:
        """What stands in a file that was not seen yet; None where there is none.

        Raises OrdersRefused.
        """
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino)
            if seen == self.seen:
                return None
            data, public = self._path.read_bytes(), self._public.read_bytes()
        except FileNotFoundError:
            return None
        self.seen = seen
        orders = read(data, public, now, followed or self._left)
        self._leave(data)
        return orders

    def standing(self) -> Orders | None:
        """Where the file is of no use at a start, for calls that go on and no other: what it said
        until it expired, or what another process followed, as if expired for ever."""
        orders = replace(self._left, expires_us=0) if self._left is not None else None
        with suppress(FileNotFoundError, OrdersRefused):
            orders = read(self._path.read_bytes(), self._public.read_bytes(), 0.0, self._left)
        return orders

    def _leave(self, data: bytes) -> None:
        """In new memory each time: whoever goes on has the one or the other. Where there is none
        they have the ones before."""
        if self._hold is None:
            return
        with suppress(OSError), os.fdopen(os.memfd_create(LEFT, os.MFD_CLOEXEC), "wb") as made:
            made.write(data)
            made.flush()
            self._keep(os.dup(made.fileno()))

    def _keep(self, descriptor: int) -> None:
        before, self._kept = self._kept, descriptor
        if self._hold is not None:
            self._hold(LEFT, descriptor)
        if before >= 0:
            os.close(before)
