"""N-19: a database server that keeps what was deleted without a declared end is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from cast import NOW
from database_plugin import start_postgresql
from vaiti.due import alarms
from vaiti.ops.database_copies import ALARM, Kept, ask, faults, watch
from vaiti.ops.sections.copies import Copies, copies_fault

NONE, WEEK = Copies(), Copies(database_archive_days=7)


def codes(kept: Kept, copies: Copies) -> list[str]:
    return [code for code, _ in faults(kept, copies)]


def test_n19_an_archive_needs_a_declared_end_and_a_near_one() -> None:
    assert codes(Kept(), NONE) == []
    assert codes(Kept(archived=True), NONE) == ["archive_undeclared"]
    assert codes(Kept(archived=True), WEEK) == []
    assert codes(Kept(archived=True, endless=True), WEEK) == ["slot_endless"]
    assert copies_fault(WEEK) is None
    assert copies_fault(Copies(machine_days=31)) is None
    assert "database_archive_days in [copies]" in str(copies_fault(Copies(32)))
    assert "machine_days in [copies]" in str(copies_fault(Copies(machine_days=-1)))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_n19_a_slot_that_nobody_reads_is_an_alarm_until_it_is_dropped() -> None:
    watch(NONE, NOW)
    assert not alarms.standing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_physical_replication_slot('left_behind')")
        try:
            watch(NONE, NOW)
            assert [(one.kind, one.detail) for one in alarms.standing()] == [
                (ALARM, "slot_endless")
            ]
        finally:
            cursor.execute("SELECT pg_drop_replication_slot('left_behind')")
    watch(NONE, NOW)
    assert not alarms.standing()


@pytest.fixture
def archiving(tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A server of its own that archives its log to nowhere."""
    server = start_postgresql(tmp_path)
    server.stop()
    with (server.pgdata / "postgresql.conf").open("a") as settings:
        settings.write("archive_mode = on\narchive_command = 'true'\n")
    server.start()
    info = server.get_postmaster_info()
    other = connection.copy("archiving")
    other.settings_dict = {
        **other.settings_dict,
        **{"NAME": "postgres", "USER": "postgres", "PASSWORD": ""},
        **{"HOST": str(info.socket_dir or info.hostname), "PORT": str(info.port or "")},
    }
    yield other
    other.close()
    server.cleanup()


@pytest.mark.postgresql
@pytest.mark.django_db
def test_n19_a_server_that_archives_is_asked_itself(archiving: BaseDatabaseWrapper) -> None:
    assert ask(connection) == Kept()
    kept = ask(archiving)
    assert kept == Kept(archived=True)
    assert codes(kept, NONE) == ["archive_undeclared"]
