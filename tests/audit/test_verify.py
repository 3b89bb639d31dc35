"""Faults planted in the stored log, and in its export: each is found."""

import json
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.conftest import Append
from vaiti.audit import rows
from vaiti.audit.checkpoint import Signer
from vaiti.audit.entry import body_text
from vaiti.audit.exporting import export
from vaiti.audit.models import Checkpoint, Leaf, Node
from vaiti.audit.offline import verify_export
from vaiti.audit.piece import ExportError
from vaiti.audit.removal import forget
from vaiti.audit.sequencer import sequence
from vaiti.audit.stretch import is_filed_rightly, micros
from vaiti.audit.verify import Pace, verify_log, verify_since
from vaiti.values.clock import to_micros

pytestmark = pytest.mark.django_db(transaction=True)
Fault = Callable[[], object]


@pytest.fixture
def later(now: datetime) -> datetime:
    return now + timedelta(hours=1)


@pytest.fixture
def whole(append: Append, signer: Signer, now: datetime) -> str:
    """A log of eleven entries under two checkpoints; returns the older note."""
    append(6)
    older = sequence(now, signer).note
    append(5)
    sequence(now, signer)
    return older


IN_FOURS = Pace(level=2)


def test_rows_come_as_they_were_written(append: Append, signer: Signer, now: datetime) -> None:
    append(40)
    sequence(now, signer)
    for first in range(0, 40, 4):
        read = rows.placed(first, first + 4)
        assert [row[0] for row in read] == list(range(first, first + 4))
        for _, leaf_id, at, kind, committed, salt, body, actor, subject in read:
            leaf = Leaf.objects.get(id=leaf_id)
            assert (leaf.kind, bytes(leaf.commitment)) == (kind, bytes(committed))
            assert to_micros(leaf.at) == (at if isinstance(at, int) else micros(at))
            assert (bytes(leaf.salt or b""), leaf.body) == (bytes(salt or b""), body)
            assert (leaf.actor, leaf.subject) == (actor, subject)
    assert verify_log(signer.public, now, (), IN_FOURS).ok


def change_body() -> None:
    Leaf.objects.filter(seq=3).update(body='{"actor":"nobody"}')


def change_salt() -> None:
    Leaf.objects.filter(seq=3).update(salt=b"short")


def change_commitment() -> None:
    Leaf.objects.filter(seq=3).update(commitment=bytes(32))


def change_kind() -> None:
    Leaf.objects.filter(seq=3).update(kind="access:call:refused")


def change_instant() -> None:
    Leaf.objects.filter(seq=3).update(at=F("at") + timedelta(microseconds=1))


def remove_leaf() -> None:
    Leaf.objects.filter(seq=3).delete()


def remove_newest() -> None:
    Leaf.objects.filter(seq=10).delete()


def swap_leaves() -> None:
    Leaf.objects.filter(seq=3).update(seq=None)
    Leaf.objects.filter(seq=4).update(seq=3)
    Leaf.objects.filter(seq=None).update(seq=4)


def swap_contents() -> None:
    third, fourth = Leaf.objects.filter(seq__in=[3, 4]).order_by("seq")
    for leaf, other in ((third, fourth), (fourth, third)):
        Leaf.objects.filter(id=leaf.id).update(salt=other.salt, body=other.body)


def remove_content() -> None:
    Leaf.objects.filter(seq=3).update(salt=None, body="", actor="", subject="")


def remove_salt() -> None:
    Leaf.objects.filter(seq=3).update(salt=None)


def refile() -> None:
    Leaf.objects.filter(seq=3).update(actor="nobody")


def change_node() -> None:
    Node.objects.filter(level=1, index=2).update(hash=bytes(32))


def remove_node() -> None:
    Node.objects.filter(level=0, index=10).delete()


def change_high_node() -> None:
    Node.objects.filter(level=3, index=0).update(hash=bytes(32))


def change_checkpoint_root() -> None:
    Checkpoint.objects.filter(size=6).update(root=bytes(32))


def add_node() -> None:
    Node.objects.create(level=1, index=-1, hash=bytes(32))


def forge_checkpoint() -> None:
    Checkpoint.objects.filter(size=6).update(note=Signer("log", bytes(32)).sign(6, bytes(32)))


def misfile_checkpoint() -> None:
    note = Checkpoint.objects.get(size=11).note
    Checkpoint.objects.filter(size=6).update(note=note)


def remove_newest_checkpoint() -> None:
    Checkpoint.objects.filter(size=11).delete()


def add_entry_behind() -> None:
    Leaf.objects.create(
        id=uuid4(), seq=11, at=Leaf.objects.get(seq=10).at, kind="x", commitment=bytes(32)
    )


IN_THE_ENTRIES = [
    change_body,
    change_salt,
    change_commitment,
    change_kind,
    change_instant,
    remove_leaf,
    remove_newest,
    swap_leaves,
    swap_contents,
    remove_content,
    remove_salt,
    forge_checkpoint,
]
IN_THE_TABLES = [
    refile,
    change_node,
    change_high_node,
    change_checkpoint_root,
    remove_node,
    add_node,
    misfile_checkpoint,
    remove_newest_checkpoint,
    add_entry_behind,
]


def test_an_untouched_log_verifies(whole: str, signer: Signer, later: datetime) -> None:
    report = verify_log(signer.public, later, [whole])
    assert report == type(report)(ok=True, entries=11, removed=0, size=11, problems=())


def test_a_log_of_many_stretches_verifies_whole_and_from_any_checkpoint_on(
    append: Append, signer: Signer, now: datetime
) -> None:
    notes = []
    for count in (1, 3, 4, 5, 9, 2):
        append(count)
        notes.append(sequence(now, signer).note)
    for level in range(6):
        report = verify_log(signer.public, now, notes, Pace(level=level))
        assert (report.ok, report.entries, report.problems) == (True, 24, ())
        for note in notes:
            since = verify_since(signer.public, now, note, Pace(level=level))
            assert (since.ok, since.entries, since.problems) == (True, 24, ())


def test_an_export_is_the_same_and_verifies_in_pieces_of_any_size_and_on_several_cores(
    append: Append, signer: Signer, now: datetime, tmp_path: Path
) -> None:
    notes = []
    for count in (1, 3, 4, 5, 9, 2):
        append(count)
        notes.append(sequence(now, signer).note)
    append(2)
    path = tmp_path / "log.jsonl"
    assert export(path) == 24
    for number, pace in enumerate((Pace(level=0), Pace(level=2), Pace(2, level=1))):
        other = tmp_path / str(number)
        assert export(other, pace) == 24
        assert other.read_bytes() == path.read_bytes()
    for piece in (1, 400, 1000, 3000, 1 << 20):
        report = verify_export(path, signer.public, notes, piece=piece)
        assert (report.ok, report.entries, report.size, report.problems) == (True, 24, 24, ())
    assert verify_export(path, signer.public, notes, 2, piece=700).ok


def test_lines_that_wait_hide_no_checkpoint_of_an_export(
    whole: str, signer: Signer, tmp_path: Path
) -> None:
    """Whoever built the log anew cannot keep its checkpoints from being compared."""
    path, forged = tmp_path / "log.jsonl", Signer(signer.origin, signer.seed).sign(6, bytes(32))
    export(path)
    head, older, newest, *entries = path.read_text().splitlines(keepends=True)
    waiting = json.dumps(json.loads(entries[0]) | {"seq": None}) + "\n"
    lines = [head, older, newest, json.dumps({"note": forged}) + "\n"]
    path.write_text("".join([*lines, *(line for entry in entries for line in (waiting, entry))]))
    for piece in (1, 900, 1 << 20):
        problems = verify_export(path, signer.public, piece=piece).problems
        assert "the checkpoint of 6 entries has another root" in problems


def test_a_body_that_names_two_actors_is_read_as_pages_read_it() -> None:
    twice = '{"actor":"a","facts":{},"actor":"b","subject":"c"}'
    assert not is_filed_rightly(twice, "a", "c")
    assert is_filed_rightly(twice, "b", "c")
    assert is_filed_rightly(body_text("a", "c", {"actor": "b", "subject": "d"}), "a", "c")
    assert not is_filed_rightly(body_text("a", "c", {"x": '"},"subject":"d'}), "a", "d")
    assert is_filed_rightly(body_text('"', "\\", {}), '"', "\\")
    assert not is_filed_rightly('{"actor":"a"', "a", "c")


def test_an_empty_log_verifies(signer: Signer, later: datetime) -> None:
    assert verify_log(signer.public, later).ok


@pytest.mark.parametrize("fault", IN_THE_ENTRIES + IN_THE_TABLES)
def test_a_fault_is_found(whole: str, signer: Signer, later: datetime, fault: Fault) -> None:
    fault()
    for pace in (Pace(), IN_FOURS):
        report = verify_log(signer.public, later, pace=pace)
        assert not report.ok
        assert report.problems


@pytest.mark.parametrize("fault", IN_THE_ENTRIES)
def test_a_fault_is_found_offline(whole: str, signer: Signer, tmp_path: Path, fault: Fault) -> None:
    fault()
    export(tmp_path / "log.jsonl")
    for piece in (1, 1500, 1 << 20):
        report = verify_export(tmp_path / "log.jsonl", signer.public, piece=piece)
        assert not report.ok
        assert report.problems


def test_a_log_rebuilt_with_the_right_key_contradicts_a_checkpoint_kept_elsewhere(
    whole: str, append: Append, signer: Signer, later: datetime
) -> None:
    for table in (Checkpoint, Node, Leaf):
        table.objects.all().delete()
    append(11)
    sequence(later, signer)
    assert verify_log(signer.public, later).ok
    assert verify_log(signer.public, later, [whole]).problems == (
        "the checkpoint of 6 entries has another root",
    )


def test_a_log_cut_short_contradicts_a_checkpoint_kept_elsewhere(
    whole: str, signer: Signer, later: datetime
) -> None:
    newest = Checkpoint.objects.get(size=11).note
    Checkpoint.objects.filter(size=11).delete()
    Leaf.objects.filter(seq__gte=6).delete()
    report = verify_log(signer.public, later, [newest])
    assert "a checkpoint of 11 entries was signed; there are 6" in report.problems


def test_an_entry_that_waits_too_long_is_found(
    whole: str, append: Append, signer: Signer, now: datetime, later: datetime
) -> None:
    append(1)
    assert verify_log(signer.public, now + timedelta(seconds=30)).ok
    assert verify_log(signer.public, later).problems == (
        "1 entries have waited for their place for over a minute",
    )


def test_content_removed_by_the_book_leaves_a_log_that_verifies(
    whole: str, signer: Signer, now: datetime, tmp_path: Path
) -> None:
    chosen = list(Leaf.objects.filter(seq__in=[2, 7]).values_list("id", flat=True))
    with transaction.atomic():
        assert forget(chosen, actor="system:audit", reason="expired", now=now) == 2
    before = verify_log(signer.public, now)
    assert (before.ok, before.removed) == (True, 2)
    sequence(now, signer)
    after = verify_log(signer.public, now)
    assert (after.ok, after.removed, after.entries) == (True, 2, 13)
    export(tmp_path / "log.jsonl")
    assert verify_export(tmp_path / "log.jsonl", signer.public) == after
    with transaction.atomic():
        assert forget(chosen, actor="system:audit", reason="expired", now=now) == 0
    with pytest.raises(ValueError, match="records a removal"), transaction.atomic():
        removals = Leaf.objects.filter(kind="audit:content:removed")
        forget([leaf.id for leaf in removals], actor="system:audit", reason="expired", now=now)


def test_the_export_holds_every_entry_and_only_its_owner_reads_it(
    whole: str, append: Append, signer: Signer, later: datetime, tmp_path: Path
) -> None:
    append(1)
    path = tmp_path / "log.jsonl"
    assert export(path) == 11
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {"format": "vaiti-audit/1"}
    assert [line.get("seq") for line in lines[3:]] == [*range(11), None]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert verify_export(path, signer.public, [whole]).ok
    with pytest.raises(FileExistsError):
        export(path)


def test_problems_are_listed_up_to_a_bound(
    whole: str, append: Append, signer: Signer, later: datetime
) -> None:
    append(120)
    sequence(later, signer)
    Leaf.objects.update(body="{}")
    report = verify_log(signer.public, later)
    assert len(report.problems) == 101
    assert report.problems[-1].startswith("and ")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_file_is_refused_with_the_exports_own_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    for content in (data, b'{"format":"vaiti-audit/1"}\n{"seq":0}\n' + data):
        path.write_bytes(content)
        with pytest.raises(ExportError):
            verify_export(path, bytes(32))


def test_what_came_after_a_kept_checkpoint_is_verified_from_it(
    whole: str, signer: Signer, later: datetime
) -> None:
    report = verify_since(signer.public, later, whole)
    assert (report.ok, report.size, report.problems) == (True, 11, ())
    newest = Checkpoint.objects.order_by("-size")[0].note
    assert verify_since(signer.public, later, newest).ok
    Leaf.objects.filter(seq=2).update(body="{}")  # before it: vouched for by the root
    assert verify_since(signer.public, later, whole).ok
    Leaf.objects.filter(seq=8).update(body="{}")
    assert "not what was committed to" in verify_since(signer.public, later, whole).problems[0]


def test_a_log_that_was_built_anew_does_not_go_on_from_a_kept_checkpoint(
    whole: str, signer: Signer, append: Append, now: datetime, later: datetime
) -> None:
    for table in (Leaf, Node, Checkpoint):
        table.objects.all().delete()
    append(9)
    sequence(now, signer)
    assert verify_log(signer.public, later).ok  # by itself it is whole
    report = verify_since(signer.public, later, whole)
    assert report.problems == ("this log was never in the state of the checkpoint of 6 entries",)
    Node.objects.all().delete()
    assert "has not the nodes" in verify_since(signer.public, later, whole).problems[0]
    assert not verify_since(bytes(32), later, whole).ok
