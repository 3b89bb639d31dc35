"""Keeps a process's memory out of core dumps, other processes' reach, and swap (Linux)."""

import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE = 1, 2


def keep_out_of_dumps() -> None:
    """No core files (setrlimit), no ptrace or dump by the same user (prctl). Raises OSError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def keep_out_of_swap() -> bool:
    """Locks present and future memory (mlockall); False where the limit does not allow it."""
    locked: int = _libc().mlockall(_MCL_CURRENT | _MCL_FUTURE)
    return locked == 0


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
