"""The crash table: the power goes at each thing that was done to the disk, in four ways.

    PYTHONPATH=src:tests python -m powercut.table [--every N] [--workers N]

Prints a line for each state in which something does not hold, and the counts. Needs strace.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import BoundedSemaphore

from powercut.disk import SHARED, WATCH, Act, Disk, Loss, acts

TESTS = Path(__file__).resolve().parents[1]

Left = tuple[dict[str, bytes], set[str], list[str]]
"""Files and folders that are there when the power comes back, and the marks come to before."""


@dataclass(frozen=True)
class Watched:
    """A program that has been watched: where it began, and what it did."""

    folder: Path
    begin: dict[str, bytes]
    folders: set[str]
    acts: list[Act]

    @property
    def cuts(self) -> list[int]:
        """After how many acts the power may go: after each that changes the disk."""
        changes = [at for at, act in enumerate(self.acts, 1) if act.kind != "mark"]
        return [0, *changes]

    def moments(self, every: int = 1) -> Iterator[tuple[int, Disk, list[str]]]:
        """Each so-many-th cut, with the disk as it is then and the marks that had been come to."""
        disk, done = Disk(self.begin, self.folders), 0
        marks: list[str] = []
        for cut in self.cuts[::every]:
            for act in self.acts[done:cut]:
                if act.kind == "mark":
                    marks.append(act.data.decode())
                else:
                    disk.do(act)
            done = cut
            yield cut, disk, marks

    def left(self, cut: int, loss: Loss) -> Left:
        """As a power cut after so many acts leaves it."""
        begun = replace(self, acts=self.acts[:cut])
        *_, (_, disk, marks) = begun.moments()
        marks += [act.data.decode() for act in begun.acts[begun.cuts[-1] :]]
        return *disk.left(loss), marks


def watched(root: Path) -> Watched:
    """Runs the program in a folder below `root`."""
    folder, trace = root / "w", root / "trace"
    folder.mkdir(mode=0o700)
    _python("powercut.worked", "make", folder)
    begin = {str(each): each.read_bytes() for each in _files(folder)}
    folders = {str(folder), *(str(each) for each in folder.rglob("*") if each.is_dir())}
    program = [sys.executable, "-m", "powercut.worked", "work", str(folder)]
    subprocess.run([*WATCH, "-o", str(trace), *program], check=True, env=_environment())
    return Watched(folder, begin, folders, list(acts(trace, folder, Path(f"{folder}.marks"))))


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file() and not each.name.endswith(SHARED))


class After:
    """The program that starts on what is left. To be closed."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "powercut.after"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._program = subprocess.Popen(command, env=_environment(), text=True, **pipes)

    def close(self) -> None:
        self._program.communicate()

    def look(self, run: Watched, root: Path, left: Left) -> list[str]:
        """What does not hold; the state is laid out below `root`."""
        files, folders, marks = left
        place = root / "a"
        shutil.rmtree(place, ignore_errors=True)
        for each in sorted(folders):
            (place / Path(each).relative_to(run.folder)).mkdir(0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            path = place / Path(name).relative_to(run.folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
        asked = {"folder": str(place), "calls": f"{run.folder}.json", "marks": marks}
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(json.dumps(asked) + "\n")
        self._program.stdin.flush()
        return list(json.loads(self._program.stdout.readline()))


def _python(module: str, *given: object) -> None:
    command = [sys.executable, "-m", module, *map(str, given)]
    ran = subprocess.run(command, check=False, capture_output=True, env=_environment())
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]


def _environment() -> dict[str, str]:
    """Whatever a test before has made of this process's own."""
    return os.environ | {"PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}"}


def _name(left: Left) -> bytes:
    """The same for the same bytes under the same names, with the same promises."""
    files, folders, marks = left
    digest = hashlib.sha256(repr((sorted(folders), marks)).encode())
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.digest()


class Table:
    """Tries states, some at a time, each different one once."""

    def __init__(self, run: Watched, root: Path, workers: int) -> None:
        self.run, self.broken, self.tried = run, 0, 0
        self.known: set[bytes] = set()
        self._free: SimpleQueue[tuple[After, Path]] = SimpleQueue()
        for number in range(workers):
            place = root / str(number)
            place.mkdir()
            self._free.put((After(), place))
        self._pool = ThreadPoolExecutor(workers)
        self._room = BoundedSemaphore(2 * workers)  # a state has megabytes

    def try_all(self, every: int) -> None:
        asked = []
        for cut, disk, marks in self.run.moments(every):
            for loss in Loss:
                left = (*disk.left(loss), list(marks))
                self.tried += 1
                if (name := _name(left)) not in self.known:
                    self.known.add(name)
                    self._room.acquire()
                    asked.append(self._pool.submit(self._try, cut, loss, left))
        for one in asked:
            one.result()
        while not self._free.empty():
            self._free.get()[0].close()

    def _try(self, cut: int, loss: Loss, left: Left) -> None:
        after, place = self._free.get()
        try:
            found = after.look(self.run, place, left)
        finally:
            self._free.put((after, place))
            self._room.release()
        if found:
            self.broken += 1
            act = self.run.acts[cut - 1] if cut else None
            told = {"cut": cut, "loss": loss, "act": act and f"{act.kind} {act.path}"}
            sys.stdout.write(json.dumps({**told, "faults": found}) + "\n")
            sys.stdout.flush()


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--every", type=int, default=1, help="try each so-many-th moment only")
    given.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="p") as folder:
        table = Table(watched(Path(folder)), Path(folder), asked.workers)
        table.try_all(asked.every)
    moments = len(table.run.cuts[:: asked.every])
    different = f"{len(table.known)} different ones"
    told = f"{table.tried} states of {moments} moments, {different}; {table.broken} broken\n"
    sys.stdout.write(told)
    return 1 if table.broken else 0


if __name__ == "__main__":
    sys.exit(main())
