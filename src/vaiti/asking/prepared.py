"""A question to the database that is put together once, and asked with other values each time.

Django builds a statement anew for every query, which takes several times as long as a small query
itself. Here its own query is built once with marks where values go; afterwards only these differ.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connection, models
from django.db.models import QuerySet

Row = tuple[Any, ...]
Build = Callable[..., "QuerySet[Any, Any]"]

_UUID: Final["models.UUIDField[UUID, UUID]"] = models.UUIDField()
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class _Statement:
    """`places` holds, for each parameter, whose value it is and which of several, or itself."""

    sql: str
    places: tuple[tuple[str, int, Any], ...]
    read: Callable[[Iterable[Row]], Iterable[Row]]


class Prepared:
    """`build` makes the query of values that are named: ids, instants, whole numbers, texts, or
    many of one of these. It must build the same for every value, and end in `values_list`."""

    def __init__(self, build: Build, **kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._known: dict[tuple[str, tuple[int, ...]], _Statement] = {}

    def rows(self, **given: Any) -> list[Row]:  # noqa: ANN401
        """The rows for these values. Of many there are none when nothing is asked for."""
        many = {name: _fill_up(some) for name, some in given.items() if isinstance(some, list)}
        if not all(many.values()):
            return []
        sizes = tuple(len(many[name]) if name in many else 0 for name in self._kinds)
        known = self._known.get((connection.vendor, sizes))
        if known is None:
            known = self._known[connection.vendor, sizes] = self._put_together(sizes)
        told = {
            name: [_for_database(one) for one in many[name]]
            if name in many
            else [_for_database(value)]
            for name, value in given.items()
        }
        values = [told[name][which] if name else itself for name, which, itself in known.places]
        with connection.cursor() as cursor:
            cursor.execute(known.sql, values)
            return list(known.read(cursor.fetchall()))

    def first(self, **given: Any) -> Row | None:  # noqa: ANN401
        """The first row, or None."""
        return next(iter(self.rows(**given)), None)

    def _put_together(self, sizes: tuple[int, ...]) -> _Statement:
        marks = {
            name: [_mark(kind, 100 * number + which) for which in range(size or 1)]
            for number, ((name, kind), size) in enumerate(
                zip(self._kinds.items(), sizes, strict=True)
            )
        }
        shaped = dict(zip(self._kinds, sizes, strict=True))
        rows = self._build(
            **{name: some if shaped[name] else some[0] for name, some in marks.items()}
        )
        compiler = rows.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        converters = compiler.get_converters([one for one, *_ in compiler.select])
        return _Statement(
            sql,
            tuple(_place(value, marks) for value in values),
            lambda found: compiler.apply_converters(found, converters) if converters else found,
        )


def _fill_up(some: list[Any]) -> list[Any]:
    """To the next power of two with the last one again, so that few statements are needed."""
    wanted = 1 << max(0, len(some) - 1).bit_length()
    return some + some[-1:] * (wanted - len(some))


def _mark(kind: type, number: int) -> Any:  # noqa: ANN401
    if kind is UUID:
        return uuid4()
    if kind is datetime:
        return _EPOCH.replace(year=1971, microsecond=number + 1)
    if kind is str:
        return f"prepared {uuid4().hex}"
    return (1 << 40) + number


def _place(value: object, marks: dict[str, list[Any]]) -> tuple[str, int, Any]:
    for name, some in marks.items():
        for which, mark in enumerate(some):
            if value == _for_database(mark):
                return name, which, None
    return "", 0, value


def _for_database(value: Any) -> Any:  # noqa: ANN401
    """As the database's driver wants it."""
    if isinstance(value, UUID):
        return _UUID.get_db_prep_value(value, connection)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
