"""When the journal begins a new file."""

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
