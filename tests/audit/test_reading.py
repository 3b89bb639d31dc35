from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.conftest import Append
from vaiti.audit.checkpoint import Signer
from vaiti.audit.counting import by_facts, by_kind
from vaiti.audit.models import Leaf
from vaiti.audit.reading import BadCursor, between, entries
from vaiti.audit.removal import forget
from vaiti.audit.sequencer import sequence

pytestmark = pytest.mark.django_db


def test_pages_run_from_the_newest_to_the_oldest_without_gap_or_repeat(append: Append) -> None:
    ids = append(12)
    Leaf.objects.update(at=Leaf.objects.get(id=ids[0]).at)  # all at one instant: ids decide
    seen, before = [], None
    while True:
        page = entries(before=before, limit=5)
        seen += [entry.id for entry in page.entries]
        before = page.before
        if before is None:
            break
    assert len(seen) == 12
    assert set(seen) == set(ids)


def test_entries_are_found_by_kind_actor_and_subject(append: Append) -> None:
    append(6)
    assert [entry.subject for entry in entries(actor="person-1").entries] == ["call-4", "call-1"]
    (found,) = entries(subject="call-4").entries
    assert (found.actor, found.facts["number"], found.removed) == ("person-1", 4, False)
    assert len(entries(kind="access:call:seen").entries) == 6
    assert entries(kind="access:call:refused").entries == ()


def test_what_waits_for_its_place_is_found_with_what_has_it(
    append: Append, signer: Signer, now: datetime
) -> None:
    ids = append(4)
    sequence(now, signer)
    ids += append(3)
    first = entries(kind="access:call:seen", limit=5)
    rest = entries(kind="access:call:seen", before=first.before, limit=5)
    assert [one.id for one in first.entries + rest.entries] == ids[::-1]
    assert [one.seq for one in first.entries + rest.entries] == [None, None, None, 3, 2, 1, 0]
    assert [one.subject for one in entries(actor="person-0").entries] == [
        *("call-6", "call-3", "call-0")
    ]
    assert [entries(subject=f"call-{number}").entries[0].id for number in range(7)] == ids
    end = now + timedelta(days=1)
    assert [one.id for one in between(["access:call:seen"], now, end, 5)] == ids[:1:-1]
    assert by_kind(["access:call:seen"], now, end) == {"access:call:seen": 7}
    assert by_facts("access:call:seen", ["rule"], now, end) == {("own",): 7}


def test_entries_are_found_by_indexes_that_no_act_writes(append: Append) -> None:
    append(1)
    for named, index in (
        ({"kind": "access:call:seen"}, "audit_leaf_kind_newest"),
        ({"subject": "call-1"}, "audit_leaf_subject"),
        ({"actor": "person-1"}, "audit_leaf_actor"),
        ({}, "audit_leaf_newest"),
    ):
        with CaptureQueriesContext(connection) as asked:
            entries(**named)
        waiting, placed = (plan_of(one["sql"]) for one in asked.captured_queries)
        if connection.vendor == "sqlite":
            assert "sqlite_autoindex_audit_leaf_2 (seq=?)" in waiting
            assert f"INDEX {index}" in placed
        else:  # which of them it takes for a table as small as this one is its own affair
            assert "audit_leaf_" in placed


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' * (connection.vendor == 'sqlite')}{sql}")
        return str(cursor.fetchall())


def test_a_removed_entry_shows_that_it_was_there(append: Append, now: datetime) -> None:
    ids = append(1)
    with transaction.atomic():
        forget(ids, actor="system:audit", reason="expired", now=now)
    (gone,) = entries(kind="access:call:seen").entries
    assert (gone.id, gone.actor, gone.facts, gone.removed) == (ids[0], "", {}, True)


@pytest.mark.parametrize("cursor", ["", "x", "1-2", "9" * 40 + "-" + "0" * 32])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        entries(before=cursor)
