"""Ways to plant a fault in a running demo, and to take it away again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vaiti.ops.outside.world import World


@contextmanager
def planted(path: Path, content: bytes) -> Iterator[None]:
    """A file with this content, for a while; what was there before is put back."""
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_bytes(before)


@contextmanager
def altered(world: World, table: str, column: str, value: str, where: str) -> Iterator[None]:
    """Another value in the database, for a while."""
    rows = world.rows(f"SELECT rowid, quote({column}) FROM {table} WHERE {where}")
    execute(world, f"UPDATE {table} SET {column} = {value} WHERE {where}")
    try:
        yield
    finally:
        for row, before in rows:
            execute(world, f"UPDATE {table} SET {column} = {before} WHERE rowid = {row}")


def execute(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.data / "db.sqlite3", timeout=20)) as file, file:
        file.execute("PRAGMA secure_delete = ON")
        assert file.execute(statement).rowcount > 0


def person(world: World, login: str) -> str:
    ((found,),) = world.rows(f"SELECT id FROM people_person WHERE login = '{login}'")
    return str(found)


def membership(world: World, login: str, team: str) -> str:
    """Which row it is that has somebody in a team."""
    named = f"(SELECT id FROM people_team WHERE name = '{team}')"
    return f"person_id = '{person(world, login)}' AND team_id = {named}"


@contextmanager
def leading(world: World, login: str, team: str) -> Iterator[None]:
    """Somebody is a manager who leads this team besides, for a while."""
    whose = f"'{person(world, login)}'"
    execute(
        world,
        "INSERT INTO people_membership (person_id, team_id, leads, valid_from) "
        f"SELECT {whose}, id, 1, '2020-01-01 00:00:00' FROM people_team WHERE name = '{team}'",
    )
    try:
        with altered(world, "people_role", "kind", "'manager'", f"person_id = {whose}"):
            yield
    finally:
        execute(
            world, f"DELETE FROM people_membership WHERE {membership(world, login, team)} AND leads"
        )


@contextmanager
def meddled(world: World, when: str, what: str) -> Iterator[None]:
    """The database does something of its own when a row is written, for a while."""
    define(world, f"CREATE TRIGGER planted {when} BEGIN {what}; END")
    try:
        yield
    finally:
        define(world, "DROP TRIGGER planted")


def define(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.data / "db.sqlite3", timeout=20)) as file, file:
        file.execute(statement)
