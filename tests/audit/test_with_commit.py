"""Entries that travel with the commit: PostgreSQL's own engine (audit.postgresql)."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import Error, OperationalError, connection, transaction

from vaiti.audit import log, rows
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Follower, Leaf
from vaiti.audit.postgresql.base import AT_ONCE, database

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def told(subject: str, now: datetime, count: int = 1) -> None:
    acts = [(subject, {"number": number}) for number in range(count)]
    log.append_all(Kind.ACCESS_CALL_SEEN, acts, actor="p1", now=now)


def standing() -> list[str]:
    return sorted(Leaf.objects.values_list("subject", flat=True))


def follower(name: str, now: datetime) -> None:
    Follower.objects.create(name=name, place=1, at=now)


@pytest.fixture
def refused() -> Iterator[str]:
    """A subject that the database takes in no entry."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_leaf ADD CONSTRAINT bad CHECK (subject <> 'bad')")
    yield "bad"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_leaf DROP CONSTRAINT bad")


def test_an_act_that_is_its_entry_needs_no_transaction_of_the_driver(now: datetime) -> None:
    Leaf.objects.exists()
    with transaction.atomic():
        told("alone", now)
        assert database().connection.autocommit
    told_of = Leaf.objects.get()
    assert (told_of.subject, told_of.at, told_of.kind) == ("alone", now, "access:call:seen")


def test_several_entries_stand_as_they_were_told(now: datetime) -> None:
    with transaction.atomic():
        told("first", now, count=3)
        log.append(Kind.ACCESS_LOG_READ, actor="p\u00e42", subject="other", facts={}, now=now)
    assert standing() == ["first", "first", "first", "other"]
    other = Leaf.objects.get(subject="other")
    assert (other.kind, other.actor) == (Kind.ACCESS_LOG_READ.value, "p\u00e42")
    assert other.body == '{"actor":"p\u00e42","facts":{},"subject":"other"}'


def test_whoever_asks_within_the_act_finds_its_entry(now: datetime) -> None:
    with transaction.atomic():
        told("asked", now)
        assert standing() == ["asked"]
        told("asked of the driver", now)
        assert [len(some) for some in rows.unplaced(0)] == [2]
        told("many", now, count=AT_ONCE + 1)
    assert Leaf.objects.count() == AT_ONCE + 3


def test_an_entry_goes_with_what_is_undone(now: datetime) -> None:
    with transaction.atomic():
        told("kept", now)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            told("undone", now)
            raise ZeroDivisionError
        told("kept too", now)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        told("undone whole", now)
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        follower("undone", now)
        told("undone with a row", now)
        raise ZeroDivisionError
    assert standing() == ["kept", "kept too"]
    assert not Follower.objects.exists()


def test_no_act_stands_whose_entry_is_refused_at_the_commit(now: datetime, refused: str) -> None:
    with pytest.raises(Error, match="bad"), transaction.atomic():
        follower("without its entry", now)
        told(refused, now)
    with pytest.raises(Error, match="bad"), transaction.atomic():
        told(refused, now)
    assert not Follower.objects.exists()
    with transaction.atomic():
        follower("with it", now)
        told("good", now)
    assert standing() == ["good"]
    assert Follower.objects.get().name == "with it"


def test_a_connection_that_was_lost_says_so_and_nothing_stands(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [ours])
            assert cursor.fetchone() == (True,)
        with pytest.raises(OperationalError), transaction.atomic():
            told("lost", now)
    finally:
        other.close()
    connection.close()
    assert standing() == []
    with transaction.atomic():
        told("found again", now)
    assert standing() == ["found again"]
