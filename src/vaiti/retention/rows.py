"""A call's rows: their removal, that nothing of them is left, and that the database forgot them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models, transaction

from vaiti.register.holding import forget_empty
from vaiti.register.models import Arrival, Call


class DatabaseBusy(Exception):
    """A reader kept the database from letting go of what was deleted: try again."""


def remove(call: UUID) -> None:
    """The call's row and all that hangs on it, in one transaction; also the second time."""
    remove_all([call])


def remove_all(calls: Sequence[UUID]) -> None:
    """As `remove`, in one statement a table: what hangs on a row goes before it."""
    listed = _listed(calls)
    with transaction.atomic(), connection.cursor() as cursor:
        for place in reversed(_places()):
            act = f"UPDATE {place.table} SET {place.column} = NULL"
            start = act if place.outlives else f"DELETE FROM {place.table}"
            cursor.execute(f"{start} WHERE {place.where}", [listed])
        forget_empty()


def absent(call: UUID) -> bool:
    """Whether no table holds a row of the call."""
    return absent_all([call])


def absent_all(calls: Sequence[UUID]) -> bool:
    """Whether no table holds a row of any of the calls."""
    listed = _listed(calls)
    with connection.cursor() as cursor:
        for place in _places():
            cursor.execute(f"SELECT 1 FROM {place.table} WHERE {place.where} LIMIT 1", [listed])
            if cursor.fetchone():
                return False
    return True


def scrub(besides: Sequence[str] = ()) -> None:
    """Makes the database let go of deleted rows, of tables `besides` those of calls too. Outside of
    any transaction. Raises DatabaseBusy.

    SQLite (secure_delete is on): empties the write-ahead log, after which the bytes are in no
    file. PostgreSQL: VACUUM takes them out of the tables; its write-ahead log keeps old pages until
    it recycles them, which is one reason why keys are never kept in it (docs/retention.md).
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, left, _ = cursor.fetchone()
            if busy or left > 0:
                raise DatabaseBusy("the database's write-ahead log could not be emptied")
        else:
            cursor.execute("VACUUM " + ", ".join(sorted({*_tables(), *besides})))


def _tables() -> Iterator[str]:
    for place in _places():
        yield place.table


@dataclass(frozen=True, slots=True)
class Place:
    """A table with rows of a call: `where` finds them, by a list of calls. Some outlive the call,
    which then leaves the `column`. Quoted for a statement."""

    table: str
    column: str
    where: str
    outlives: bool = False


def _places() -> list[Place]:
    """Every table with rows of a call, each before those whose rows hang on its own."""
    found = []
    for model, column in ((Call, "id"), (Arrival, "call")):
        name = connection.ops.quote_name
        place = Place(name(model._meta.db_table), name(column), f"{name(column)} {_among()}")
        found += [place, *_dependants(model, place)]
    return found


def _dependants(model: type[models.Model], place: Place) -> Iterator[Place]:
    """The tables whose rows go with a row of `model`, and those whose rows go with theirs."""
    name = connection.ops.quote_name
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            column, target = (
                name(str(one.column)) for one in (relation.field, relation.field.target_field)
            )
            where = f"{column} IN (SELECT {target} FROM {place.table} WHERE {place.where})"
            if (target, place.where) == (place.column, f"{target} {_among()}"):
                where = f"{column} {_among()}"
            table = name(relation.related_model._meta.db_table)
            found = Place(table, column, where, relation.on_delete is models.SET_NULL)
            yield found
            yield from _dependants(relation.related_model, found)


def _among() -> str:
    """The calls as one value, however many: each would be bound and looked at by itself else."""
    if connection.vendor == "sqlite":
        return "IN (SELECT value FROM json_each(%s))"
    return "= ANY(%s)"


def _listed(calls: Sequence[UUID]) -> str | list[UUID]:
    return json.dumps([one.hex for one in calls]) if connection.vendor == "sqlite" else list(calls)
