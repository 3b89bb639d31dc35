"""The folder store: the conformance of every store, and its own files and system calls."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from vaiti.values.ids import ObjectId, new_object_id
from vaiti.vault import shred
from vaiti.vault.store import FolderStore, Store
from vault.keyworld import wait_for
from vault.store_conformance import StoreConformance

NAME = ObjectId("ab" * 16)

SEVERAL = """
    import sys
    from pathlib import Path
    from vaiti.vault import syncing
    from vaiti.vault.store import FolderStore, MANY
    from vaiti.vault.writers import Writers
    class Every:
        def __contains__(self, kind):
            return True
    syncing.SURE, syncing.SINCE = Every(), (int(sys.argv[2]),)
    store = FolderStore(Path(sys.argv[1]))
    objects = [(f"ab{number:030x}", [b"sealed"]) for number in range(MANY)]
    assert all(store.put_all(objects, Writers(4)))
"""

ENDLESS = """
    import sys
    from pathlib import Path
    from vaiti.vault.store import FolderStore
    def chunks():
        while True:
            yield bytes(1 << 16)
    FolderStore(Path(sys.argv[1])).put("ab" * 16, chunks())
"""

ONE = """
    import sys
    from pathlib import Path
    from vaiti.vault.store import FolderStore
    FolderStore(Path(sys.argv[1])).put("ab" * 16, [b"sealed"])
"""


def python(program: str, folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(program), str(folder), *more]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}


class TestFolderStore(StoreConformance):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return FolderStore(tmp_path / "store")

    def test_files_stand_under_two_digits_and_are_their_owners_alone(self, tmp_path: Path) -> None:
        store = FolderStore(tmp_path / "store")
        store.put(NAME, [b"sealed"])
        path = tmp_path / "store" / "ab" / f"{NAME}.vs"
        assert path.read_bytes() == b"sealed"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700

    def test_what_a_killed_put_leaves_is_no_object_but_is_not_absent(self, tmp_path: Path) -> None:
        folder = tmp_path / "store"
        store = FolderStore(folder)
        with subprocess.Popen(python(ENDLESS, folder), env=environment()) as process:
            wait_for(lambda: not store.absent(NAME))
            process.send_signal(signal.SIGKILL)
        assert not list(store.names())
        assert not store.absent(NAME)
        at = datetime.now(UTC)
        assert shred.remove_begun(store, at - timedelta(hours=1)) == 0, "somebody may write it yet"
        assert shred.remove_begun(store, at + timedelta(hours=1)) == 1
        assert store.absent(NAME)
        (folder / "partial" / f"{NAME}.0").touch()
        assert not store.absent(NAME)
        shred.remove(store, NAME)
        assert store.absent(NAME)
        assert not [path for path in folder.rglob("*") if path.is_file()]

    def test_a_removed_journal_file_is_gone_also_the_second_time(self, tmp_path: Path) -> None:
        path = tmp_path / "000001.vj"
        path.write_bytes(b"records")
        for _ in range(2):
            shred.remove_file(path)
            assert not path.exists()

    def test_a_store_that_knows_no_removal_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="removed"):
            shred.remove(object(), new_object_id())  # type: ignore[arg-type]

    @pytest.mark.skipif(shutil.which("strace") is None, reason="needs the Debian package strace")
    def test_put_syncs_the_file_before_and_the_folders_after_the_rename(
        self, tmp_path: Path
    ) -> None:
        FolderStore(tmp_path / "store").put(ObjectId("ab" + "0" * 30), [b"makes the folder"])
        trace = tmp_path / "trace"
        watched = ["strace", "-f", "-y", "-e", "trace=fsync,rename", "-o", str(trace)]
        subprocess.run([*watched, *python(ONE, tmp_path / "store")], env=environment(), check=True)
        calls = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
        steps = [call for call in calls if call.startswith(("fsync(", "rename("))]
        made = "the folder is another process's, which may have died before it was durable"
        assert "/store>" in steps[0], made
        assert [step.split("(")[0] for step in steps[1:]] == ["fsync", "rename", "fsync", "fsync"]
        assert "/partial/" in steps[1]
        assert "/ab>" in steps[3]
        assert "/partial>" in steps[4]

    @pytest.mark.skipif(shutil.which("strace") is None, reason="needs the Debian package strace")
    def test_of_many_the_whole_disk_is_synced_between_writing_and_naming(
        self, tmp_path: Path
    ) -> None:
        """And each file, where a system before that `since` would not tell of one that failed."""
        FolderStore(tmp_path / "store").put(ObjectId("ab" + "f" * 30), [b"makes the folder"])
        trace, found = tmp_path / "trace", list[list[str]]()
        watched = ["strace", "-f", "-e", "trace=syncfs,fsync,rename", "-o", str(trace)]
        for since in ("0", "999"):
            program = python(SEVERAL, tmp_path / "store", since)
            subprocess.run([*watched, *program], env=environment(), check=True)
            calls = [line.split(maxsplit=1)[1] for line in trace.read_text().splitlines()]
            steps = [call.split("(")[0] for call in calls if call[0] in "sfr"]
            found.append([step for step, _ in groupby(steps)])
        assert found == [["syncfs", "fsync", "rename", "fsync"], ["fsync", "rename", "fsync"]]
