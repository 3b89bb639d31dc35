"""How near a process is to the memory that it may have, and its end where it is refused some.

A refused allocation can leave anything in memory half made: a segment counted and not written, a
reader that has taken a record twice. What is on the disk is whole. So a process that was refused
memory ends at once, as if it had been killed, and the supervisor starts another one, which begins
from the disk.
"""

import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InternalError

STATUS: Final = 71  # EX_OSERR
FULL: Final = 0.92  # of what may be had, from which on nothing new is begun
EASED: Final = 0.85  # below which it is again
WORDS: Final = (
    b"vaiti: the system refused memory; started again, it goes on from what is on the disk\n"
)

_PAGE: Final = resource.getpagesize()
_GROUPS: Final = Path("/sys/fs/cgroup")


def leave_without(error: BaseException | None) -> None:
    """Ends the process where the error is that there was no memory; else nothing happens."""
    if isinstance(error, MemoryError | InternalError):
        os.write(2, WORDS)
        os._exit(STATUS)


def leave_or_tell(loop: Any, told: Mapping[str, Any]) -> None:  # noqa: ANN401 - asyncio's own
    """For an event loop's callbacks, whose errors it only tells of."""
    leave_without(told.get("exception"))
    loop.default_exception_handler(told)


@dataclass(slots=True)
class Memory:
    """`full` from FULL of the limit on, until less than EASED of it is used."""

    full: bool = False

    def look(self, share: float) -> bool:
        self.full = share >= (EASED if self.full else FULL)
        return self.full


def share_used() -> float:
    """Of the address space and of the group.s memory, where they are limited: the larger share."""
    return max(_of_address_space(), _of_group())


def _of_address_space() -> float:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return 0.0
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * _PAGE / limit


def _of_group() -> float:
    """Without the pages of files, which the kernel gives back by itself (cgroup v2)."""
    try:
        name = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().lstrip("/")
        most = (_GROUPS / name / "memory.max").read_text().strip()
        if most == "max":
            return 0.0
        held = int((_GROUPS / name / "memory.current").read_text())
        stat = (_GROUPS / name / "memory.stat").read_text()
    except (OSError, ValueError):
        return 0.0
    files = next((int(one.split()[1]) for one in stat.splitlines() if one.startswith("file ")), 0)
    return max(0, held - files) / int(most)
