"""The supervisor: real children that die, hang, leave children of their own, or never come up."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vaiti.ops.running import require_room
from vaiti.ops.settings import WeakSettings
from vaiti.ops.supervisor import CannotStart, Child, Supervisor

SLEEPER = "import time; time.sleep(600)"
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "open('{}', 'w'); time.sleep(600)"
)
PARENT = (
    "import subprocess, sys, time; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "open('{}', 'w').write(str(child.pid)); time.sleep(600)"
)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    return tmp_path


def child(name: str, program: str, ready: Callable[[], bool] = lambda: True) -> Child:
    return Child(name, [sys.executable, "-c", program], ready)


def supervisor(folder: Path, *children: Child) -> Supervisor:
    return Supervisor(children, folder / "run", folder / "logs")


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about within a minute")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def running() -> Iterator[Callable[[Supervisor], None]]:
    """Runs a supervisor in its own thread's stead: signals go to the main thread, so it is told."""
    begun: list[tuple[Supervisor, threading.Thread]] = []

    def begin(made: Supervisor) -> None:
        def watch() -> None:
            for one in made.children:
                made.bring_up(one)
            while not made.stopping:
                made.watch(time.monotonic())
                time.sleep(0.02)

        thread = threading.Thread(target=watch)
        thread.start()
        begun.append((made, thread))

    yield begin
    for made, thread in begun:
        made.stopping = True
        thread.join()
        made.stop_all()


def test_a_child_that_dies_is_started_again(
    folders: Path, running: Callable[[Supervisor], None]
) -> None:
    made = supervisor(folders, child("one", SLEEPER))
    running(made)
    pid_file = folders / "run" / "one.pid"
    wait_until(pid_file.exists)
    first = int(pid_file.read_text())
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: int(pid_file.read_text() or 0) != first)
    assert not alive(first)
    assert made.children[0].pause == 1.0


@pytest.fixture
def small_disk(folders: Path) -> Iterator[Path]:
    place = folders / "run"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.root
def test_nothing_starts_on_a_disk_without_room_and_the_sentence_says_so(small_disk: Path) -> None:
    with pytest.raises(WeakSettings, match=r"is full \(\d+ KiB are left\).*make room"):
        require_room(small_disk)
    require_room(Path(__file__).parent)


@pytest.mark.root
def test_a_full_disk_keeps_no_dead_child_from_being_started_again_and_ends_no_other(
    folders: Path, small_disk: Path, running: Callable[[Supervisor], None]
) -> None:
    made = supervisor(folders, child("one", SLEEPER), child("two", SLEEPER))
    running(made)
    wait_until(lambda: made.children[1].noted)
    pid_file, ballast = small_disk / "one.pid", small_disk / "ballast"
    first, other = int(pid_file.read_text()), made.children[1].process
    pid_file.unlink()
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    os.kill(first, signal.SIGKILL)
    one = made.children[0]
    wait_until(lambda: one.process is not None and one.process.pid != first)
    assert not one.noted
    ballast.unlink()
    wait_until(lambda: one.noted)
    assert int(pid_file.read_text()) not in (0, first)
    assert made.children[1].process is other


def test_a_child_that_cannot_be_started_is_tried_again_later(folders: Path) -> None:
    made = supervisor(folders, Child("one", ["/nowhere/to/be/found"], lambda: True))
    with pytest.raises(CannotStart, match="one cannot be started: No such file"):
        made.bring_up(made.children[0])
    made.watch(1000.0)
    assert (made.children[0].due, made.children[0].pause) == (1000.5, 1.0)


def test_what_a_dead_child_started_dies_before_it_is_started_again(
    folders: Path, running: Callable[[Supervisor], None]
) -> None:
    told = folders / "grandchild"
    running(supervisor(folders, child("one", PARENT.format(told))))
    wait_until(lambda: told.exists() and bool(told.read_text()))
    grandchild, parent = int(told.read_text()), int((folders / "run" / "one.pid").read_text())
    assert alive(grandchild)
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: not alive(grandchild))


def test_a_child_that_does_not_start_stops_all_and_says_its_last_words(folders: Path) -> None:
    first = child("first", SLEEPER)
    second = child("second", "import sys; sys.exit('the port is taken')", lambda: False)
    with pytest.raises(CannotStart, match=r"second did not start.* the port is taken"):
        supervisor(folders, first, second).run()
    assert first.process is not None
    assert not alive(first.process.pid)
    assert list((folders / "run").glob("*.pid")) == []


def test_a_child_that_ignores_the_request_to_stop_is_killed(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaiti.ops.supervisor.STOP_PATIENCE", 0.2)
    told = folders / "deaf"
    made = supervisor(folders, child("one", DEAF.format(told), told.exists))
    made.run(lambda: setattr(made, "stopping", True))
    process = made.children[0].process
    assert process is not None
    assert process.returncode == -signal.SIGKILL


def test_one_data_folder_has_one_supervisor(folders: Path) -> None:
    first = supervisor(folders, child("one", SLEEPER))

    def try_another() -> None:
        with pytest.raises(CannotStart, match="in use by another vaiti"):
            supervisor(folders, child("two", SLEEPER)).run()
        first.stopping = True

    first.run(try_another)


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    """The kernel tells them: nobody is left to."""
    program = (
        "import os, subprocess, sys, time; "
        "os.environ['VAITI_SUPERVISOR'] = str(os.getpid()); "
        "code = 'from vaiti.ops.parentage import die_with_parent as d; import time; d(); "
        "print(1, flush=True); time.sleep(600)'; "
        "child = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE); "
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    wait_until(lambda: not alive(pid))
