"""How long calls are kept: their day, what is over its time, what is gone, and what is held."""

import calendar
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.promises.checks.statement import count, hexes, instant, logged, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found
from vaiti.values.ids import ObjectId

SAMPLE = 2_000
GRACE = timedelta(hours=24)
"""N-19: bytes and rows are gone within a day."""
CLOCK_CHANGE = timedelta(hours=1)
HELD = (
    "SELECT c.call_id FROM register_heldcall c JOIN register_hold h ON h.id = c.hold_id"
    " WHERE h.ended_at IS NULL"
)


def period(_site: Site, now: datetime) -> Verdict:
    """N-18: no call's day is later than its end and the months of its version."""
    told = rows(
        "SELECT c.ended_at, coalesce(c.ordinary_due_at, c.due_at), n.retention_months, n.zone"
        " FROM register_call c JOIN notice_noticeversion n ON n.version = c.notice_id"
        " ORDER BY c.due_at DESC LIMIT %s",
        SAMPLE,
    )
    wrong = sum(
        instant(due) > after(instant(ends), int(months), ZoneInfo(zone)) + CLOCK_CHANGE
        for ends, due, months, zone in told
    )
    unfixed = count("SELECT count(*) FROM register_call WHERE due_at <= ended_at")
    return found(len(told), wrong + unfixed, "a call is kept for longer than it was told")


def after(ends: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same wall time so many calendar months later, on the month's last day at most."""
    local = ends.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def none_lost_early(_site: Site, _now: datetime) -> Verdict:
    """N-18: what is not in the book any more went at its day, or on an order; nothing just went."""
    early = count(
        "SELECT count(*) FROM retention_tombstone t JOIN retention_planline p ON p.call = t.call"
        " WHERE p.reason = 'expired' AND t.done_at < t.due_at"
    )
    taken_in = logged("l.subject, l.salt", "l.kind = 'call:recording:taken_in'")
    lost = count(
        f"SELECT count(*) FROM ({taken_in}) a WHERE a.salt IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM register_call c WHERE {hexes('c.id')} = a.subject)"
        f" AND NOT EXISTS (SELECT 1 FROM retention_planline p WHERE {hexes('p.call')} = a.subject)"
    )
    looked = count(f"SELECT count(*) FROM ({taken_in}) a")
    return found(looked, early + lost, "a call went before its day and on no order")


def nothing_overdue(site: Site, now: datetime) -> Verdict:
    """N-19: a day after its time no row is there, and no key of a day that is over."""
    late = now - GRACE
    calls = count(
        f"SELECT count(*) FROM register_call WHERE due_at < %s AND id NOT IN ({HELD})", late
    )
    legs = count(
        "SELECT count(*) FROM register_leg l LEFT JOIN register_call c ON c.id = l.call_id"
        " WHERE c.id IS NULL"
    )
    days = sum(day < f"{late - GRACE:%Y-%m-%d}" for day in _days(site))
    looked = count("SELECT count(*) FROM register_call")
    return found(looked, calls + legs + days, "something is there that is over its time")


def _days(site: Site) -> list[str]:
    return [str(day) for (day,) in _keystore(site, "SELECT day FROM day")]


def destroyed_gone(site: Site, now: datetime) -> Verdict:
    """N-19: of the newest calls destroyed there is no row, no object in the store and no key."""
    buried = rows(
        "SELECT call, object_id FROM retention_tombstone ORDER BY done_at DESC LIMIT %s", SAMPLE
    )
    names = [ObjectId(_hex(object_id)) for _call, object_id in buried]
    there = len(site.store.remaining(names))
    again = count(
        "SELECT count(*) FROM retention_tombstone t JOIN register_call c ON c.id = t.call"
    )
    dead = {_hex(call) for call, _ in buried}
    keys = sum(call in dead for (call,) in _keystore(site, "SELECT call_id FROM call"))
    return found(len(buried), there + again + keys, "something of a destroyed call is still there")


def holds_honoured(site: Site, _now: datetime) -> Verdict:
    """N-05: what somebody holds is in the book, and its sound is in the store."""
    held = rows(
        "SELECT h.call_id, c.object_id FROM register_heldcall h"
        " JOIN register_hold o ON o.id = h.hold_id AND o.ended_at IS NULL"
        " LEFT JOIN register_call c ON c.id = h.call_id LIMIT %s",
        SAMPLE,
    )
    gone = sum(object_id is None for _call, object_id in held)
    silent = sum(
        site.store.absent(ObjectId(_hex(object_id)))
        for _call, object_id in held
        if object_id is not None
    )
    return found(len(held), gone + silent, "a call that is held is gone")


def _hex(value: object) -> str:
    return UUID(str(value)).hex


def _keystore(site: Site, sql: str) -> Iterator[tuple[str]]:
    """Of the key store's file as it stands on the disk; nothing in the middle of a write."""
    address = f"file:{quote(str(site.keystore))}?mode=ro&immutable=1"
    try:
        file = sqlite3.connect(address, uri=True)
    except sqlite3.Error:
        return
    try:
        yield from file.execute(sql)
    except sqlite3.Error:
        return
    finally:
        file.close()
