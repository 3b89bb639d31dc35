"""When the journal begins a new file."""

import os
import subprocess
import sys
from pathlib import Path

from vaiti.values.ids import new_call_id
from vaiti.vault.journal import JournalWriter, Kind, files, frame


def test_a_new_file_begins_only_when_something_stands_in_the_old_one(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        journal.begin_file()
        assert len(files(journal.folder)) == 1
        journal.append([frame(Kind.VOID, new_call_id())])
        journal.begin_file()
        journal.begin_file()
        assert [path.name for path in files(journal.folder)] == ["000001.vj", "000002.vj"]


WITHOUT = """
import os, resource, sys
from pathlib import Path
from vaiti.vault.journal import NO_CALL, JournalWriter, Kind, frame
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
with JournalWriter(Path(sys.argv[1])) as journal:
    journal.append([frame(Kind.EVENT, NO_CALL, b"before")])
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    journal.begin_file()
    journal.append([frame(Kind.EVENT, NO_CALL, b"meanwhile")])
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 9, hard))
    journal.begin_file()
"""


def test_without_a_descriptor_the_present_file_goes_on(tmp_path: Path) -> None:
    """In a process of its own: here the next test to let go of a file would make room for one."""
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", WITHOUT, str(tmp_path)], check=True, env=path)
    (folder,) = tmp_path.iterdir()
    first, _second = files(folder)
    assert b"meanwhile" in first.read_bytes()
