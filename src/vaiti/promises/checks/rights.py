"""What became of people's requests: answered in time, done, and reasoned (N-36 to N-40, N-47)."""

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from vaiti.promises.checks.statement import count, day, hexes, read_json, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

ASKED_SOON = timedelta(days=10)
"""Whoever is asked later who they are is asked without stopping the clock."""
SATURDAY = 5
FIXED = {
    "FI": ((1, 1), (1, 6), (5, 1), (12, 6), (12, 25), (12, 26)),
    "SE": ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26)),
}
MOVING = (-2, 1, 39)  # from Easter Sunday; the other days off are Saturdays or Sundays
AUTHORITY = {
    "FI": "tietosuoja.fi",
    "SE": "imy.se",
    "NO": "datatilsynet.no",
    "DK": "datatilsynet.dk",
    "EE": "aki.ee",
}
WITHOUT = ("receipt", "identification", "article_19")
"""Letters that decide nothing."""
CASES = "SELECT count(*) FROM rights_case"


def answered_in_time(site: Site, now: datetime) -> Verdict:
    """N-36: no request is open past its month, with what it was given besides."""
    today = now.astimezone(ZoneInfo(site.wording.promised.zone)).date()
    open_cases = rows(
        "SELECT arrived_on, asked_on, answered_on, extended_on FROM rights_case"
        " WHERE closed_at IS NULL AND state <> 'fulfilled'"
    )
    wrong = sum(moved(_limit(tuple(dates), today), site.country) < today for dates in open_cases)
    return found(count(CASES), wrong, "a request has had no answer in its time")


def _limit(dates: tuple[object, ...], today: date) -> date:
    arrived, asked, answered, extended = dates
    due = _months_after(day(arrived), 3 if extended else 1)
    if asked and day(asked) - day(arrived) <= ASKED_SOON:
        due += max((day(answered) if answered else today) - day(asked), timedelta())
    return due


def moved(due: date, country: str) -> date:
    """The day itself, or the first one after it that is no day off: so the law moves a limit."""
    while due.weekday() >= SATURDAY or due in _off(due.year, country):
        due += timedelta(days=1)
    return due


def _off(year: int, country: str) -> set[date]:
    """Of a country whose days off are not known here: those that both know."""
    fixed = FIXED.get(country) or sorted({*FIXED["FI"]} & {*FIXED["SE"]})
    easter = _easter(year)
    return {date(year, *one) for one in fixed} | {easter + timedelta(days=one) for one in MOVING}


def _easter(year: int) -> date:
    """By the rule of Gauss as the church corrected it (1900 to 2099)."""
    moon = (19 * (year % 19) + 24) % 30
    week = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7
    after = moon + week
    if after == 35 or (after == 34 and moon == 28 and year % 19 > 10):
        after -= 7
    return date(year, 3, 22) + timedelta(days=after)


def _months_after(begins: date, months: int) -> date:
    year, month = divmod(begins.year * 12 + begins.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(begins.day, last))


def corrections_kept(_site: Site, _now: datetime) -> Verdict:
    """N-37: what was put right last is what stands now, and says what stood before."""
    undone = count(
        "SELECT count(*) FROM register_correction c JOIN register_leg g ON g.id = c.leg_id"
        " WHERE c.what = 'agent' AND length(c.after) = 32 AND NOT EXISTS (SELECT 1"
        " FROM register_correction d WHERE d.leg_id = c.leg_id AND d.what = 'agent'"
        " AND d.at > c.at) AND (g.person_id IS NULL"
        f" OR {hexes('g.person_id')} <> c.after)"
    )
    silent = count("SELECT count(*) FROM register_correction WHERE after = before OR \"by\" = ''")
    looked = count("SELECT count(*) FROM register_correction")
    return found(looked, undone + silent, "a correction does not stand")


def erasures_done(site: Site, _now: datetime) -> Verdict:
    """N-38: of each order that is done, and of each erasure granted and closed, nothing is left."""
    left = count(
        "SELECT count(*) FROM retention_ordercall o JOIN retention_order r ON r.id = o.order_id"
        " JOIN register_call c ON c.id = o.call WHERE r.state = 'done'"
    )
    granted = count(
        "SELECT count(*) FROM rights_decision d JOIN rights_case k ON k.id = d.case_id"
        " JOIN register_call c ON c.id = d.call WHERE d.right = 'erasure'"
        " AND d.outcome = 'granted' AND k.state = 'closed'".replace("d.right", 'd."right"')
    )
    looked = count("SELECT count(*) FROM retention_ordercall")
    return found(looked, left + granted, "something that was to be erased is still there")


def transfers_answered(_site: Site, _now: datetime) -> Verdict:
    """N-39: each closed request to transfer data has a decision on it."""
    looked = wrong = 0
    decided = {
        str(case)
        for (case,) in rows("SELECT case_id FROM rights_decision WHERE \"right\" = 'portability'")
    }
    for case, asked, outcome in rows(
        "SELECT id, asked, outcome FROM rights_case WHERE state = 'closed'"
    ):
        if "portability" in read_json(asked):
            looked += 1
            wrong += str(case) not in decided and outcome in ("answered", "fulfilled")
    return found(looked, wrong, "a request to transfer data has no answer")


def restrictions_honoured(_site: Site, _now: datetime) -> Verdict:
    """N-40: while a call was restricted, it was heard by nobody but who handles the case."""
    heard = count(
        "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
        " JOIN register_heldcall c ON c.call_id = g.call_id JOIN register_hold h"
        " ON h.id = c.hold_id WHERE h.kind = 'restriction' AND l.opened_at >= h.placed_at"
        " AND (h.ended_at IS NULL OR l.opened_at < h.ended_at) AND l.rule <> 'held_leg'"
    )
    looked = count("SELECT count(*) FROM register_hold WHERE kind = 'restriction'")
    return found(looked, heard, "a restricted call was listened to")


def refusals_reasoned(_site: Site, _now: datetime) -> Verdict:
    """N-47: each refusal of a closed case has its law, its words and a second look."""
    refused = (
        "SELECT count(*) FROM rights_decision d JOIN rights_case k ON k.id = d.case_id"
        " WHERE d.outcome IN ('partly', 'refused') AND k.state = 'closed'"
    )
    bare = count(f"{refused} AND (d.ground = '' OR d.words = '' OR d.review <> 'agreed')")
    return found(count(refused), bare, "a refusal has no reasons")


def letters_name_authority(site: Site, _now: datetime) -> Verdict:
    """N-48: each letter sent that decides something names the supervisory authority."""
    letters = rows(
        "SELECT kind, CAST(parts AS text) FROM rights_letter WHERE sent_at IS NOT NULL"
        if connection.vendor == "sqlite"
        else "SELECT kind, parts::text FROM rights_letter WHERE sent_at IS NOT NULL"
    )
    name = AUTHORITY.get(site.country, ".")
    deciding = [parts for kind, parts in letters if kind not in WITHOUT]
    wrong = sum(name not in parts for parts in deciding)
    return found(len(deciding), wrong, "a letter names no authority")
