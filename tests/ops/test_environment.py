"""The launcher: an environment is whole or not there; killed installations heal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vaiti.ops import environment
from vaiti.ops.environment import (
    STAMP,
    CannotInstall,
    clear_remains,
    fingerprint,
    home_of,
    is_complete,
    prepared,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock files ask for nothing, so that no index is needed."""
    made = tmp_path / "checkout"
    (made / "requirements").mkdir(parents=True)
    for kind in ("run", "test"):
        (made / "requirements" / f"{kind}.lock").write_text(f"# nothing for {kind}\n")
    return made


def test_of_the_environments_before_the_newest_is_kept_and_no_part_of_one(tmp_path: Path) -> None:
    for number, name in enumerate(("run-aaa", "run-bbb", "run-ccc.part", "test-aaa")):
        folder = tmp_path / name
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        if not name.endswith(".part"):
            (folder / STAMP).write_text("made whole\n")
        os.utime(folder, (number, number))
    clear_remains(tmp_path, "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-bbb", "test-aaa"]


def test_an_installation_that_was_killed_heals_and_is_found_again_also_where_it_was_moved(
    checkout: Path,
) -> None:
    program = (
        "import sys; from pathlib import Path; from vaiti.ops.environment import prepared; "
        f"prepared(Path({str(checkout)!r}), 'run')"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as killed:
        while not list((checkout / ".vaiti").glob("*.part/bin")):
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    assert not is_complete(next((checkout / ".vaiti").glob("run-*")))
    python = prepared(checkout, "run")
    assert is_complete(python.parent.parent)
    assert list((checkout / ".vaiti").glob("*.part")) == []
    made = python.lstat().st_mtime_ns
    assert prepared(checkout, "run") == python
    assert python.lstat().st_mtime_ns == made
    moved = checkout.rename(checkout.with_name("moved"))
    python = prepared(moved, "run")
    assert (moved in python.parents, python.lstat().st_mtime_ns) == (True, made)
    assert subprocess.run([python, "-c", "import json"], check=False).returncode == 0


def test_a_failing_installation_says_so_and_leaves_nothing_that_is_trusted(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "requirements" / "run.lock").write_text(
        "no-such-package-anywhere==1.0 --hash=sha256:" + "0" * 64 + "\n"
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(CannotInstall, match="Is the package index reachable"):
        prepared(checkout, "run")
    assert not any(is_complete(folder) for folder in (checkout / ".vaiti").glob("run-*"))


def test_a_checkout_that_cannot_be_written_uses_the_users_cache(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (checkout / ".vaiti").write_text("in the way\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = home_of(checkout)
    assert home.parent == tmp_path / "cache" / "vaiti"
    assert home == home_of(checkout) != home_of(checkout.parent)


def test_a_python_without_venv_is_told_which_package(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotInstall, match="python3-venv"):
        prepared(checkout, "run")


def test_the_fingerprint_follows_the_lock_file(checkout: Path) -> None:
    lock = checkout / "requirements" / "run.lock"
    before = fingerprint(lock)
    lock.write_text("# other\n")
    assert fingerprint(lock) != before


def test_the_launcher_says_what_commands_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vaiti", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "usage: vaiti COMMAND" in done.stdout
    assert os.access(ROOT / "vaiti", os.X_OK)
