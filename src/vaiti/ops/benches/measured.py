"""The processes that benchmarks measure: started on a core of their own, and what they use."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vaiti.capture.orders import Intake, Limits, Line, Orders, Peer
from vaiti.capture.signed_orders import sign
from vaiti.ops.sections.media import LEAST_RING, RING_KEPT_S, RING_S, ring_mb

LINE: Final = "+358207100000"
CUSTOMER: Final = "+358401234567"
HOST: Final = "127.0.0.1"
PATIENCE: Final = 30.0  # seconds for a process to start or stop
MOST_CALLS: Final = 5_000
MOST_SECONDS: Final = 1_200  # sequence numbers begin anew after that


class BenchError(Exception):
    """The measurement cannot be made; the text says why."""


RING: Final = "ring"
"""The file in the folder of a recorder that is to receive speech by a packet ring: its size."""


def ask_for_ring(folder: Path, calls: int, *, kept: bool = False) -> int:
    """As large as the settings of a recorder of so many calls have to make it, `kept` beside a
    keeper; in bytes."""
    size = max(LEAST_RING, ring_mb(calls, RING_KEPT_S if kept else RING_S)) << 20
    (folder / RING).write_text(str(size))
    return size


@contextmanager
def running(*arguments: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One of `receivers`, on a core of its own; ended by SIGTERM. Raises BenchError."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vaiti.ops.benches.receivers", *map(str, arguments)],
        env=environment(),
    )
    keep_to(process.pid, 0)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        if process.wait(PATIENCE):
            raise BenchError(f"the measured process ended with {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@contextmanager
def killed_at_last(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process on whatever core is free; ended by SIGKILL."""
    with subprocess.Popen(command, env=environment()) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def keeper(folder: Path) -> Iterator[None]:
    """Holds what the recorder of this folder gives it, until both have ended. Raises BenchError."""
    command = [sys.executable, "-m", "vaiti.ops.benches.receivers", "keeper", str(folder)]
    with killed_at_last(command) as process:
        wait_until(process, (folder / "keeper.sock").exists)
        yield


def wait_until(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> None:
    """Raises BenchError where the process ends first, or takes too long."""
    until = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise BenchError("the process to be measured did not start")
        time.sleep(0.05)


def keep_to(pid: int, core: int) -> None:
    """Keeps a process to one core, counted among those that we may use."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {usable[core]})


def environment() -> dict[str, str]:
    """Ours, with the packages that we found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def cpu_s(pid: int) -> float:
    """User and system time of a process and all its threads so far, in seconds, to the nanosecond.

    Linux numbers the CPU clocks of processes so (clock_getcpuclockid(3)).
    """
    return time.clock_gettime(~pid << 3 | 2)


def memory(pid: int, name: str) -> int:
    """VmRSS (now) or VmHWM (most so far) of a process, in bytes. Raises BenchError."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise BenchError(f"the system does not tell {name} of a process")


def write_orders(folder: Path, public: bytes, calls: int) -> None:
    """What a recorder needs in its folder to take so many calls of LINE at a time."""
    now = datetime.now(UTC)
    now_us = int(now.timestamp() * 1e6)
    seed = secrets.token_bytes(32)
    orders = Orders(
        issued_us=now_us,
        expires_us=now_us + 24 * 3_600_000_000,
        zone_country="FI",
        intake=Intake(now.date().isoformat(), public),
        lines=(Line(LINE, recorded=True),),
        peers=(Peer("bench", (f"{HOST}/32",), silence_s=3600.0),),
        limits=Limits(calls=calls, free_bytes=1),
    )
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    (folder / "orders.pub").write_bytes(key.public_bytes_raw())
    (folder / "orders.json").write_bytes(sign(orders, seed))
    (folder / "journal").mkdir()
