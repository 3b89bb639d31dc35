"""What the process asks of the system before it holds its first key."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def raise_descriptor_limit() -> None:
    """A socket for every stream needs more than the usual soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def forbid_core_dumps() -> None:
    """Keys and speech never reach a core file, nor another process of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "the process cannot be made undumpable")
