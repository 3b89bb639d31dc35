"""The journal on a real disk: what comes back, and what a damaged file still gives."""

import errno
import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaiti.values.ids import CallId, new_call_id
from vaiti.vault.journal import (
    LOCK_NAME,
    MAGIC,
    NO_CALL,
    JournalError,
    JournalFull,
    JournalWriter,
    Kind,
    files,
    frame,
    opening_body,
    parse_opening,
    parse_segment,
    scan,
    segment_body,
)
from vaiti.vault.records import MAX_RECORD

IN_ONE_FOLDER = settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(list(Kind)),
        st.binary(min_size=16, max_size=16).map(bytes.hex),
        st.binary(max_size=300),
    ),
    max_size=6,
)


def write(path: Path, records: list[tuple[Kind, str, bytes]]) -> list[bytes]:
    framed = [frame(kind, CallId(call), body) for kind, call, body in records]
    path.write_bytes(MAGIC + b"".join(framed))
    return framed


def test_records_come_back_as_written_across_files(tmp_path: Path) -> None:
    call = new_call_id()
    with JournalWriter(tmp_path, rotate_at=20_000) as journal:
        for index in range(20):
            journal.append([frame(Kind.SEGMENT, call, segment_body(index, bytes(4096)))])
            journal.sync()
        journal.append([frame(Kind.MANIFEST, call, b"sealed")])
        folder = journal.folder
    assert len(files(folder)) > 3
    records = [record for path in files(folder) for record in scan(path)]
    assert [parse_segment(r.body)[0] for r in records[:-1]] == list(range(20))
    assert (records[-1].kind, records[-1].call_id) == (Kind.MANIFEST, call)
    assert records[-1].body == b"sealed"


def test_a_scan_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    call = new_call_id()
    with JournalWriter(tmp_path) as journal:
        path = files(journal.folder)[0]
        journal.append([frame(Kind.VOID, call)])
        first = scan(path)
        assert len(list(first)) == 1
        assert list(scan(path, first.end)) == []
        journal.append([frame(Kind.DRAFT, call, b"x"), frame(Kind.MANIFEST, call, b"y")])
        second = scan(path, first.end)
        assert [r.kind for r in second] == [Kind.DRAFT, Kind.MANIFEST]
        assert second.end == path.stat().st_size
        assert not second.torn


@IN_ONE_FOLDER
@given(records=RECORDS, cut=st.integers(min_value=0, max_value=2000))
def test_any_prefix_of_a_journal_gives_its_whole_records_and_stops(
    tmp_path: Path, records: list[tuple[Kind, str, bytes]], cut: int
) -> None:
    path = tmp_path / "000001.vj"
    framed = write(path, records)
    whole = path.read_bytes()
    cut = min(cut, len(whole))
    path.write_bytes(whole[:cut])
    scanning = scan(path)
    found = list(scanning)
    ends = [len(MAGIC)]
    for record in framed:
        ends.append(ends[-1] + len(record))
    expected = sum(end <= cut for end in ends[1:])
    assert [(r.kind, r.call_id, r.body) for r in found] == records[:expected]
    assert scanning.torn == (cut not in ends)
    if cut >= len(MAGIC):
        assert scanning.end == ends[expected]


@IN_ONE_FOLDER
@given(records=RECORDS, position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_changed_bit_ends_the_file_before_its_record(
    tmp_path: Path, records: list[tuple[Kind, str, bytes]], position: int, bit: int
) -> None:
    path = tmp_path / "000001.vj"
    framed = write(path, records)
    damaged = bytearray(path.read_bytes())
    position %= len(damaged)
    damaged[position] ^= 1 << bit
    path.write_bytes(damaged)
    end, intact = len(MAGIC), 0
    while intact < len(framed) and end + len(framed[intact]) <= position:
        end += len(framed[intact])
        intact += 1
    scanning = scan(path)
    found = list(scanning)
    assert scanning.torn
    assert [(r.kind, r.call_id, r.body) for r in found] == (
        records[:intact] if position >= len(MAGIC) else []
    )


@pytest.mark.parametrize("zeros", [1, 4, 5, 4096])
def test_zeros_behind_the_last_record_end_the_file(tmp_path: Path, zeros: int) -> None:
    """As a file system leaves them where power was lost before the content was written."""
    path = tmp_path / "000001.vj"
    framed = write(path, [(Kind.VOID, new_call_id(), b"")])
    path.write_bytes(path.read_bytes() + bytes(zeros))
    scanning = scan(path)
    assert len(list(scanning)) == 1
    assert scanning.torn
    assert scanning.end == len(MAGIC) + len(framed[0])


@given(junk=st.binary(max_size=400))
@IN_ONE_FOLDER
def test_any_bytes_behind_the_magic_are_scanned_without_an_error(
    tmp_path: Path, junk: bytes
) -> None:
    path = tmp_path / "000001.vj"
    path.write_bytes(MAGIC + junk)
    for record in scan(path):
        assert len(record.body) < MAX_RECORD


def test_a_full_disk_keeps_the_whole_records_and_takes_more_when_there_is_room(
    tmp_path: Path,
) -> None:
    """A file size limit stands in for the disk: the kernel refuses the write in the middle. So it
    is for whoever goes on where another process could not write."""
    script = f"""
import resource, signal, sys
from pathlib import Path
from vaiti.values.ids import CallId
from vaiti.vault.journal import JournalFull, JournalWriter, Kind, frame
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
journal = JournalWriter(Path({str(tmp_path)!r}))
record = frame(Kind.DRAFT, CallId("a" * 32), bytes(3_000))
try:
    journal.append([record])
except JournalFull:
    journal.sync()
else:
    sys.exit("the disk was not full from the beginning")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
journal.append([record, record])
try:
    journal.append([record, record])
except JournalFull:
    size = (journal.folder / "000001.vj").stat().st_size
    assert size == 8 + 2 * len(record), size
else:
    sys.exit("the disk was not full")
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
journal.append([record, record])

from vaiti.capture.recorder.outbox import Outbox
from vaiti.vault.journal import GoneOn
_, size = journal.place
with (journal.folder / "000001.vj").open("ab") as file:
    file.write(record[:1_000])  # and then it dies
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1_500, resource.RLIM_INFINITY))
gone_on = GoneOn(journal.start_id, journal.lock, (1, size, record + record))
heir = JournalWriter(Path({str(tmp_path)!r}), gone_on=gone_on)
assert heir.place == (1, size)
outbox = Outbox(heir)
outbox.write()
assert outbox.full
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
outbox.write(at_once=True)
assert not outbox.full
heir.close()
"""
    subprocess.run([sys.executable, "-c", script], check=True, env=_environment())
    (folder,) = tmp_path.iterdir()
    scanning = scan(files(folder)[0])
    assert len(list(scanning)) == 6
    assert not scanning.torn


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@pytest.mark.root
def test_a_real_full_file_system_is_told_apart_from_a_broken_one(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to make a small file system")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", tmp_path], check=True)
    try:
        with JournalWriter(tmp_path) as journal:
            record = frame(Kind.DRAFT, new_call_id(), bytes(60_000))
            with pytest.raises(JournalFull) as caught:
                for _ in range(10):
                    journal.append([record])
            assert caught.value.errno == errno.ENOSPC
            assert journal.free_bytes() < len(record)
            scanning = scan(files(journal.folder)[0])
            assert len(list(scanning)) in (3, 4)
            assert not scanning.torn
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_living_writers_folder_is_locked_and_a_dead_ones_is_not(tmp_path: Path) -> None:
    with JournalWriter(tmp_path) as journal:
        lock = os.open(journal.folder / LOCK_NAME, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)


def test_syncing_in_a_thread_never_meets_a_closed_file(tmp_path: Path) -> None:
    record = frame(Kind.EVENT, NO_CALL, bytes(500))
    stop = threading.Event()
    errors: list[OSError] = []

    with JournalWriter(tmp_path, rotate_at=1_000) as journal:

        def sync_until_stopped() -> None:
            try:
                while not stop.is_set():
                    journal.sync()
            except OSError as error:
                errors.append(error)

        thread = threading.Thread(target=sync_until_stopped)
        thread.start()
        for _ in range(300):
            journal.append([record])
        stop.set()
        thread.join()
        folder = journal.folder
    assert errors == []
    assert sum(len(list(scan(path))) for path in files(folder)) == 300


def test_many_records_at_once_are_written_whole(tmp_path: Path) -> None:
    records = [frame(Kind.EVENT, NO_CALL, str(n).encode()) for n in range(2_500)]
    with JournalWriter(tmp_path) as journal:
        journal.append(records)
        path = files(journal.folder)[0]
    assert [r.body for r in scan(path)] == [str(n).encode() for n in range(2_500)]


def test_bodies_of_an_open_and_a_segment_come_back() -> None:
    opening = parse_opening(opening_body("2026-11-24", b"wrapped", bytes(40)))
    assert (opening.intake_day, opening.wrapped) == ("2026-11-24", b"wrapped")
    assert opening.header == bytes(40)
    assert parse_segment(segment_body(7, b"sealed")) == (7, b"sealed")


@settings(max_examples=100)
@given(body=st.binary(max_size=80))
def test_any_body_parses_or_raises_the_one_error(body: bytes) -> None:
    for parse in (parse_opening, parse_segment):
        try:
            parse(body)
        except JournalError:
            continue


def test_a_record_too_large_for_the_journal_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        frame(Kind.MANIFEST, new_call_id(), bytes(MAX_RECORD))


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    with JournalWriter(tmp_path, rotate_at=100) as journal:
        for _ in range(5):
            journal.append([frame(Kind.EVENT, NO_CALL, bytes(200))])
    held = [fd.resolve() for fd in Path("/proc/self/fd").iterdir()]
    assert not [path for path in held if path.is_relative_to(tmp_path)]
