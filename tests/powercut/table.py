"""The crash table: the power goes at each thing that was done to the disk, in four ways.

    PYTHONPATH=src:tests python -m powercut.table [--every N] [--keep FOLDER]

Prints a line for each state in which something does not hold, and the counts. Needs strace.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from powercut.disk import SHARED, WATCH, Act, Disk, Loss, acts

TESTS = Path(__file__).resolve().parents[1]


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

    def left(self, cut: int, loss: Loss) -> tuple[dict[str, bytes], set[str], list[str]]:
        """Files, folders, and the marks that had been come to."""
        disk = Disk(self.begin, self.folders)
        marks = []
        for act in self.acts[:cut]:
            if act.kind == "mark":
                marks.append(act.data.decode())
            else:
                disk.do(act)
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


def faults(run: Watched, root: Path, cut: int, loss: Loss) -> list[str]:
    """What does not hold after the power went after so many acts, in this way."""
    files, folders, marks = run.left(cut, loss)
    place = root / "a"
    shutil.rmtree(place, ignore_errors=True)
    for each in sorted(folders):
        (place / Path(each).relative_to(run.folder)).mkdir(0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        path = place / Path(name).relative_to(run.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
    (root / "marks").write_text("".join(marks))
    given = (place, Path(f"{run.folder}.json"), root / "marks")
    ran = _python("powercut.after", *given, check=False)
    said = ran.stdout.decode().splitlines()
    return said if ran.returncode == 0 else [*said, ran.stderr.decode().strip().splitlines()[-1]]


def _python(module: str, *given: object, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", module, *map(str, given)]
    ran = subprocess.run(command, check=False, capture_output=True, env=_environment())
    assert not check or ran.returncode == 0, ran.stderr.decode()[-2000:]
    return ran


def _environment() -> dict[str, str]:
    """Whatever a test before has made of this process's own."""
    return os.environ | {"PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}"}


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--every", type=int, default=1, help="try each so-many-th moment only")
    asked = given.parse_args()
    broken = tried = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="p") as folder:
        run = watched(Path(folder))
        for cut in run.cuts[:: asked.every]:
            for loss in Loss:
                tried += 1
                if found := faults(run, Path(folder), cut, loss):
                    broken += 1
                    act = run.acts[cut - 1] if cut else None
                    told = {"cut": cut, "loss": loss, "act": act and f"{act.kind} {act.path}"}
                    sys.stdout.write(json.dumps({**told, "faults": found}) + "\n")
                    sys.stdout.flush()
    sys.stdout.write(f"{tried} states of {len(run.cuts)} moments; {broken} broken\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
