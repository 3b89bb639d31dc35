"""The power goes while calls are recorded, enter the book and are destroyed: of the crash table.

`powercut.table` tries every moment in four ways; here are a few, each near another kind of write.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from powercut.disk import Loss
from powercut.table import After, Watched, watched

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs the Debian package strace"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("cut")
    folder.chmod(0o700)
    yield watched(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def after() -> Iterator[After]:
    program = After()
    yield program
    program.close()


def after_last(run: Watched, part: str, back: int = 0) -> int:
    """The moment after the last act on such a file, or so many acts before it."""
    found = [at for at, act in enumerate(run.acts, 1) if part in act.path and act.kind != "mark"]
    return found[-1] - back


def test_the_disk_that_was_built_from_what_was_seen_is_the_real_one(run: Watched) -> None:
    files, _, marks = run.left(len(run.acts), Loss.ALL)
    there = {str(each) for each in run.folder.rglob("*") if each.is_file()}
    assert {each for each in there if not each.endswith("-shm")} == set(files)
    assert [name for name, content in files.items() if Path(name).read_bytes() != content] == []
    assert [line.split()[0] for line in marks] == [
        *("finished", "finished", "entered", "entered"),
        *("begun", "finished", "begun", "entered", "entered", "at"),
        *("packed", "packed", "packed", "at", "alone", "alone", "alone", "at"),
        *("dying", "dying", "destroyed", "destroyed"),
    ]


def packing(run: Watched) -> int:
    """The moment at which the first packed recording is whole, and no row says so."""
    first = next(at for at, act in enumerate(run.acts) if act.path.endswith("/run/destroying.lock"))
    return next(
        at
        for at, act in enumerate(run.acts[first:], first + 1)
        if act.kind == "rename" and "/store/" in act.path
    )


@pytest.mark.parametrize(
    "moment",
    [
        ("/journal/", 1, Loss.TORN),
        ("/journal/", 12, Loss.NAMES),
        ("/store/", 2, Loss.SYNCED),
        ("/keys/keystore.sqlite", 3, Loss.SYNCED),
        ("/db.sqlite3-wal", 20, Loss.TORN),
    ],
)
def test_n12_n19_what_was_promised_holds_after_a_power_cut(
    run: Watched, after: After, tmp_path: Path, moment: tuple[str, int, Loss]
) -> None:
    tmp_path.chmod(0o700)
    part, back, loss = moment
    assert after.look(run, tmp_path, run.left(after_last(run, part, back), loss)) == []


def test_n17_what_is_being_packed_is_heard_after_a_power_cut(
    run: Watched, after: After, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    assert after.look(run, tmp_path, run.left(packing(run), Loss.TORN)) == []


def test_a_promise_that_is_broken_is_seen(run: Watched, after: After, tmp_path: Path) -> None:
    """A store whose objects come to no disk: the last call is lost, and the look says so."""
    tmp_path.chmod(0o700)
    acts = [each for each in run.acts if "/store/" not in each.path]
    broken = replace(run, acts=acts)
    found = after.look(broken, tmp_path, broken.left(len(acts), Loss.ALL))
    assert found and "NoObject" in found[-1]


def test_the_names_in_the_topmost_folder_are_durable_once_it_was_synced(run: Watched) -> None:
    """Else every state would be tried with a register from before."""
    synced, _, _ = run.left(run.cuts[-1] - 1, Loss.SYNCED)
    assert str(run.folder / "db.sqlite3-wal") in synced
