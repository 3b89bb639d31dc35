"""The environment that Vaiti runs in: made beside the checkout, from a lock file, whole or not
at all. Standard library only, for it runs before anything is installed.

An environment is built aside and renamed into place, so that a start that was killed half way
leaves nothing that a later start would trust. Its name carries the hash of what it was made from.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

STAMP = "complete"
WITH_VARIABLE = "VAITI_WITH"
"""What to install besides what runs everywhere, by the names of further lock files: codecs,
pkcs11."""
KINDS = {"test": "test", "lint": "test", "lock": "lock"}
"""Which lock file a command runs from; all others run from `run`."""

OPTIONS = {"test": ("--no-compile",)}
"""For pip. Most of what the tests need is never imported: compiling it all takes twenty seconds."""

PIP_INSTALL = (
    *("-m", "pip", "--disable-pip-version-check", "--quiet", "install"),
    *("--no-input", "--require-hashes", "--only-binary=:all:"),
)


class CannotInstall(Exception):
    """The environment cannot be made; the text says what the person can do."""


def start(root: str, arguments: Sequence[str]) -> NoReturn:
    """Replaces this process by the same command line in the environment."""
    checkout = Path(root)
    kind = KINDS.get(arguments[0] if arguments else "", "run")
    if {"--postgresql", "--postgres", "--browser", "--s3"} & set(arguments):
        kind = "test"  # servers, and the browser's driver, come with what the tests need
    try:
        python = prepared(checkout, kind)
    except CannotInstall as error:
        sys.exit(f"vaiti: {error}")
    except KeyboardInterrupt:
        sys.exit("vaiti: stopped before the installation was complete; the next start resumes it")
    os.execve(python, [str(python), "-m", "vaiti", *arguments], variables(checkout))


def variables(checkout: Path) -> dict[str, str]:
    """The environment variables of every process: our source and nothing of the caller's."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return kept | {"PYTHONPATH": str(checkout / "src"), "PYTHONSAFEPATH": "1"}


def prepared(checkout: Path, kind: str) -> Path:
    """The Python of a complete environment of this kind, which is made first if need be."""
    locked = checkout / "requirements" / f"{kind}.lock"
    home = home_of(checkout)
    more = further(checkout) if kind == "run" else ()
    environment = home / f"{kind}-{fingerprint(locked, *more)}"
    python = environment / "bin" / "python"
    if is_complete(environment):
        return python
    with held(home / f"{kind}.lock"):
        if not is_complete(environment):  # another start may have made it while we waited
            clear_remains(home, kind)
            build((locked, *more), environment, OPTIONS.get(kind, ()))
    return python


def further(checkout: Path) -> tuple[Path, ...]:
    names = sorted(set(os.environ.get(WITH_VARIABLE, "").replace(",", " ").split()))
    files = tuple(checkout / "requirements" / f"{name}.lock" for name in names)
    for file in files:
        if not file.is_file():
            raise CannotInstall(f"{WITH_VARIABLE} names {file.stem}, of which nothing is known")
    return files


def home_of(checkout: Path) -> Path:
    """`.vaiti` in the checkout, or a folder of this user's cache where that cannot be written."""
    beside = checkout / ".vaiti"
    try:
        beside.mkdir(exist_ok=True)
        if os.access(beside, os.W_OK | os.X_OK):
            return beside
    except OSError:
        pass
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    own = cache / "vaiti" / hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotInstall(
            f"neither {beside} nor {own} can be written; make one of them writable"
        ) from error
    return own


def fingerprint(*locked: Path) -> str:
    """Twelve hex digits over the lock files and the Python that the environment is for."""
    version = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
    facts = f"{version} {os.uname().machine} {sys.base_prefix}\n".encode()
    return hashlib.sha256(facts + b"".join(one.read_bytes() for one in locked)).hexdigest()[:12]


def is_complete(environment: Path) -> bool:
    return (environment / STAMP).is_file() and os.access(environment / "bin" / "python", os.X_OK)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds the lock file; one installation of a kind at a time, none left locked by a kill."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is installing; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def clear_remains(home: Path, kind: str) -> None:
    """Removes what killed installations left, and all older environments but the newest.

    That one may still be serving: a running Vaiti outlives the pull that changes the lock file.
    """
    older = sorted(home.glob(f"{kind}-*"), key=lambda folder: folder.stat().st_mtime)
    whole = [folder for folder in older if is_complete(folder)]
    for folder in older:
        if folder not in whole[-1:]:
            shutil.rmtree(folder)


def build(locked: Sequence[Path], environment: Path, options: Sequence[str] = ()) -> None:
    """Makes the environment aside and renames it into place when it is complete."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise CannotInstall(
            "this Python comes without its venv; install the package python3-venv "
            "(apt install python3-venv) and start again"
        )
    aside = environment.with_name(environment.name + ".part")
    lines = [line for one in locked for line in one.read_text().splitlines()]
    packages = sum(1 for line in lines if line[:1].isalnum())
    files = [part for one in locked for part in ("-r", str(one))]
    run_step("making an environment of its own", [sys.executable, "-m", "venv", str(aside)])
    run_step(
        f"installing {packages} locked packages into it (only the first time)",
        [str(aside / "bin" / "python"), *PIP_INSTALL, *options, *files],
    )
    (aside / STAMP).write_text("made whole\n")
    aside.rename(environment)


def run_step(sentence: str, command: Sequence[str]) -> None:
    say(f"{sentence} …")
    began = time.monotonic()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise CannotInstall(
            f"{sentence} failed. Is the package index reachable? It said:\n  " + "\n  ".join(last)
        )
    say(f"  done in {time.monotonic() - began:.0f} s")


def say(line: str) -> None:
    print(f"vaiti: {line}", file=sys.stderr, flush=True)
