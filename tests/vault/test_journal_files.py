"""When the journal begins a new file."""

import os
import resource
from pathlib import Path

from vaiti.values.ids import new_call_id
from vaiti.vault.journal import NO_CALL, JournalWriter, Kind, files, frame


def test_a_new_file_begins_only_when_something_stands_in_the_old_one(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        journal.begin_file()
        assert len(files(journal.folder)) == 1
        journal.append([frame(Kind.VOID, new_call_id())])
        journal.begin_file()
        journal.begin_file()
        assert [path.name for path in files(journal.folder)] == ["000001.vj", "000002.vj"]


def test_without_a_descriptor_the_present_file_goes_on(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with JournalWriter(tmp_path) as journal:
        journal.append([frame(Kind.EVENT, NO_CALL, b"before")])
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            journal.begin_file()
            journal.append([frame(Kind.EVENT, NO_CALL, b"meanwhile")])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert len(files(journal.folder)) == 1
        journal.begin_file()
        assert len(files(journal.folder)) == 2
    assert b"meanwhile" in files(journal.folder)[0].read_bytes()
