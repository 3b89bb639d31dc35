"""A folder of mails (Maildir): `new` and `cur`, one file each. Reading moves and marks nothing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vaiti.ops.mailbox.boxes import MOST, Found, MailboxUnreadable, OpenBox, digest
from vaiti.rights.mail import looking
from vaiti.rights.mail.arriving import Place
from vaiti.rights.mail.reading import MOST_BYTES

PARTS = ("new", "cur")


class Maildir:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = digest("folder", str(folder))

    @contextmanager
    def opened(self) -> Iterator[OpenBox]:
        try:
            yield self
        except OSError as error:
            raise MailboxUnreadable(type(error).__name__) from error

    def new(self) -> Iterator[Found]:
        known = looking.seen(self.name, 0)
        fresh = [one for one in self._files() if self._place(one).name not in known]
        for path in fresh[:MOST]:
            with path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
                at = os.fstat(file.fileno()).st_mtime
            yield Found(self._place(path), raw, datetime.fromtimestamp(at, UTC))

    def remove(self, places: Sequence[Place]) -> None:
        gone = set(places)
        for path in self._files():
            if self._place(path) in gone:
                path.unlink()

    def size(self) -> int:
        return len(self._files())

    def _files(self) -> list[Path]:
        """By delivery."""
        found = []
        for part in PARTS:
            with os.scandir(self.folder / part) as entries:
                found += [
                    (one.stat(follow_symlinks=False).st_mtime, one.path)
                    for one in entries
                    if one.is_file(follow_symlinks=False) and not one.name.startswith(".")
                ]
        return [Path(path) for _at, path in sorted(found)]

    def _place(self, path: Path) -> Place:
        """The name without its marks, which whoever reads mail changes."""
        return Place(self.name, 0, digest(path.name.partition(":")[0]))
