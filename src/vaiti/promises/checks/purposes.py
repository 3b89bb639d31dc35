"""What recordings were used for: each listening, held against what the notice allows."""

from datetime import datetime, timedelta

from django.db import connection

from vaiti.notice.wording import read
from vaiti.promises.checks.statement import count, rows
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

LISTENINGS = "SELECT count(*) FROM access_listening"
WITHOUT_REFERENCE = ("own_leg", "test_line")
"""Rights by which calls are heard without a reference: one's own, and test calls."""
CONSENT = "consent"
TO_FILE = timedelta(days=1)
"""So long after a line was listed its balancing tests may come."""
EVERY = frozenset({"verify", "rights", "training", "security"})
"""All that a recording can be for, whatever notice there is."""
OWED = "rights"
OF_VERSION = (
    "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
    " JOIN register_call k ON k.id = g.call_id WHERE k.notice_id = %s"
)


def stated_on_listening(site: Site, _now: datetime) -> Verdict:
    """N-04: each listening names a purpose of the notice, and a reference where it needs one."""
    allowed = site.wording.promised.purposes
    marks = ", ".join(["%s"] * len(allowed))
    strange = count(f"{LISTENINGS} WHERE purpose NOT IN ({marks})", *allowed)
    silent = count(
        f"{LISTENINGS} WHERE reference = '' AND rule NOT IN (%s, %s)", *WITHOUT_REFERENCE
    )
    return found(count(LISTENINGS), strange + silent, "a listening does not say what it was for")


def training_within_activities(_site: Site, _now: datetime) -> Verdict:
    """N-06: each listening of a trainer was within an activity, and none of them over its cap."""
    outside = count(
        "SELECT count(*) FROM access_listening l WHERE l.rule = 'activity_leg' AND NOT EXISTS"
        " (SELECT 1 FROM access_mandate m WHERE m.kind = 'activity' AND m.reference = l.reference"
        " AND m.opened_at <= l.opened_at AND m.ends_at > l.opened_at"
        " AND (m.closed_at IS NULL OR m.closed_at >= l.opened_at))"
    )
    over = count(
        "SELECT count(*) FROM (SELECT m.id FROM access_mandate m"
        " JOIN access_mandatecall c ON c.mandate_id = m.id JOIN register_leg g ON"
        " g.call_id = c.call_id WHERE m.kind = 'activity' AND m.cap IS NOT NULL"
        " AND g.person_id IS NOT NULL"
        " GROUP BY m.id, m.cap, g.person_id HAVING count(DISTINCT c.call_id) > m.cap) over_cap"
    )
    objected = count(
        "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
        " JOIN register_objection o ON o.call_id = g.call_id"
        " WHERE l.purpose = 'training' AND l.opened_at > o.at"
    )
    looked = count(f"{LISTENINGS} WHERE purpose = 'training'")
    return found(looked, outside + over + objected, "training went beyond what was allowed")


def security_second_person(_site: Site, _now: datetime) -> Verdict:
    """N-07: each listening for security had the yes of somebody else, or a noted emergency."""
    alone = count(
        "SELECT count(*) FROM access_listening l JOIN register_leg g ON g.id = l.leg_id"
        " WHERE l.purpose = 'security' AND l.emergency_id IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM access_approval a WHERE a.call_id = g.call_id AND a.allowed"
        " AND a.person_id = l.person_id AND a.decided_by_id <> l.person_id"
        " AND a.decided_at <= l.opened_at)"
    )
    self_said = count("SELECT count(*) FROM access_approval WHERE decided_by_id = person_id")
    looked = count(f"{LISTENINGS} WHERE purpose = 'security'")
    return found(looked, alone + self_said, "nobody else allowed a listening for security")


def closed_list(site: Site, _now: datetime) -> Verdict:
    """N-08: the database itself refuses every purpose but those of the closed list, and nothing was
    used for one that its caller was not told of; a person's own request needs no telling."""
    stated = _constraint()
    allowed = {*site.wording.promised.purposes, OWED}
    lacking = sum(f"'{one}'" not in stated for one in allowed)
    beyond = sum(part not in EVERY for part in _quoted(stated))
    marks = ", ".join(["%s"] * len(allowed))
    version = site.wording.version
    untold = (
        count(f"{OF_VERSION} AND l.purpose NOT IN ({marks})", version, *allowed) if stated else 0
    )
    return found(
        len(allowed), lacking + beyond + untold, "there are purposes that nobody was told of"
    )


def _constraint() -> str:
    if connection.vendor == "sqlite":
        found = rows("SELECT sql FROM sqlite_master WHERE name = 'access_listening'")
        whole = str(found[0][0]) if found else ""
        begins = whole.find("access_purpose_closed")
        return whole[begins : whole.find("))", begins) + 2] if begins >= 0 else ""
    found = rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
        "access_purpose_closed",
    )
    return str(found[0][0]) if found else ""


def _quoted(text: str) -> list[str]:
    return text.split("'")[1::2]


def balancing_current(site: Site, now: datetime) -> Verdict:
    """N-10: each purpose that rests on legitimate interest has for each line on which calls are
    recorded a test that carries it and is not overdue."""
    basis = site.wording.promised.basis
    purposes = [one for one, ground in basis.items() if ground == "legitimate_interest"]
    lines = rows(
        "SELECT number FROM notice_line WHERE recorded AND function <> 'test'"
        " AND (valid_to IS NULL OR valid_to > %s)"
        " AND (valid_from <= %s OR number IN (SELECT line FROM access_balancing))",
        *(now, now - TO_FILE),
    )
    current = set(
        rows(
            "SELECT b.purpose, b.line FROM access_balancing b WHERE b.carries AND b.review_at > %s"
            " AND NOT EXISTS (SELECT 1 FROM access_balancing n WHERE n.purpose = b.purpose"
            " AND n.line = b.line AND n.filed_at > b.filed_at)",
            now,
        )
    )
    wanted = {(purpose, line) for purpose in purposes for (line,) in lines}
    lacking = len(wanted - current)
    return found(len(wanted), lacking, "a purpose has no balancing test, or one that is overdue")


def consent_where_promised(site: Site, _now: datetime) -> Verdict:
    """N-41: what rests on consent has it on record; where nothing does, nothing asks for any.

    Of each call by the version of the notice that it was recorded under.
    """
    resting = _resting(site)
    used = lacking = asked = 0
    for version, purpose in resting:
        used += count(f"{OF_VERSION} AND l.purpose = %s", version, purpose)
        lacking += count(f"{OF_VERSION} AND l.purpose = %s {WITHOUT}", version, purpose)
        asked += count(f"{CONSENTS} WHERE k.notice_id = %s AND c.purpose = %s", version, purpose)
    every = count(CONSENTS)
    return found(
        used + every + len(site.wording.promised.basis),
        lacking + every - asked,
        "calls were used without consent, or it was asked for where the notice speaks of none",
    )


WITHOUT = (
    "AND NOT EXISTS (SELECT 1 FROM register_consent c WHERE c.call_id = k.id"
    " AND c.purpose = l.purpose AND c.given_at <= l.opened_at"
    " AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= l.opened_at))"
)
CONSENTS = "SELECT count(*) FROM register_consent c JOIN register_call k ON k.id = c.call_id"


def _resting(site: Site) -> list[tuple[str, str]]:
    """Version and purpose; of a version from before notices were files nothing is known to."""
    stored = rows("SELECT version, wording FROM notice_noticeversion WHERE wording <> ''")
    known = {str(version): read(str(text)).promised.basis for version, text in stored}
    known[site.wording.version] = site.wording.promised.basis
    return [
        (version, purpose)
        for version, basis in known.items()
        for purpose, ground in basis.items()
        if ground == CONSENT
    ]
