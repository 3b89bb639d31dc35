"""Tells the schema of a database, whatever the order in which its columns were made."""

import json
import re
import sys
from typing import Any

POSTGRESQL = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length,"
    " column_default, is_identity, generation_expression FROM information_schema.columns"
    " WHERE table_schema = current_schema()",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = current_schema()",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = current_schema()::regnamespace"
    " AND contype <> 'n'",  # named after the column's first name; the columns tell it
}


def told() -> dict[str, list[Any]]:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master"
                " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            )
            return {str(name): _parts(sql) for name, sql in cursor.fetchall()}
        found = {}
        for what, sql in POSTGRESQL.items():
            cursor.execute(sql)
            found[what] = sorted(map(str, cursor.fetchall()))
        return found


def _parts(sql: str) -> list[str]:
    """What stands between the outermost brackets, part by part, and around them."""
    head, _, body = sql.partition("(")
    inside, _, tail = body.rpartition(")")
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(inside):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(inside[start:at].strip())
            start = at + 1
    parts.append(inside[start:].strip())
    parts = parts if "INDEX" in head else sorted(parts)
    return [re.sub(r"\s+", " ", head).strip().replace("IF NOT EXISTS ", ""), *parts, tail.strip()]


def main() -> None:
    """Of an empty database that goes through every change."""
    import django
    from django.conf import settings

    from vaiti.ops.django_config import django_settings

    settings.configure(**django_settings(json.loads(sys.argv[1]), "test" * 10, [], secure=False))
    django.setup()
    from django.core.management import call_command
    from django.db.migrations.recorder import MigrationRecorder

    call_command("migrate", verbosity=0)
    from django.db import connection

    applied = sorted(map(list, MigrationRecorder(connection).applied_migrations()))
    json.dump({"schema": told(), "applied": applied}, sys.stdout)


if __name__ == "__main__":
    main()
