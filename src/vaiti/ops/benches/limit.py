"""How far the limit is: a receiver written in C, which the measuring person brings.

It is called as `PROGRAM -n STREAMS -t SECONDS -p FIRST -s 1 -m lazy -i 500`: it binds that many UDP
ports of 127.0.0.1 from FIRST on, writes a line to its standard error when it has, empties each of
them every 500 ms, ends by itself when nothing comes any more, and then prints a JSON object: `got`
(packets), `utime` and `stime` (its CPU seconds, from the first packet on).
"""

import json
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Final

from vaiti.ops.quiet_ports import QUIET_PORTS, try_port

PORTS: Final = range(10_000, QUIET_PORTS.stop)
"""Below those that systems lend to connections outwards."""
ENDS_IN_S: Final = 30.0  # after the last packet, at most


class NoLimit(Exception):
    """There is no such program, or it does not do what it is asked."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What it needed for the packets that it got."""

    cpu_s: float
    got: int


def built(given: Path, folder: Path) -> Path:
    """The program: compiled in `folder` where `given` is a source of C. Raises NoLimit."""
    if given.suffix != ".c":
        return given.resolve()
    compiler, made = shutil.which("cc"), folder / "limit"
    if compiler is None:
        raise NoLimit("no C compiler (cc) is here to make the program of --limit")
    command = [compiler, "-O2", "-o", str(made), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoLimit(f"the program of --limit cannot be compiled: {done.stderr[-500:]}")
    return made


def needed(
    program: Path,
    streams: int,
    seconds: float,
    load: Callable[[int, Sequence[tuple[str, int]]], object],
) -> Limit:
    """Lets `load` (with the program's process and addresses) send to it. Raises NoLimit."""
    first = free_run(streams)
    command = [program, "-n", streams, "-t", seconds + ENDS_IN_S, "-p", first, "-s", 1]
    targets = [("127.0.0.1", first + stream) for stream in range(streams)]
    with _started([*map(str, command), "-m", "lazy", "-i", "500"]) as (process, output):
        load(process.pid, targets)
        try:
            process.wait(ENDS_IN_S)
            told = json.loads(output.read().splitlines()[-1])
            return Limit(float(told["utime"]) + float(told["stime"]), int(told["got"]))
        except (subprocess.TimeoutExpired, LookupError, ValueError, TypeError) as error:
            raise NoLimit("the program of --limit did not tell `got`, `utime`, `stime`") from error


def free_run(length: int) -> int:
    """The first of so many free UDP ports in a row, from a drawn place on. Raises NoLimit."""
    drawn = random.choice(PORTS)
    free = 0
    for port in chain(range(drawn, PORTS.stop), (0,), PORTS):  # no run goes over the end
        free = free + 1 if port and try_port(port, (socket.SOCK_DGRAM,)) else 0
        if free == length:
            return port - length + 1
    raise NoLimit(f"no {length} UDP ports in a row are free from {PORTS.start} on")


@contextmanager
def _started(command: list[str]) -> Iterator[tuple["subprocess.Popen[str]", IO[str]]]:
    """Once it says that it listens. It does not outlive this."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
    except OSError as error:
        raise NoLimit(f"the program of --limit does not start: {error}") from error
    with process:
        try:
            assert process.stdout is not None and process.stderr is not None
            if not process.stderr.readline() or process.poll():
                raise NoLimit("the program of --limit ended before it listened")
            yield process, process.stdout
        finally:
            process.kill()
