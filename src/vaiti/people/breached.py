"""Whether a password stands in a list of breached ones, which the operator has laid on the disk.

The list is as such lists are handed out: one SHA-1 a line in hexadecimals, in ascending order, with
or without a colon and a count behind it. It may be tens of gigabytes: some forty lines are read.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

LONGEST = 128  # bytes of a line


def holds(path: Path, password: str) -> bool:
    """Raises OSError where the list cannot be read."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
    wanted = digest.upper().encode()
    with path.open("rb") as file:
        begins, ends = 0, file.seek(0, 2)
        while begins < ends:
            middle = (begins + ends) // 2
            at, line = _line_from(file, middle)
            if line and _digest_of(line) < wanted:
                begins = at + len(line)
            else:
                ends = middle
        return _digest_of(_line_from(file, begins)[1]) == wanted


def _line_from(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """The first line that begins at this place or behind it, and where; nothing at the end."""
    file.seek(max(0, place - 1))
    if place:
        file.readline(LONGEST)
    return file.tell(), file.readline(LONGEST)


def _digest_of(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().upper()
