"""Whether an audit entry bears out a grant. Pure; the key process asks before it gives a key.

A grant is signed by whoever holds the signing key; the entry stands in the log. Both together open
a recording: a signature alone opens nothing.
"""

from datetime import timedelta
from typing import Final

from vaiti.audit.kinds import Kind
from vaiti.audit.presence import Found
from vaiti.vault.grant import BACKUP, JOINING, MAX_LIFETIME, NO_CALL, SILENCING, Grant
from vaiti.vault.work import PURPOSES

LISTENED: Final = frozenset(
    {Kind.ACCESS_LISTENING_OPENED, Kind.ACCESS_LISTENING_RESUMED, Kind.ACCESS_COPY_OPENED}
)
MACHINE: Final = "system:"

_LONGEST_US = MAX_LIFETIME // timedelta(microseconds=1)


def fault(grant: Grant, entry: Found | None) -> str:
    """Why this entry does not bear out this grant, in a sentence; empty where it does."""
    if entry is None:
        return "no entry of the audit log stands behind the grant"
    if grant.purpose == BACKUP:
        return _of_no_copy(grant, entry) or _untimely(grant, entry)
    if grant.purpose in PURPOSES:
        return _of_no_work(grant, entry) or _untimely(grant, entry)
    if entry.subject != grant.call_id:
        return "the audit entry of the grant is about another call"
    if grant.purpose == SILENCING:
        announced = entry.kind == Kind.CALL_PASSAGE_SILENCING
        return "" if announced else "the audit entry of the grant announces no silencing"
    if grant.purpose == JOINING:
        announced = entry.kind == Kind.CALL_PART_JOINING
        return "" if announced else "the audit entry of the grant announces no joining"
    if entry.actor != grant.actor or entry.facts.get("purpose") != grant.purpose:
        return "the audit entry of the grant names another person or purpose"
    if grant.actor.startswith(MACHINE):
        return _untimely(grant, entry)
    if entry.kind not in LISTENED or entry.facts.get("listening") != grant.grant:
        return "the audit entry of the grant is of another listening"
    return _untimely(grant, entry)


def _of_no_copy(grant: Grant, entry: Found) -> str:
    """A copy of all keys is about no call; its entry names the backup that it goes into."""
    if entry.kind != Kind.KEYS_STORE_COPIED or entry.subject != grant.grant:
        return "the audit entry of the grant announces no such copy of the keys"
    if grant.call_id != NO_CALL or entry.actor != grant.actor:
        return "the audit entry of the grant names another actor or a call"
    return ""


def _of_no_work(grant: Grant, entry: Found) -> str:
    """Work is on a batch of calls, a day or the secret; its entry names the same."""
    same = (entry.subject, entry.facts.get("purpose")) == (grant.grant, grant.purpose)
    if entry.kind != Kind.KEYS_WORK_GRANTED or not same:
        return "the audit entry of the grant allows no such work"
    if grant.call_id != NO_CALL or entry.actor != grant.actor:
        return "the audit entry of the grant names another actor or a call"
    return ""


def _untimely(grant: Grant, entry: Found) -> str:
    """An old entry bears out no new grant: who signs anew must write anew."""
    if entry.at_us > grant.not_before_us:
        return "the grant is older than its audit entry"
    if grant.expires_us > entry.at_us + _LONGEST_US:
        return "the audit entry of the grant is too old; open the recording again"
    return ""
