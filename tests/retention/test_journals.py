"""The journal's files go when nothing needs them, and never before."""

import json
import os
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from retention.world import DUE, Recorded, World
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.register.arrivals import Intake
from vaiti.register.models import Arrival
from vaiti.retention import journals
from vaiti.retention.journals import Trimmed, end_intake_keys, holding, trim
from vaiti.retention.models import PlanLine
from vaiti.retention.sweep import sweep
from vaiti.values.clock import to_micros
from vaiti.values.ids import as_uuid, new_call_id
from vaiti.vault.gathering import MAX_NEWS, Gatherer
from vaiti.vault.journal import MAGIC, NO_CALL, JournalWriter, Kind, files, frame, opening_body

pytestmark = pytest.mark.django_db(transaction=True)


def written(world: World, *calls: Recorded, alive: bool = False) -> Path:
    """A journal of one file with these calls, of a recorder that is dead unless `alive`."""
    writer = world.writer() if alive else JournalWriter(world.journal)
    for call in calls:
        writer.append(call.records)
    writer.sync()
    if not alive:
        writer.close()
    return writer.folder


def test_a_dead_recorders_folder_goes_when_all_its_calls_are_in_the_book(world: World) -> None:
    call, late = world.record(), world.record()
    folder = written(world, call, late)
    world.take_in(call)
    assert trim(world.journal, world.now) == Trimmed(removed=0, kept=1)
    world.take_in(late)
    assert trim(world.journal, world.now) == Trimmed(removed=1, kept=0)
    assert not folder.exists()
    (entry,) = entries(kind="retention:journal:removed").entries
    assert (entry.subject, entry.facts) == (folder.name, {"file": "000001.vj", "calls": 2})


def test_a_call_on_its_way_into_the_book_keeps_its_file(world: World) -> None:
    call = world.record()
    written(world, call)
    world.take_in(call)
    Arrival.objects.create(
        call=as_uuid(call.call_id), object_id=as_uuid(call.object_id), since=world.now
    )
    assert trim(world.journal, world.now).removed == 0


def test_the_file_that_a_living_recorder_writes_stays(world: World) -> None:
    call, following = world.record(), world.record()
    writer = JournalWriter(world.journal, rotate_at=1000)
    world.writers.append(writer)
    writer.append(call.records)
    writer.append(following.records)
    assert len(files(writer.folder)) == 2
    for taken in (call, following):
        world.take_in(taken)
    assert trim(world.journal, world.now) == Trimmed(removed=1, kept=1)
    assert [path.name for path in files(writer.folder)] == ["000002.vj"]
    writer.append(world.record().records[:1])  # the recorder did not notice


def test_a_forgotten_call_needs_no_file_though_it_spans_two(world: World) -> None:
    call = world.record()
    writer = JournalWriter(world.journal, rotate_at=1000)
    writer.append(call.records[:2])
    writer.append([frame(Kind.VOID, call.call_id)])
    writer.append([frame(Kind.EVENT, NO_CALL, b"{}")])
    writer.close()
    assert trim(world.journal, world.now) == Trimmed(removed=2, kept=0)
    assert list(world.journal.iterdir()) == []


def test_a_file_of_events_waits_until_intake_has_made_alarms_of_them(world: World) -> None:
    told = {"kind": "stranger", "peer": "", "reason": "late", "at_us": to_micros(world.now)}
    many = [told | {"kind": "silence", "peer": f"pbx-{n}"} for n in range(MAX_NEWS)]
    with JournalWriter(world.journal) as writer:
        for events in (many, [told]):
            bodies = [json.dumps(event).encode() for event in events]
            writer.append([frame(Kind.EVENT, NO_CALL, body) for body in bodies])
            writer.begin_file()
    intake = Intake(world.keys, world.store, Gatherer(world.journal))
    assert trim(world.journal, world.now, intake.has_read).removed == 0, "nothing is read yet"
    intake.step(world.now)
    assert "stranger" not in {alarm.kind for alarm in alarms.standing()}
    assert trim(world.journal, world.now, intake.has_read) == Trimmed(removed=0, kept=3)
    for _ in range(3):
        intake.step(world.now)
    assert "stranger" in {alarm.kind for alarm in alarms.standing()}
    assert trim(world.journal, world.now, intake.has_read) == Trimmed(removed=3, kept=0)
    assert list(world.journal.iterdir()) == []


def test_what_a_file_grew_by_since_intake_read_it_keeps_it(world: World) -> None:
    with JournalWriter(world.journal) as writer:
        writer.append([frame(Kind.EVENT, NO_CALL, b"{}")])
    intake = Intake(world.keys, world.store, Gatherer(world.journal))
    intake.step(world.now)
    (path,) = files(writer.folder)
    assert intake.has_read(path)
    with path.open("ab") as file:
        file.write(frame(Kind.EVENT, NO_CALL, b"{}"))
    assert trim(world.journal, world.now, intake.has_read) == Trimmed(removed=0, kept=1)


def test_a_torn_tail_and_a_file_that_is_no_journal_do_not_stay_for_ever(world: World) -> None:
    call = world.record()
    folder = written(world, call)
    with (folder / "000001.vj").open("ab") as file:
        file.write(world.record().records[0][:50])
    (folder / "000002.vj").write_bytes(b"VAI")
    world.take_in(call)
    assert trim(world.journal, world.now) == Trimmed(removed=2, kept=0)


def test_a_folder_that_a_recorder_is_making_is_left_alone(world: World) -> None:
    (world.journal / ".0123").mkdir()
    assert trim(world.journal, world.now) == Trimmed(0, 0)
    assert (world.journal / ".0123").is_dir()


def test_a_file_of_somebody_elses_in_the_journal_stays_and_is_in_nobodys_way(
    world: World,
) -> None:
    folder = written(world, world.record())
    (folder / "000001 (copy).vj").write_bytes(b"VAITIJ1\n")
    assert len(Gatherer(world.journal).poll().calls) == 1
    (folder / "000001.vj").unlink()
    assert trim(world.journal, world.now) == Trimmed(removed=0, kept=0)
    assert (folder / "000001 (copy).vj").exists()


def test_what_the_journal_holds_is_seen_as_it_grows(world: World) -> None:
    first, second = world.record(), world.record()
    writer = world.writer()
    writer.append(first.records)
    both = {first.call_id, second.call_id}
    assert holding(world.journal, both) == {first.call_id}
    writer.append(second.records)
    assert holding(world.journal, both) == both
    assert holding(world.journal, []) == set()


def test_a_file_that_did_not_change_is_read_once_and_of_one_that_grows_what_is_new(
    world: World,
) -> None:
    first, second = world.record(), world.record()
    writer = world.writer()
    writer.append(first.records)
    (path,) = files(writer.folder)
    found = journals.summary(path)
    assert found.calls == {first.call_id}
    assert journals.summary(path) is found
    writer.append(second.records)
    with path.open("r+b") as file:
        file.seek(len(MAGIC))
        file.write(b"what is not read again")
    assert journals.summary(path).calls == {first.call_id, second.call_id}
    assert journals.summary(path).intake_days == found.intake_days


def test_of_a_file_that_went_nothing_is_remembered(world: World) -> None:
    tracemalloc.start()
    try:
        for _ in range(5):
            with JournalWriter(world.journal) as writer:
                writer.append([frame(Kind.VOID, new_call_id()) for _ in range(2000)])
            assert trim(world.journal, world.now).removed == 1
        ours = tracemalloc.Filter(True, "*/vaiti/*")
        left = tracemalloc.take_snapshot().filter_traces([ours]).statistics("filename")
    finally:
        tracemalloc.stop()
    assert sum(one.size for one in left) < 200_000


def test_a_file_that_was_cut_off_and_written_anew_is_read_anew(world: World) -> None:
    """As one whose disk was full in the middle of what was appended."""
    first, second, third = world.record(), world.record(), world.record()
    writer = world.writer()
    writer.append(first.records)
    (path,) = files(writer.folder)
    kept = path.read_bytes()
    writer.append(second.records)
    assert journals.summary(path).calls == {first.call_id, second.call_id}
    path.write_bytes(kept + b"".join(third.records * 3))
    assert journals.summary(path).calls == {first.call_id, third.call_id}


def test_an_intake_key_dies_when_no_journal_and_no_recorder_needs_it(world: World) -> None:
    call = world.record()
    written(world, call)
    world.take_in(call)
    later = world.now + timedelta(days=3)
    sealed_on = world.now.date()
    world.move(later)
    assert world.keys.describe().intake_days == (sealed_on, later.date())
    assert end_intake_keys(world.journal, world.keys, later) == []  # the journal holds its call
    trim(world.journal, later)
    assert end_intake_keys(world.journal, world.keys, later) == [sealed_on]
    assert end_intake_keys(world.journal, world.keys, later) == []
    assert world.keys.describe().intake_days == (later.date(),)
    (entry,) = entries(kind="retention:intake_key:destroyed").entries
    assert entry.facts == {"day": "2026-11-23"}


def test_n19_an_opening_that_cannot_be_read_holds_up_no_destruction(world: World) -> None:
    call = world.kept()
    with JournalWriter(world.journal) as writer:
        for body in (b"short", opening_body("2026-99-99", b"x" * 80, b"h" * 40)):
            writer.append([frame(Kind.OPEN, new_call_id(), body)])
    (path,) = files(writer.folder)
    os.utime(path, (world.now.timestamp(),) * 2)  # whatever day it is on this machine
    swept = world.sweep(world.now + DUE)
    assert (swept.destroyed, swept.left) == (3, 0)  # the two have outlived every notice
    assert not world.openable(call)
    assert swept.intake_days  # nothing readable is sealed to them


def test_n19_keys_of_due_calls_die_although_the_journal_cannot_be_read(world: World) -> None:
    first, second = world.kept(), world.kept()
    with JournalWriter(world.journal) as writer:
        (writer.folder / "000002.vj").symlink_to("nowhere")
    with pytest.raises(FileNotFoundError):
        world.sweep(world.now + DUE)
    assert not world.openable(first)
    assert not world.openable(second)
    assert world.traces(first) == set()
    lines = PlanLine.objects.filter(done_at__isnull=True)
    assert [line.last_error for line in lines] == ["os_enoent"] * 2
    (writer.folder / "000002.vj").unlink()
    assert sweep(world.keys, world.store, world.journal, world.now).destroyed == 2
