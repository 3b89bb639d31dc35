from datetime import datetime

import pytest
from django.db import transaction

from audit.conftest import Append
from vaiti.audit.models import Leaf
from vaiti.audit.reading import BadCursor, entries
from vaiti.audit.removal import forget

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
