"""A call's rows: their removal, that nothing of them is left, and that the database forgot them."""

from collections.abc import Iterator, Sequence
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
    """As `remove`, in a few statements a table: what hangs on a row goes before it."""
    with transaction.atomic():
        for model, path, outlives in reversed(_places()):
            found = model._default_manager.filter(**{f"{path}__in": calls})
            if outlives:
                found.update(**{path: None})
            else:
                found._raw_delete(found.db)
        forget_empty()


def absent(calls: Sequence[UUID]) -> bool:
    """Whether no table holds a row of any of the calls."""
    return not any(
        model._default_manager.filter(**{f"{path}__in": calls}).exists()
        for model, path, _ in _places()
    )


def scrub() -> None:
    """Makes the database let go of deleted rows. Outside of any transaction. Raises DatabaseBusy.

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
            cursor.execute("VACUUM " + ", ".join(sorted(set(_tables()))))


def _tables() -> Iterator[str]:
    for model, _, _ in _places():
        yield connection.ops.quote_name(model._meta.db_table)


Place = tuple[type[models.Model], str, bool]


def _places() -> list[Place]:
    """Every table with rows of a call, the look-up that finds them, and whether they outlive it."""
    return [(Call, "id", False), (Arrival, "call", False), *_dependants(Call, "")]


def _dependants(model: type[models.Model], path: str) -> Iterator[Place]:
    """The tables whose rows go with a row of `model`, and those whose rows go with theirs."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            lookup = relation.field.name + (f"__{path}" if path else "")
            yield relation.related_model, lookup, relation.on_delete is models.SET_NULL
            yield from _dependants(relation.related_model, lookup)
