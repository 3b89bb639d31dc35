"""What a machine's token reads: the log, and whether all is well. Nothing of a call's content."""

from collections.abc import Mapping
from typing import Any, Final

from vaiti.access import by_token
from vaiti.access.token_rules import TokenScope
from vaiti.audit.outward import codes_of
from vaiti.audit.reading import MAX_PAGE, LogEntry
from vaiti.due import alarms
from vaiti.web import backlog, health
from vaiti.web.api.moments import written
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import (
    MAX_INT,
    an_id,
    instant,
    or_nothing,
    record,
    several,
    text,
    truth,
    whole,
)

ENTRY: Final = record(
    {
        "place": whole("in the log; it grows by one"),
        "id": an_id(),
        "at": instant(),
        "kind": text("scope:subject:act, as in docs/audit.md"),
        "actor": text("a person's id, or system: and a name; empty once removed"),
        "subject": text("an opaque id"),
        "facts": {"type": "object", "description": "names to codes, numbers, true, false, null"},
        "removed": truth("its content was removed when its time came"),
    }
)


def read_log(asked: Asked) -> Mapping[str, Any]:
    """The log in its own order: who remembers `next` misses nothing and gets nothing twice."""
    after = asked.query.get("after", -1)
    found = by_token.read_log(asked.token, after, asked.query.get("most", MAX_PAGE), asked.now)
    return {"entries": list(map(entry, found)), "next": _next(found, after)}


def _next(found: tuple[LogEntry, ...], after: int) -> int:
    places = [one.seq for one in found if one.seq is not None]
    return places[-1] if places else after


def entry(one: LogEntry) -> dict[str, Any]:
    return {
        "place": one.seq,
        "id": one.id.hex,
        "at": written(one.at),
        "kind": one.kind,
        "actor": one.actor,
        "subject": one.subject,
        "facts": codes_of(one.facts),
        "removed": one.removed,
    }


def state(asked: Asked) -> Mapping[str, Any]:
    """As the state page has it."""
    parts = {"database": health.database_answers(), "keys": health.keys_answer()}
    standing = alarms.standing()[:MOST_ALARMS]
    waiting = backlog.known() or {}
    return {
        **parts,
        "waiting_calls": waiting.get("waiting_calls"),
        "taken_in_per_minute": waiting.get("taken_in_per_minute"),
        "waiting_left_s": waiting.get("waiting_left_s"),
        "well": all(parts.values()) and not standing,
        "alarms": list(map(_alarm, standing)),
    }


def _alarm(one: alarms.Standing) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": one.key,
        "detail": one.detail,
        "since": written(one.raised_at),
        "last": written(one.last_at),
        "count": one.count,
    }


MOST_ALARMS: Final = 1000
ALARM: Final = record(
    {
        "kind": text(),
        "key": text("with what: an opaque id or a name of the machinery"),
        "detail": text("codes and counts"),
        "since": instant(),
        "last": instant(),
        "count": whole(),
    }
)
OPERATIONS: Final = (
    Operation(
        "readLog",
        "GET",
        "log",
        TokenScope.LOG,
        "The log behind a place, in its order. Entries name people and calls by opaque ids.",
        read_log,
        query={
            "after": whole("the place of the last entry that you have; -1 for none", least=-1),
            "most": whole("entries", least=1, most=MAX_PAGE),
        },
        gives=record(
            {
                "entries": several(ENTRY, most=MAX_PAGE),
                "next": {"type": "integer", "minimum": -1, "maximum": MAX_INT},
            }
        ),
    ),
    Operation(
        "readState",
        "GET",
        "state",
        TokenScope.STATE,
        "Whether database and keys answer, and the alarms that stand.",
        state,
        gives=record(
            {
                "database": truth(),
                "keys": truth(),
                "well": truth("all answer and no alarm stands"),
                "waiting_calls": or_nothing(whole("ended calls that are not in the book yet")),
                "taken_in_per_minute": or_nothing(whole("of such calls, in the last minute")),
                "waiting_left_s": or_nothing(whole("until all are in the book, at that pace")),
                "alarms": several(ALARM, most=MOST_ALARMS),
            }
        ),
    ),
)
