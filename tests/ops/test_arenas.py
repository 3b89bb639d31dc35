"""The worker's threads share the C library's memory: each of its own would keep what it freed."""

import os
import subprocess
import sys
from pathlib import Path

THREADS = """
import ctypes, sys, threading
from vaiti.ops.arenas import share_arenas

if sys.argv[2:]:
    assert share_arenas()
libc, together = ctypes.CDLL(None), threading.Barrier(6)
libc.fopen.restype = ctypes.c_void_p

def use():
    libc.malloc(4096)
    together.wait()

threads = [threading.Thread(target=use) for _ in range(6)]
for one in threads:
    one.start()
for one in threads:
    one.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def arenas(told: Path, *shared: str) -> int:
    plain = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    subprocess.run([sys.executable, "-c", THREADS, str(told), *shared], env=plain, check=True)
    return told.read_text().count("<heap nr=")


def test_threads_share_two_arenas(tmp_path: Path) -> None:
    told = tmp_path / "arenas"
    assert arenas(told, "shared") == 2
    assert arenas(told) > 2
