"""What the book of calls says of each call: times, length, number, agent, notice and sound."""

import hashlib
import json
import random
from datetime import datetime
from uuid import UUID

from vaiti.promises.checks.statement import bound_id, count, instant, read_json, rows, whole_second
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found
from vaiti.values.ids import ObjectId
from vaiti.vault.store import StoreError

HEARD_THROUGH = 5  # recordings whose bytes are compared in a round
SAMPLE = 500
CALLS = "SELECT count(*) FROM register_call"
_KEPT = "FROM register_call WHERE object_id = %s AND state = 'kept'"


def notice_version(_site: Site, _now: datetime) -> Verdict:
    """N-03: the version in force when the call began, and no version was touched."""
    other = count(
        "SELECT count(*) FROM register_call c"
        " JOIN notice_noticeversion n ON n.version = c.notice_id"
        f" WHERE {whole_second('n.valid_from')} > c.started_at"
        " OR EXISTS (SELECT 1 FROM notice_noticeversion m"
        " WHERE m.valid_from > n.valid_from AND m.valid_from <= c.started_at)"
    )
    versions = rows("SELECT texts, sha256 FROM notice_noticeversion")
    touched = sum(_texts_hash(texts) != sha256 for texts, sha256 in versions)
    looked = count(CALLS) + len(versions)
    return found(looked, other + touched, "a call has another version, or a version was changed")


def _texts_hash(texts: object) -> str:
    plain = json.dumps(read_json(texts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def times(_site: Site, now: datetime) -> Verdict:
    """N-12: no call ends before it begins, and none begins in time to come."""
    wrong = count(
        "SELECT count(*) FROM register_call WHERE ended_at < started_at OR started_at > %s", now
    )
    zoned = count("SELECT count(*) FROM notice_noticeversion WHERE zone = ''")
    return found(count(CALLS), wrong + zoned, "a call's times cannot be so")


def length(_site: Site, _now: datetime) -> Verdict:
    """N-13: each part lies within its call, kept in whole seconds, and is as long as told."""
    backwards = count(
        "SELECT count(*) FROM register_leg WHERE ended_at < started_at OR length_s < 0"
    )
    counted = rows(
        "SELECT l.started_at, l.ended_at, l.length_s, c.ended_at FROM register_leg l"
        " JOIN register_call c ON c.id = l.call_id ORDER BY l.id DESC LIMIT %s",
        SAMPLE,
    )
    other = sum(
        abs(_seconds(begins, ends) - length) > 1 or _seconds(over, ends) >= 1
        for begins, ends, length, over in counted
    )
    return found(count("SELECT count(*) FROM register_leg"), backwards + other, "a length is wrong")


def _seconds(begins: object, ends: object) -> float:
    return (instant(ends) - instant(begins)).total_seconds()


def own_number(_site: Site, _now: datetime) -> Verdict:
    """N-14: each call is on a line of the line register, whose number is a whole one."""
    loose = count(
        "SELECT count(*) FROM register_call c LEFT JOIN notice_line l ON l.id = c.line_id"
        " WHERE l.id IS NULL OR l.number = '' OR l.number LIKE '%%*%%'"
    )
    other = count(
        "SELECT count(*) FROM register_leg g JOIN register_call c ON c.id = g.call_id"
        " WHERE g.line_id <> c.line_id"
    )
    return found(count(CALLS), loose + other, "a call is on no line of the register")


def agent_named(_site: Site, _now: datetime) -> Verdict:
    """N-16: a part is somebody's who has a name, or is marked as nobody's by its device."""
    nameless = count(
        "SELECT count(*) FROM register_leg l LEFT JOIN people_person p ON p.id = l.person_id"
        " WHERE l.person_id IS NOT NULL AND (p.id IS NULL OR p.name = '')"
    )
    both = count("SELECT count(*) FROM register_leg WHERE person_id IS NOT NULL AND device <> ''")
    parts = count("SELECT count(*) FROM register_leg")
    unknown = count("SELECT count(*) FROM register_leg WHERE person_id IS NULL")
    wrong = nameless + both
    return found(parts, wrong, "a part of a call is of somebody without a name", unknown=unknown)


def sound_intact(site: Site, _now: datetime) -> Verdict:
    """N-04: recordings drawn by chance are byte for byte those that were sealed."""
    newest = rows(
        "SELECT object_id FROM register_call WHERE state = 'kept' ORDER BY due_at DESC LIMIT %s",
        SAMPLE,
    )
    drawn = random.Random().sample(newest, min(HEARD_THROUGH, len(newest)))
    wrong = sum(not _same(site, ObjectId(UUID(str(one)).hex)) for (one,) in drawn)
    failed = count("SELECT count(*) FROM register_check WHERE NOT intact")
    return found(len(drawn), wrong + failed, "a recording is not what was sealed")


def _same(site: Site, name: ObjectId) -> bool:
    kept = rows(f"SELECT recording {_KEPT}", bound_id(name))
    if not kept:
        return True  # destroyed in this moment
    try:
        digest = hashlib.sha256(_whole(site, name)).hexdigest()
    except StoreError:
        return not count(f"SELECT count(*) {_KEPT}", bound_id(name))  # as well
    return digest == str(read_json(kept[0][0])["sha256"])


def _whole(site: Site, name: ObjectId) -> bytes:
    return site.store.get(name, 0, site.store.size(name))
