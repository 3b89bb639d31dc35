"""Memory in large pages: nothing in it changes, and what is hardly used stays small."""

import ctypes
import mmap
from pathlib import Path

import pytest

from vaiti.capture.recorder.pages import EVERY_S, MOST_CALLS, SOON_S, LargePages, available, join

LARGE = 2 << 20


def pages_had(memory: mmap.mmap) -> int:
    view = ctypes.c_char.from_buffer(memory)
    known = ctypes.create_string_buffer(len(memory) // mmap.PAGESIZE)
    libc = ctypes.CDLL(None)
    libc.mincore.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
    assert libc.mincore(ctypes.addressof(view), len(memory), known) == 0
    return len(known.raw) - known.raw.count(0)


def test_what_is_used_is_joined_and_stays_as_it_is() -> None:
    if not available():
        assert not Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").exists()
        return
    used, hardly = mmap.mmap(-1, 4 * LARGE), mmap.mmap(-1, 16 * LARGE)
    with used, hardly:
        for at in range(0, len(used), 512):
            used[at : at + 8] = at.to_bytes(8, "big")
        for at in range(0, len(hardly), LARGE):
            hardly[at] = 1
        before = pages_had(hardly)
        join()
        assert pages_had(hardly) < before + 512  # one at most, shared with what lies beside it
        found = [used[at : at + 8] for at in range(0, len(used), 512)]
        assert found == [at.to_bytes(8, "big") for at in range(0, len(used), 512)]


@pytest.mark.parametrize(
    ("calls", "passed", "due"),
    [
        (MOST_CALLS, EVERY_S, False),
        (1_000, EVERY_S, True),
        (1_000, EVERY_S - 1, False),
        (1_300, SOON_S, True),
        (1_300, SOON_S - 1, False),
    ],
)
def test_pages_are_joined_when_calls_have_become_more_and_each_minute(
    calls: int, passed: float, due: bool
) -> None:
    assert LargePages(1_000.0, 1_000).due(calls, 1_000.0 + passed) is due
