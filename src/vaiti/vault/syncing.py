"""Many files made durable at once: by one call to the system where that is sure, else one by one.

`syncfs` makes durable whatever was written to a file system. It is used where it also tells that
something was not: Linux since 5.8, and file systems that keep what they have on a disk of this
machine (syncfs(2)).
"""

import ctypes
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Final

SURE: Final = frozenset({"ext4", "xfs", "btrfs", "tmpfs"})
SINCE: Final = (5, 8)


class WholeDisk:
    """The file system on which a folder lies. To be opened before what is to become durable is
    written: it tells of what failed since then. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> "WholeDisk":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def sync(self) -> bool:
        """Whether all that was written there is durable now; if not, nothing was done, and each
        file is to be synced. Raises OSError where something could not be written."""
        if not _sure(os.fstat(self._descriptor).st_dev):
            return False
        if _library().syncfs(self._descriptor):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return True


@cache
def _sure(device: int) -> bool:
    if sys.platform != "linux" or _kernel() < SINCE:
        return False
    return _kind(f"{os.major(device)}:{os.minor(device)}") in SURE


def _kernel() -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", os.uname().release)[:2])


def _kind(device: str) -> str:
    """Of the file system, as the list of mounts has it (proc_pid_mountinfo(5))."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, source = line.partition(" - ")
        if mount.split()[2] == device:
            return source.split()[0]
    return ""


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
