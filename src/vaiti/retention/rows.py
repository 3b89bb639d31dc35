"""A call's rows: their removal, that nothing of them is left, and that the database forgot them."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection, models, transaction

from vaiti.register.holding import forget_empty
from vaiti.register.models import Arrival, Call


class DatabaseBusy(Exception):
    """A reader kept the database from letting go of what was deleted: try again."""


def remove(call: UUID) -> None:
    """The call's row and all that hangs on it, in one transaction; also the second time."""
    with transaction.atomic():
        Call.objects.filter(id=call).delete()
        Arrival.objects.filter(call=call).delete()
        forget_empty()


def absent(call: UUID) -> bool:
    """Whether no table holds a row of the call."""
    return not any(
        model._default_manager.filter(**{path: call}).exists() for model, path in _places()
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
    for model, _ in _places():
        yield connection.ops.quote_name(model._meta.db_table)


def _places() -> list[tuple[type[models.Model], str]]:
    """Every table with rows of a call, and the look-up that finds them."""
    return [(Call, "id"), (Arrival, "call"), *_dependants(Call, "")]


def _dependants(model: type[models.Model], path: str) -> Iterator[tuple[type[models.Model], str]]:
    """The tables whose rows go with a row of `model`, and those whose rows go with theirs."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            lookup = relation.field.name + (f"__{path}" if path else "")
            yield relation.related_model, lookup
            yield from _dependants(relation.related_model, lookup)
