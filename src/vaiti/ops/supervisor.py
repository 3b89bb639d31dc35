"""Starts the processes, keeps them running, and leaves none behind.

Each child leads a process session of its own, so that a signal from the terminal reaches only the
supervisor, and a dead child's own children can be killed with it before it is started again.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

PATIENCE = 60.0
"""Seconds that a child has to become ready on its first start."""
STOP_PATIENCE = 15.0
"""Seconds that a child has to stop before it is killed."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a restart: doubled each time, forgotten after a minute of running."""
HEALTHY_AFTER = 60.0
SETTLED_AFTER = 3.0
"""Seconds after which one that ends by itself, and well, is followed by the next at once."""
TICK = 0.05
PARENT_VARIABLE = "VAITI_SUPERVISOR"


class CannotStart(Exception):
    """A process did not come up; the text says which, and where it says why."""


@dataclass(slots=True)
class Child:
    """One process: `command` starts it, `ready` says whether it serves.

    `obstacle` is a sentence on what would keep it from its first start, or nothing. `noted`:
    whether its number stands in the folder `run`.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    obstacle: Callable[[], str] = lambda: ""
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)
    noted: bool = False


class Supervisor:
    """Runs the children until `stop` is called or a signal comes; `look` looks after them too."""

    def __init__(
        self,
        children: Sequence[Child],
        run: Path,
        logs: Path,
        look: Callable[[float], None] = lambda tick: None,
    ) -> None:
        self.children = list(children)
        self.run_folder, self.logs, self.look = run, logs, look
        self.stopping = False

    def run(self, when_up: Callable[[], None] = lambda: None) -> None:
        """Starts all in order, then `when_up`, then watches. Raises CannotStart; all are stopped
        in every case when this returns or raises."""
        with only_one(self.run_folder / "up.lock"), self.obeying_signals():
            try:
                for child in self.children:
                    self.bring_up(child)
                if not self.stopping:
                    when_up()
                while not self.stopping:
                    self.watch(time.monotonic())
                    self.look(time.monotonic())
                    time.sleep(TICK)
            finally:
                self.stop_all()

    @contextmanager
    def obeying_signals(self) -> Iterator[None]:
        def obey(number: int, frame: FrameType | None) -> None:
            self.stopping = True

        before = {number: signal.signal(number, obey) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def bring_up(self, child: Child) -> None:
        """Starts a child for the first time and waits until it serves."""
        if told := child.obstacle():
            raise CannotStart(told)
        try:
            self.spawn(child)
        except OSError as error:
            raise CannotStart(f"{child.name} cannot be started: {error.strerror}") from error
        deadline = time.monotonic() + PATIENCE
        while not self.stopping and not child.ready():
            if child.process is None or has_ended(child.process):
                raise CannotStart(f"{child.name} did not start. {self.last_words(child)}")
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"{child.name} was not ready within {PATIENCE:.0f} seconds; "
                    f"see {self.logs / (child.name + '.log')}"
                )
            time.sleep(TICK)

    def spawn(self, child: Child) -> None:
        """Raises OSError where the system has no room, memory or descriptor for it."""
        with (self.logs / f"{child.name}.err").open("wb") as output:
            child.process = subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | {PARENT_VARIABLE: str(os.getpid())},
            )
        child.started = time.monotonic()
        self.note(child.process.pid, child)

    def note(self, pid: int, child: Child) -> None:
        """On a full disk it is tried again until there is room: the others go on meanwhile."""
        try:
            (self.run_folder / f"{child.name}.pid").write_text(f"{pid}\n")
            child.noted = True
        except OSError:
            child.noted = False

    def watch(self, now: float) -> None:
        """Starts dead children again, each after its pause."""
        for child in self.children:
            if child.process is None:
                if now >= child.due:
                    self.start_again(child, now)
            elif has_ended(child.process):
                end(child.process)
                lived = now - child.started
                child.pause = FIRST_PAUSE if lived > HEALTHY_AFTER else child.pause
                well = child.process.returncode == 0 and lived > SETTLED_AFTER
                child.due, child.process = now + (0.0 if well else child.pause), None
                if not well:
                    child.pause = min(2 * child.pause, LONGEST_PAUSE)
            elif not child.noted:
                self.note(child.process.pid, child)

    def start_again(self, child: Child, now: float) -> None:
        """What the system has no room, memory or descriptor for now waits for its next turn, and
        ends no other."""
        try:
            self.spawn(child)
        except OSError as error:
            tell(f"{child.name} cannot be started just now: {error.strerror}")
            child.due, child.pause = now + child.pause, min(2 * child.pause, LONGEST_PAUSE)

    def stop_all(self) -> None:
        """Stops the children, last started first; none is left, nor any child of theirs."""
        for child in reversed(self.children):
            if child.process is not None:
                end(child.process)
            (self.run_folder / f"{child.name}.pid").unlink(missing_ok=True)

    def last_words(self, child: Child) -> str:
        written = (self.logs / f"{child.name}.err").read_text(errors="replace").strip()
        return written.splitlines()[-1] if written else f"See {self.logs / (child.name + '.log')}"


def tell(sentence: str) -> None:
    """To whoever started us, if there is room for it."""
    with contextlib.suppress(OSError):
        print(f"vaiti: {sentence}", file=sys.stderr, flush=True)


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it, so that its number is nobody else's while its group is killed."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a child and whatever it started: first by asking, then by force."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE
    while not has_ended(process) and time.monotonic() < deadline:
        time.sleep(TICK)
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """Kills what is left of a child's process session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Raises CannotStart when another supervisor has this data folder."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"{path.parent.parent} is in use by another vaiti; stop that one first"
            ) from error
        yield


def child_command(name: str, folder: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "vaiti", "process", name, "--data", str(folder)]
