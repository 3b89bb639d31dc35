"""Gathering from a real journal: complete, void, recovered and lost calls, and killed recorders."""

import hashlib
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from vaiti.values.ids import CallId, new_call_id, new_object_id
from vaiti.vault.gathering import MAX_NEWS, End, Finished, Gatherer, gather, is_dead
from vaiti.vault.journal import (
    NO_CALL,
    JournalWriter,
    Kind,
    files,
    frame,
    opening_body,
    segment_body,
)
from vaiti.vault.sealing import CAPACITY, Sealer
from vaiti.vault.store import FolderStore
from vault.keyworld import wait_for
from vault.test_opening import KEY, framed, opened

LEFTOVERS = 2_000


class Recording:
    """A call as the recorder journals it: `step` one segment, then `end`."""

    def __init__(self, journal: JournalWriter, call_id: CallId | None = None) -> None:
        self.call_id = call_id or new_call_id()
        self.journal = journal
        self.sealer = Sealer(KEY, self.call_id)
        self.said = b""
        opening = opening_body("2026-11-23", b"w" * 80, self.sealer.header)
        journal.append([frame(Kind.OPEN, self.call_id, opening)])
        self.draft(b"draft 1")

    def draft(self, text: bytes) -> None:
        self.journal.append([frame(Kind.DRAFT, self.call_id, text)])

    def step(self, said: bytes = b"speech ") -> None:
        self.said += said
        index, sealed = self.sealer.count, self.sealer.seal(framed(said))
        self.journal.append([frame(Kind.SEGMENT, self.call_id, segment_body(index, sealed))])

    def end(self) -> None:
        index, sealed = self.sealer.count, self.sealer.finish(framed(b"bye"))
        self.said += b"bye"
        self.journal.append(
            [
                frame(Kind.LAST, self.call_id, segment_body(index, sealed)),
                frame(Kind.MANIFEST, self.call_id, b"manifest"),
            ]
        )

    def void(self) -> None:
        self.journal.append([frame(Kind.VOID, self.call_id)])


def gathered(call: Finished, folder: Path) -> tuple[bytes, str]:
    store, name = FolderStore(folder / "store"), new_object_id()
    digest = gather(call, name, store)
    return store.get(name, 0, store.size(name)), digest


def content(call: Finished, folder: Path) -> bytes:
    sealed, digest = gathered(call, folder)
    assert digest == hashlib.sha256(sealed).hexdigest()
    return opened(sealed, call.call_id, call.finished, call.segments)


def test_n17_interleaved_calls_across_files_come_out_whole(tmp_path: Path) -> None:
    root = tmp_path / "journal"
    gatherer = Gatherer(root)
    with JournalWriter(root, rotate_at=20_000) as journal:
        calls = [Recording(journal) for _ in range(5)]
        for number in range(30):
            calls[number % 5].step(f"part {number} ".encode())
            if number % 7 == 0:
                assert gatherer.poll().calls == []
        for recording in calls:
            recording.end()
        news = gatherer.poll()
        assert len(files(journal.folder)) > 5
    assert [call.end for call in news.calls] == [End.COMPLETE] * 5
    for call, recording in zip(news.calls, calls, strict=True):
        assert call.call_id == recording.call_id
        assert (call.manifest, call.segments, call.finished) == (b"manifest", 7, True)
        assert call.opening
        assert (call.opening.intake_day, call.opening.wrapped) == ("2026-11-23", b"w" * 80)
        assert content(call, tmp_path) == recording.said
        assert gathered(call, tmp_path)[1] == recording.sealer.sha256


def test_a_call_is_told_once_and_waits_until_it_is_done(tmp_path: Path) -> None:
    gatherer = Gatherer(tmp_path)
    with JournalWriter(tmp_path) as journal:
        Recording(journal).end()
        (call,) = gatherer.poll().calls
        assert gatherer.poll().calls == []
        assert gatherer.waiting() == [call]
        gatherer.done(call)
        gatherer.done(call)
        assert gatherer.waiting() == []
        assert Gatherer(tmp_path).poll().calls[0].call_id == call.call_id


def test_a_cut_tail_is_left_out(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        call = Recording(journal)
        call.step(b"kept ")
        for index in (1, 2):
            sealed = call.sealer.seal_ahead(framed(b"silence ").ljust(CAPACITY, b"\0"))
            journal.append([frame(Kind.SEGMENT, call.call_id, segment_body(index, sealed))])
        last = call.sealer.finish(framed(b"cut"))
        journal.append(
            [
                frame(Kind.LAST, call.call_id, segment_body(1, last)),
                frame(Kind.MANIFEST, call.call_id, b"manifest"),
            ]
        )
        (finished,) = Gatherer(tmp_path).poll().calls
        assert content(finished, tmp_path) == b"kept cut"
        assert gathered(finished, tmp_path)[1] == call.sealer.sha256


def test_a_void_call_is_told_as_such(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        call = Recording(journal)
        call.step()
        call.void()
        (finished,) = Gatherer(tmp_path).poll().calls
    assert (finished.end, finished.call_id) == (End.VOID, call.call_id)


def test_n17_calls_of_a_dead_recorder_are_recovered_from_their_newest_draft(
    tmp_path: Path,
) -> None:
    gatherer = Gatherer(tmp_path)
    journal = JournalWriter(tmp_path)
    call, ended = Recording(journal), Recording(journal)
    for number in range(4):
        call.step(f"part {number} ".encode())
    call.draft(b"draft 2")
    ended.end()
    assert [told.end for told in gatherer.poll().calls] == [End.COMPLETE]
    journal.close()
    (recovered,) = gatherer.poll().calls
    assert (recovered.end, recovered.manifest) == (End.RECOVERED, b"draft 2")
    assert (recovered.segments, recovered.finished) == (4, False)
    assert content(recovered, tmp_path) == call.said
    assert gatherer.poll().calls == []


PROGRAM = """
    import sys
    from pathlib import Path
    from vaiti.vault.journal import JournalWriter
    from vault.test_gathering import Recording
    with JournalWriter(Path(sys.argv[1])) as journal:
        call = Recording(journal)
        while True:
            call.step()
"""


def test_n17_a_recorder_killed_in_mid_write_loses_no_whole_segment(tmp_path: Path) -> None:
    root = tmp_path / "journal"
    path = [str(Path(__file__).parents[2] / "src"), str(Path(__file__).parents[1])]
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(root)]
    gatherer = Gatherer(root)
    with subprocess.Popen(command, env={"PYTHONPATH": ":".join(path)}) as process:
        wait_for(lambda: sum(file.stat().st_size for file in root.glob("*/*.vj")) > 1_000_000)
        assert gatherer.poll().calls == []
        process.kill()
    (folder,) = root.iterdir()
    assert is_dead(folder)
    (call,) = gatherer.poll().calls
    assert call.end is End.RECOVERED
    assert call.segments > 200
    assert content(call, tmp_path) == b"speech " * call.segments


def test_a_torn_tail_ends_a_dead_file_and_is_told_once(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    call = Recording(journal)
    call.step(b"whole ")
    call.step(b"torn ")
    journal.close()
    (path,) = files(journal.folder)
    path.write_bytes(path.read_bytes()[:-10])
    gatherer = Gatherer(tmp_path)
    news = gatherer.poll()
    assert news.torn == [path]
    assert content(news.calls[0], tmp_path) == b"whole "
    assert gatherer.poll().torn == []


def test_a_half_written_record_of_a_living_recorder_is_waited_for(tmp_path: Path) -> None:
    gatherer = Gatherer(tmp_path)
    with JournalWriter(tmp_path) as journal:
        record = frame(Kind.EVENT, NO_CALL, b'{"kind":"refused"}')
        journal.append([record[:20]])
        assert gatherer.poll().torn == []
        journal.append([record[20:]])
        assert gatherer.poll().events == [b'{"kind":"refused"}']
        assert gatherer.poll().events == []


def test_a_missing_segment_ends_what_is_recovered(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    call = Recording(journal)
    call.step(b"first ")
    call.sealer.seal(framed(b"never journalled"))
    call.step(b"third ")
    journal.close()
    (recovered,) = Gatherer(tmp_path).poll().calls
    assert (recovered.end, recovered.segments) == (End.RECOVERED, 1)
    assert content(recovered, tmp_path) == b"first "


def test_a_call_without_draft_or_key_is_told_as_lost(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    body = opening_body("2026-11-23", b"w" * 80, bytes(40))
    keyless, draftless = new_call_id(), new_call_id()
    journal.append(
        [
            frame(Kind.SEGMENT, keyless, segment_body(0, bytes(4056))),
            frame(Kind.MANIFEST, keyless, b"manifest"),
            frame(Kind.OPEN, draftless, body),
        ]
    )
    journal.close()
    calls = Gatherer(tmp_path).poll().calls
    assert {(call.call_id, call.end) for call in calls} == {
        (keyless, End.LOST),
        (draftless, End.LOST),
    }
    with pytest.raises(ValueError, match="nothing to gather"):
        gather(calls[0], new_object_id(), FolderStore(tmp_path / "store"))


def test_news_are_bounded_and_nothing_is_skipped(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        for _ in range(MAX_NEWS + 10):
            Recording(journal).void()
        gatherer = Gatherer(tmp_path)
        first, second = gatherer.poll(), gatherer.poll()
    assert (len(first.calls), first.more) == (MAX_NEWS, True)
    assert (len(second.calls), second.more) == (10, False)


def test_a_removed_start_folder_is_forgotten(tmp_path: Path) -> None:
    gatherer = Gatherer(tmp_path)
    journal = JournalWriter(tmp_path)
    Recording(journal).end()
    journal.close()
    assert len(gatherer.poll().calls) == 1
    for path in journal.folder.iterdir():
        path.unlink()
    journal.folder.rmdir()
    gatherer.poll()
    assert gatherer.waiting() == []


def test_no_journal_folder_is_no_news(tmp_path: Path) -> None:
    assert Gatherer(tmp_path / "never").poll().calls == []


def test_leftovers_by_the_thousand_are_told_in_portions_and_keep_no_file_open(
    tmp_path: Path,
) -> None:
    """A recorder that died at each start left a folder, a call and a torn end each time."""
    for _ in range(LEFTOVERS):
        journal = JournalWriter(tmp_path)
        Recording(journal)
        journal.append([b"torn"])
        journal.close()
    gatherer, portions = Gatherer(tmp_path), []
    while (news := gatherer.poll()).more:
        portions.append(news)
    portions.append(news)
    ends = [call.end for news in portions for call in news.calls]
    assert ends == [End.RECOVERED] * LEFTOVERS
    assert sum(len(news.torn) for news in portions) == LEFTOVERS
    assert max(len(news.calls) for news in portions) == MAX_NEWS
    held = [fd.resolve() for fd in Path("/proc/self/fd").iterdir()]
    assert not [path for path in held if path.is_relative_to(tmp_path)]
    for call in gatherer.waiting():
        gatherer.done(call)
    assert gatherer.waiting() == gatherer.poll().calls == []
