"""A child does not outlive its supervisor (Linux): the kernel tells it when its parent dies."""

import ctypes
import os
import signal
import sys

from vaiti.ops.supervisor import PARENT_VARIABLE

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Asks for SIGTERM when the parent ends; ends at once if it ended before we asked."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    expected = os.environ.get(PARENT_VARIABLE)
    if expected and os.getppid() != int(expected):
        sys.exit("the supervisor is gone")
