"""Whole numbers of customers, looked for in database, logs and files: there are none (N-15)."""

import base64
import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.backends.base.introspection import FieldInfo

from vaiti.promises.checks.statement import count, rows, tables
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

NUMBER = re.compile(r"(?<![0-9A-Za-z+])\+[1-9][0-9]{8,13}(?![0-9*])")
ADDRESSED = re.compile(r"(?:sips?|tel):\+?([0-9]{6,15})(?![0-9*])", re.IGNORECASE)
NEWEST = 50_000  # rows of a table that are looked through
TAIL = 8 << 20  # bytes of each log
LARGEST = 1 << 20  # bytes of a file that is read whole
CUSTOMERS = ("register_call", "register_leg", "rights_case")
TEXTUAL = frozenset({"CharField", "TextField", "JSONField"})
OURS = frozenset({"notice_line"})
"""Tables with numbers that are the company's own."""
UNREAD = frozenset({"store", "journal", "keys", "secrets", "backups", "checkpoints", "logs"})
"""Folders whose contents are sealed or looked at elsewhere; names are looked at everywhere."""
BINARY = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite", ".vs", ".vj", ".key", ".pub")
LIKE_NUMBER = {"sqlite": "GLOB '*+[1-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*'"}
MATCHES = {"postgresql": "~ '[+][1-9][0-9]{8}'", **LIKE_NUMBER}


def database(_site: Site, _now: datetime) -> Verdict:
    """Every customer's number has its mask, and no text of any table holds a whole number."""
    there, known = tables(), _company()
    looked = wrong = 0
    for table in CUSTOMERS:
        if table in there:
            looked += count(f"SELECT count(*) FROM {table}")
            wrong += count(
                f"SELECT count(*) FROM {table} WHERE customer NOT LIKE '%%***'"
                " AND customer NOT IN ('not available', '')"
            )
    for table, column in sorted(_texts(there)):
        values = _like_numbers(table, column)
        wrong += sum(_whole_numbers([value], known) for value in values)
        looked += 1
    return found(looked, wrong, "a whole number stands in the database")


def logs(site: Site, _now: datetime) -> Verdict:
    """No line of any log has a whole number, as far back as the newest megabytes reach."""
    known, looked, wrong = _company(), 0, 0
    for path in sorted((site.folder / "logs").glob("*")):
        if path.is_file():
            lines = _tail(path)
            looked += len(lines)
            wrong += _whole_numbers(lines, known)
    return found(looked, wrong, "a whole number stands in a log")


def files(site: Site, _now: datetime) -> Verdict:
    """No name of a file has one, and no file in plain text but the settings."""
    known, looked, wrong = _company(), 0, 0
    for path in _walk(site.folder):
        looked += 1
        wrong += _whole_numbers([path.name], known)
        if _readable(path, site.folder):
            wrong += _whole_numbers(_lines(path), known)
    return found(looked, wrong, "a whole number stands in a file or its name")


def key_tones(site: Site, _now: datetime) -> Verdict:
    """N-30: the recorder's orders keep keys silent on each line where customers press them."""
    orders = site.run / "orders.json"
    wanted = {
        number
        for (number,) in rows(
            "SELECT number FROM notice_line WHERE keypad AND recorded AND valid_to IS NULL"
        )
    }
    if not wanted or not orders.exists():
        return found(len(wanted), 0, "")
    body = json.loads(base64.b64decode(json.loads(orders.read_bytes())["body"]))
    silent = {one["number"] for one in body["lines"] if one["keypad"]}
    return found(len(wanted), len(wanted - silent), "keys are recorded on a line")


def _company() -> frozenset[str]:
    """The company's own numbers: they are nobody's personal data (N-14)."""
    return frozenset(
        re.sub(r"\D", "", number) for (number,) in rows("SELECT number FROM notice_line")
    )


def _whole_numbers(texts: Iterable[str], known: frozenset[str]) -> int:
    return sum(any(re.sub(r"\D", "", one) not in known for one in _numbers(text)) for text in texts)


def _numbers(text: str) -> list[str]:
    return [*NUMBER.findall(text), *ADDRESSED.findall(text)]


def _texts(there: set[str]) -> Iterator[tuple[str, str]]:
    """Every column of text of every table of ours."""
    for table in there - OURS:
        with connection.cursor() as cursor:
            for one in connection.introspection.get_table_description(cursor, table):
                if _kind(one.type_code, one) in TEXTUAL:
                    yield table, one.name


def _kind(code: str, column: FieldInfo) -> str:
    try:
        return str(connection.introspection.get_field_type(code, column))
    except KeyError:  # a type that Django does not know may hold anything
        return "TextField"


def _like_numbers(table: str, column: str) -> list[str]:
    name, text = map(connection.ops.quote_name, (table, column))
    cast = f"CAST({text} AS text)"
    newest = f"SELECT {text} FROM {name} LIMIT {NEWEST}"
    found = rows(f"SELECT {cast} FROM ({newest}) newest WHERE {cast} {MATCHES[connection.vendor]}")
    return [str(value) for (value,) in found]


def _walk(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below.sort()
        for name in names:
            yield Path(folder) / name


def _readable(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    if parts[0] in UNREAD or parts[0] == "vaiti.toml" or path.name.endswith(BINARY):
        return False
    try:
        return path.is_file() and path.stat().st_size <= LARGEST
    except OSError:  # it has gone in this moment
        return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _tail(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return file.read().decode("utf-8", "replace").splitlines()
