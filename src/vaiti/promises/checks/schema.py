"""Whether the schema is closed: database, store, log and addresses against the approved list.

Each looks for itself (N-08, N-11). What is there and not approved breaks the promise; what is
approved and not there breaks nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random

from django.db import connection

from vaiti.promises.approved import approved
from vaiti.promises.checks.statement import each, logged
from vaiti.promises.verdict import Verdict
from vaiti.values.ids import ObjectId
from vaiti.vault.store import Store

ENTRIES = 5_000
"""How many of the newest entries of the log are looked into in one round."""
OBJECTS = 200
"""How many objects of a store are asked what it tells of them, drawn anew in each round."""
MOST_NAMED = 5
_NUMBERED = re.compile(r"_[0-9]+$")
"""Of a fact that is too long for one value, and goes on in the next."""
API = "api/v1/"

_COLUMNS = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c"
        " WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    ),
    "postgresql": (
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    ),
}
_BODIES = logged("l.kind, l.body, l.at, l.id", "l.salt IS NOT NULL") + (
    " ORDER BY 3 DESC, 4 DESC LIMIT %s"
)


def database() -> Verdict:
    """Every column that the database's own catalogue knows, of every schema and of views too."""
    known = approved().tables
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS[connection.vendor])
        live = set(cursor.fetchall())
    strange = {f"{table}.{column}" for table, column in live if column not in known.get(table, ())}
    looked = {"tables": len({table for table, _ in live}), "columns": len(live)}
    return _verdict(looked, strange, "the database has columns that nobody approved")


def store_metadata(store: Store, rng: Random) -> Verdict:
    """Names that are no opaque id, and what the store tells of an object besides its bytes."""
    known, strange, seen = approved().metadata, set[str](), 0
    objects: list[ObjectId] = []
    for one in store.listed():
        seen += 1
        if one.object_id is None:
            strange.add("a name that is no object's")
        elif one.whole:
            _keep_some(objects, one.object_id, seen, rng)
    for name in objects:
        strange |= set(store.metadata(name)) - known
    looked = {"objects": seen, "asked": len(objects)}
    return _verdict(looked, strange, "the store tells more of objects than was approved")


def _keep_some(kept: list[ObjectId], one: ObjectId, seen: int, rng: Random) -> None:
    """So that each of those seen so far is kept with the same chance."""
    if len(kept) < OBJECTS:
        kept.append(one)
    elif (place := rng.randrange(seen)) < OBJECTS:
        kept[place] = one


def audit_fields() -> Verdict:
    """The names of facts in the newest entries; the log's columns are the database's check."""
    looked, strange = 0, set[str]()
    for kind, body, *_ in each(_BODIES, ENTRIES):
        looked += 1
        strange |= {f"{kind} {name}" for name in _unapproved(body)}
    return _verdict({"entries": looked}, strange, "the log has facts that nobody approved")


def _unapproved(body: str) -> Iterator[str]:
    said = json.loads(body)
    yield from set(said) - approved().parts
    named = {_NUMBERED.sub("", name) for name in said.get("facts", ())}
    yield from named - approved().facts


def api_surface(routes: Iterable[str]) -> Verdict:
    """`routes`: all that answers, as `GET api/v1/calls/` for an operation, else the address."""
    known, live = approved(), set(routes)
    strange = set()
    for route in live:
        method, _, path = route.rpartition(" ")
        if path.startswith(API):
            if f"{method} {path.removeprefix(API)}" not in known.operations:
                strange.add(route)
        elif path.partition("/")[0] not in known.pages:
            strange.add(route)
    return _verdict({"addresses": len(live)}, strange, "there are addresses that nobody approved")


def _verdict(looked: dict[str, int], strange: set[str], sentence: str) -> Verdict:
    if not strange:
        return Verdict(kept=True, evidence=looked)
    named = ", ".join(islice(sorted(strange), MOST_NAMED))
    more = len(strange) - MOST_NAMED
    ends = f" and {more} more" if more > 0 else ""
    return Verdict(
        kept=False,
        evidence={**looked, "strange": len(strange)},
        broken_by=f"{sentence}: {named}{ends}",
    )
