"""The database looked through by its own catalogue of tables, in SQL written here.

Every table that the catalogue lists must be named below: a copy that somebody made of a table is
found by not being named.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from vaiti.promises.older.places import Limits, Looked, Tally

PLACE = "database"
ROWS_AT_ONCE = 50_000

AGED = {
    "register_call": "ended_at",
    "register_leg": "ended_at",
    "register_desk": "ended_at",
    "register_objection": "at",
    "register_consent": "given_at",
    "register_statement": "at",
    "register_stop": "at",
    "register_comment": "written_at",
    "register_correction": "at",
    "register_settling": "begun_at",
    "register_silencing": "asked_at",
    "register_part": "came_at",
    "register_arrival": "since",
    "register_canary": "placed_at",
    "access_listening": "opened_at",
    "access_mandatecall": "added_at",
    "access_spotcheck": "asked_at",
    "access_approval": "asked_at",
    "access_permit": "asked_at",
    "rights_packagecall": "added_at",
}
"""What dies with a call, and the column that says how old it is."""
HELD = (
    "SELECT c.call_id FROM register_heldcall c JOIN register_hold h ON h.id = c.hold_id"
    " WHERE h.ended_at IS NULL"
)
"""The calls that somebody holds beyond their day, on record and for as long as that stands."""
_OF_LEG = f"leg_id IN (SELECT id FROM register_leg WHERE call_id IN ({HELD}))"
OF_HELD = {
    "register_call": f"id IN ({HELD})",
    **dict.fromkeys(("register_arrival", "register_canary"), f"call IN ({HELD})"),
    "register_comment": _OF_LEG,
    "access_listening": _OF_LEG,
    "access_spotcheck": f"listening_id IN (SELECT id FROM access_listening WHERE {_OF_LEG})",
}
"""How a row is of a held call; the others have a column `call_id`."""
HANGING = {
    "register_picture": ("leg_id", "register_leg", "id"),
    "register_check": ("call_id", "register_call", "id"),
    "register_partsession": ("part_id", "register_part", "id"),
}
"""What dies with a call and has no date: through which column it hangs on what."""
OUTLIVING = frozenset(
    {
        *("access_activity", "access_alert", "access_alertentry", "access_apitoken"),
        *("access_balancing", "access_complaint", "access_emergency", "access_look"),
        *("access_mandate", "access_mandateperson", "access_nearnumber"),
        *("access_queuelook", "access_sample", "access_samplecall", "access_savedview"),
        *("audit_checkpoint", "audit_follower", "audit_leaf", "audit_node"),
        *("django_migrations", "django_session", "due_alarm", "due_job"),
        *("notice_line", "notice_nextversion", "notice_noticeversion", "notice_retentionrule"),
        "notice_signoff",
        *("people_agentid", "people_company", "people_confirmer", "people_courseversion"),
        *("people_delegation", "people_deviceuse", "people_factor", "people_feedevent"),
        *("people_formername", "people_formerstay", "people_formerteamname"),
        *("people_managerteam", "people_membership", "people_person", "people_recoverycode"),
        *("people_review", "people_role", "people_scimgroup", "people_scimmember"),
        *("people_scimtoken", "people_scimuser", "people_sectionpass", "people_session"),
        *("people_signinfailure", "people_subject", "people_team", "people_trainingrecord"),
        *("people_undertaking", "people_undertakingversion", "people_warned", "people_widening"),
        *("promises_acknowledgement", "promises_announcement", "promises_approval"),
        *("promises_attestation", "promises_change", "promises_dialogue", "promises_exitdrill"),
        *("promises_instruction", "promises_processor", "promises_publication"),
        *("promises_result", "promises_standing"),
        *("register_codeckept", "register_comparison", "register_gap", "register_heldcall"),
        *("register_hold", "register_pulse"),
        *("retention_dayend", "retention_order", "retention_ordercall", "retention_plan"),
        *("retention_planline", "retention_tombstone"),
        *("rights_breach", "rights_breachcall", "rights_complaintcall", "rights_disclosurecall"),
        *("rights_casecall", "rights_decision", "rights_given", "rights_letter"),
        *("rights_keptcall", "rights_message", "rights_package", "rights_recipient"),
        "rights_numbercode",
        *("rights_sitting", "rights_slot"),
        *("rights_mail", "rights_mailcanary", "rights_mailseen", "rights_paper"),
    }
)
"""What tells of no call, or outlives it by its opaque id alone (docs/schema.md)."""
OF_CASES = {
    "rights_case": "closed_at",
    "rights_complaint": "closed_at",
    "rights_disclosure": "closed_at",
}
"""What has a period of its own, counted from then; all else of a case hangs on it."""
OBJECTS = (
    ("register_call", "id", "object_id"),
    ("register_arrival", "call", "object_id"),
    ("register_settling", "call_id", "old_object"),
    ("register_settling", "call_id", "new_object"),
    ("register_silencing", "id", "old_object"),
    ("register_silencing", "id", "new_object"),
    *(("register_part", "id", name) for name in ("object_id", "old_object", "new_object")),
    ("rights_package", "id", "object_id"),
)
"""Where sealed objects are named: table, key, column."""


def promised() -> tuple[int, ZoneInfo] | None:
    """The longest time that any notice ever named, in months, and its zone; nothing without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT retention_months, zone FROM notice_noticeversion"
            " ORDER BY retention_months DESC, valid_from DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return (int(row[0]), ZoneInfo(row[1])) if row else None


def look(limit: Limits) -> Looked:
    tally, tables = Tally(PLACE), _catalogue()
    for table in tables:
        if table in AGED:
            _look_at(tally, table, _unheld(table, tables), limit.calls)
        elif table in HANGING:
            _look_at_hanging(tally, table, *HANGING[table])
        elif table in OF_CASES:
            _look_at_cases(tally, table, limit.cases)
        elif table not in OUTLIVING:
            tally.is_strange(table)
    return tally.result()


def objects() -> Iterator[str]:
    """The names of the sealed objects that any row names, some more than once."""
    there = set(_catalogue())
    for table, key, column in OBJECTS:
        if table in there:
            yield from _column(table, key, column)


def held_objects() -> Iterator[str]:
    """Those of calls that somebody holds."""
    if "register_hold" in _catalogue():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT object_id FROM register_call WHERE id IN ({HELD})")
            rows = cursor.fetchall()
        yield from (str(value).replace("-", "") for (value,) in rows)


def _catalogue() -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
            )
        else:
            cursor.execute(
                "SELECT CASE WHEN n.nspname = current_schema() THEN c.relname"
                " ELSE n.nspname || '.' || c.relname END"
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'"
                " AND n.nspname <> 'information_schema' ORDER BY 1"
            )
        return [str(name) for (name,) in cursor.fetchall()]


def _unheld(table: str, tables: list[str]) -> str:
    """The condition for rows that nobody holds."""
    if "register_hold" not in tables:
        return "1 = 1"
    return f"NOT ({OF_HELD.get(table, f'call_id IN ({HELD})')})"


def _look_at(tally: Tally, table: str, unheld: str, limit: datetime) -> None:
    name, at = map(connection.ops.quote_name, (table, AGED[table]))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")
        count = int(cursor.fetchone()[0])
        cursor.execute(f"SELECT min({at}) FROM {name} WHERE {unheld}")
        begins = _instant(cursor.fetchone()[0])
        tally.saw(begins, table, many=count)
        if begins is not None and begins < limit:
            bound = connection.ops.adapt_datetimefield_value(limit.astimezone(UTC))
            cursor.execute(f"SELECT count(*) FROM {name} WHERE {at} < %s AND {unheld}", [bound])
            tally.is_older(table, int(cursor.fetchone()[0]))


def _look_at_cases(tally: Tally, table: str, limit: datetime | None) -> None:
    name, at = map(connection.ops.quote_name, (table, OF_CASES[table]))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")
        tally.saw(None, table, many=int(cursor.fetchone()[0]))
        if limit is not None:
            bound = connection.ops.adapt_datetimefield_value(limit.astimezone(UTC))
            cursor.execute(f"SELECT count(*) FROM {name} WHERE {at} < %s", [bound])
            if older := int(cursor.fetchone()[0]):
                tally.is_older(table, older)


def _look_at_hanging(tally: Tally, table: str, column: str, on: str, key: str) -> None:
    name, through, other, its = map(connection.ops.quote_name, (table, column, on, key))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")
        tally.saw(None, table, many=int(cursor.fetchone()[0]))
        cursor.execute(
            f"SELECT count(*) FROM {name} WHERE NOT EXISTS"
            f" (SELECT 1 FROM {other} WHERE {other}.{its} = {name}.{through})"
        )
        if loose := int(cursor.fetchone()[0]):
            tally.is_strange(table, loose)


def _column(table: str, key: str, column: str) -> Iterator[str]:
    """The column's values as hexadecimals, a stretch of the key at a time."""
    name, by, wanted = map(connection.ops.quote_name, (table, key, column))
    after: Any = None
    while True:
        where, given = (f" WHERE {by} > %s", [after]) if after is not None else ("", [])
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {by}, {wanted} FROM {name}{where} ORDER BY {by} LIMIT {ROWS_AT_ONCE}",
                given,
            )
            rows = cursor.fetchall()
        yield from (str(value).replace("-", "") for _, value in rows if value)
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def _instant(value: object) -> datetime | None:
    """As the database gave it: PostgreSQL an instant, SQLite its text in UTC."""
    if value is None or isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
