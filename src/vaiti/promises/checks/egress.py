"""The count of the sound that left, held against the log's entries: read here anew (N-09)."""

import struct
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from vaiti.promises.checks.statement import read_json, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

RECORD = struct.Struct(">16sQ")
SETTLES = timedelta(hours=2)
LOOKED_BACK = 30
"""Days: counts are kept for fewer."""
OF_LISTENING, OF_COPY = "access:listening:heard", "access:copy:taken"


def bytes_accounted_for(site: Site, now: datetime) -> Verdict:
    """Each byte of sound that was counted as it left is told of by an entry, and the reverse."""
    counted = _counted(site.folder / "egress")
    ready = [day for day in counted if _begins(day) + timedelta(days=1) + SETTLES <= now]
    if not ready:
        return found(0, 0, "")
    left = Counter[str]()
    for some in counted.values():
        left.update(some)
    later = {one for day, some in counted.items() if day not in ready for one in some}
    begins = _begins(min(ready))
    heard, taken = _told(OF_LISTENING, begins), _told(OF_COPY, begins)
    open_still = {UUID(str(one)).hex for (one,) in rows(_RUNNING)} | later
    mine = ({one for day in ready for one in counted[day]} | _opened(ready, heard)) - open_still
    wrong = sum(_differs(left[one], heard[one], taken.get(one)) for one in mine)
    return found(len(mine), wrong, "sound left that no entry explains, or was heard uncounted")


_BODIES = "SELECT body FROM audit_leaf WHERE salt IS NOT NULL"
_RUNNING = "SELECT id FROM access_listening WHERE closed_at IS NULL"


def _differs(left: int, heard: int, taken: int | None) -> bool:
    return left != heard if taken is None else left > heard + taken


def _counted(folder: Path) -> dict[date, "Counter[str]"]:
    """By day, the bytes of each listening and copy."""
    result = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        text, many = path.read_bytes(), Counter[str]()
        for raw, length in RECORD.iter_unpack(text[: len(text) - len(text) % RECORD.size]):
            many[raw.hex()] += length
        result[date.fromisoformat(path.name)] = many
    return result


def _told(kind: str, since: datetime) -> "Counter[str]":
    many = Counter[str]()
    for facts in _facts(kind, since, since + timedelta(days=LOOKED_BACK)):
        many[facts["listening"]] += int(facts.get("sound_bytes", 0))
    return many


def _opened(ready: list[date], heard: "Counter[str]") -> set[str]:
    """The listenings of these days of which something was heard."""
    there = set[str]()
    for day in ready:
        begins = _begins(day)
        told = _facts("access:listening:opened", begins, begins + timedelta(days=1))
        there |= {facts["listening"] for facts in told}
    return {one for one in there if heard[one]}


def _facts(kind: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Those with a place by their index, and the few that wait for one."""
    one = (
        "SELECT body FROM audit_leaf WHERE kind = %s AND at >= %s AND at < %s AND salt IS NOT NULL"
    )
    sql = f"{one} AND seq IS NOT NULL UNION ALL {one} AND seq IS NULL"
    for (body,) in rows(sql, *(kind, since, until) * 2):
        yield read_json(body)["facts"]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
