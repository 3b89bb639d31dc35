"""Keeps a process's memory out of core dumps, other processes' reach, and swap (Linux).

And says what the machine itself leaves open.
"""

import ctypes
import mmap
import os
import resource
import stat
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

_PR_SET_DUMPABLE = 4
_PR_CAP_AMBIENT, _LOWER = 47, 3
_CAPABILITIES = 0x20080522  # the version of the kernel's structures: 64 capabilities in two halves
_CAP_NET_RAW = 13
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_MLOCK_ONFAULT = 1

LOCKED_BYTES: Final = 512 << 20  # more than the key process ever holds
SWAPS: Final = Path("/proc/swaps")
PTRACE: Final = Path("/proc/sys/kernel/yama/ptrace_scope")


def keep_out_of_dumps() -> None:
    """No core files (setrlimit), no ptrace or dump by the same user (prctl). Raises OSError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def give_up_raw_sockets() -> None:
    """From now on this process can open none (CAP_NET_RAW, capabilities(7)), and what it starts
    neither, unless it is root. Raises OSError."""
    libc = _libc()
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    held = ctypes.create_string_buffer(24)
    lowered = libc.prctl(_PR_CAP_AMBIENT, _LOWER, _CAP_NET_RAW, 0, 0)
    done = lowered == 0 and libc.capget(header, held) == 0
    if done:
        words = list(struct.unpack("=6I", held.raw))
        words[:3] = [word & ~(1 << _CAP_NET_RAW) for word in words[:3]]
        done = libc.capset(header, struct.pack("=6I", *words)) == 0
    if not done:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def keep_out_of_swap() -> bool:
    """Locks present and future memory (mlockall); False where the limit does not allow it."""
    locked: int = _libc().mlockall(_MCL_CURRENT | _MCL_FUTURE)
    return locked == 0


def lock_memory(mapped: mmap.mmap) -> bool:
    """Keeps a mapping out of swap and dumps, each page from its first use on (mlock2); False where
    the limit does not allow it. Secret memory needs no lock, and takes it."""
    first = (ctypes.c_char * len(mapped)).from_buffer(mapped)
    address = ctypes.c_void_p(ctypes.addressof(first))
    size = ctypes.c_size_t(len(mapped))
    libc = _libc()
    libc.madvise(address, size, mmap.MADV_DONTDUMP)
    locked: int = libc.mlock2(address, size, _MLOCK_ONFAULT)
    del first
    return locked == 0


def raise_lock_limit(wanted: int) -> int:
    """Lets this process lock as much memory as the system allows it, `wanted` bytes if it may set
    that itself (CAP_SYS_RESOURCE); returns the limit, negative for none."""
    _, limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if 0 <= limit < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (wanted, wanted))
            return wanted
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
    return limit


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def may_lock_memory() -> bool:
    """Whether the limit allows `keep_out_of_swap` for a process of our size."""
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return soft == resource.RLIM_INFINITY or soft >= LOCKED_BYTES or os.geteuid() == 0


def open_to_others(path: Path) -> str:
    """Who besides this process's user can reach a file or folder of keys, in a sentence that says
    what to change; empty where nobody can, or where nothing is there.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return ""
    if status.st_uid != os.geteuid():
        return f"{path} belongs to another user; change its owner (chown)"
    if stat.S_IMODE(status.st_mode) & 0o077:
        return f"others can reach {path}; run: chmod go= {path}"
    return ""


def swap_in_use(swaps: Path = SWAPS) -> bool:
    """Whether the machine may write memory to a disk. A first line names the columns."""
    try:
        return len(swaps.read_text().splitlines()) > 1
    except OSError:
        return False


def anyone_may_trace(scope: Path = PTRACE) -> bool:
    """Whether the machine lets a process read the memory of another of the same user.

    That is so where Yama is off. A process that called `keep_out_of_dumps` is not read even then.
    """
    try:
        return scope.read_text().strip() == "0"
    except OSError:
        return True
