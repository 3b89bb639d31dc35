"""How long a leg is, computed by the database itself: always end minus start (N-13)."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func
from django.db.models.expressions import CombinedExpression
from django.db.models.sql.compiler import SQLCompiler


class Second(Func):
    """The whole second of an instant, counted since the epoch: what a length is made of.

    Django's own subtraction of instants calls Python for each row on SQLite. Four bytes would end
    in 2038, and with them what the database can count.
    """

    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s AT TIME ZONE 'UTC'))::bigint"
    output_field = BigIntegerField()

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **extra_context: Any,  # noqa: ANN401
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        sql, given = self.as_sql(compiler, connection, template=template)
        return sql, tuple(given)


def length_of_leg() -> CombinedExpression:
    """In whole seconds."""
    return Second(F("ended_at")) - Second(F("started_at"))
