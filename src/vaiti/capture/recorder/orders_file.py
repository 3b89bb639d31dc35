"""The file in which the worker leaves the orders, and the key that they are signed with."""

from pathlib import Path

from vaiti.capture.orders import Orders, read


class OrdersFile:
    """`seen` is when the file that was read last was written, and which it was."""

    def __init__(self, path: Path, public: Path) -> None:
        self._path, self._public = path, public
        self.seen: tuple[int, int] | None = None

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
        return read(data, public, now, followed)
