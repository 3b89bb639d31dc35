"""The next version of the notice, until named people have signed it (N-03, N-08).

It is published by the last signature, and begins on a day that is still to come: callers who were
told something else are kept by what they were told.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.keepable import SIGN
from vaiti.notice.models import NextVersion, SignOff
from vaiti.notice.versions import NoticeError, publish_file, require_order, wanted
from vaiti.notice.wording import Wording, read
from vaiti.values.clock import to_micros

NEEDED = SIGN  # by two people, each once


class NotWaiting(Exception):
    """No such version waits, or this person or role has signed it."""


@dataclass(frozen=True, slots=True)
class Signature:
    role: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """`signatures` are those given so far."""

    wording: Wording
    valid_from: datetime
    proposed_by: str
    proposed_at: datetime
    signatures: tuple[Signature, ...]

    def may_sign(self, person: str, roles: frozenset[str]) -> str:
        """As what this person can sign it; empty where they cannot."""
        if person in (one.person for one in self.signatures):
            return ""
        given = {one.role for one in self.signatures}
        return next((one for one in NEEDED if one in roles and one not in given), "")


def waiting() -> Proposal | None:
    """The one that is not signed by all yet."""
    row = NextVersion.objects.filter(decided_at__isnull=True).first()
    if row is None:
        return None
    signed = SignOff.objects.filter(proposal=row).order_by("signed_at")
    signatures = tuple(Signature(one.role, one.person, one.signed_at) for one in signed)
    return Proposal(read(row.wording), row.valid_from, row.proposed_by, row.proposed_at, signatures)


def propose(text: str, *, valid_from: datetime, by: str, now: datetime) -> None:
    """Puts it forward in place of the one that waits. Raises NoticeError."""
    wording = wanted(text)
    if valid_from <= now:
        raise NoticeError("it begins on a day that is still to come; name a later one")
    with transaction.atomic():
        require_order(wording.version, valid_from, now)
        _withdraw(by, now)
        row = NextVersion.objects.create(
            version=wording.version,
            wording=text,
            valid_from=valid_from,
            proposed_by=by,
            proposed_at=now,
        )
        _log(Kind.NOTICE_VERSION_PROPOSED, row, by, now, sha256=wording.sha256)


def sign(version: str, *, person: str, roles: frozenset[str], now: datetime) -> bool:
    """True when it was the last signature, and the version is published. Raises NotWaiting, or
    NoticeError when its day has come meanwhile."""
    with transaction.atomic():
        row = NextVersion.objects.select_for_update().filter(decided_at__isnull=True).first()
        stands = waiting()
        role = stands.may_sign(person, roles) if stands else ""
        if row is None or stands is None or row.version != version or not role:
            raise NotWaiting
        if row.valid_from <= now:
            raise NoticeError("its day has come before all had signed; put it forward anew")
        SignOff.objects.create(proposal=row, person=person, role=role, signed_at=now)
        _log(Kind.NOTICE_VERSION_SIGNED, row, person, now, role=role)
        if len(stands.signatures) + 1 < len(NEEDED):
            return False
        publish_file(row.wording, valid_from=row.valid_from, by=person, now=now)
        row.decided_at, row.published = now, True
        row.save(update_fields=["decided_at", "published"])
    return True


def withdraw(version: str, *, by: str, now: datetime) -> None:
    """Raises NotWaiting."""
    with transaction.atomic():
        row = NextVersion.objects.filter(decided_at__isnull=True, version=version).first()
        if row is None:
            raise NotWaiting
        _withdraw(by, now)


def _withdraw(by: str, now: datetime) -> None:
    row = NextVersion.objects.select_for_update().filter(decided_at__isnull=True).first()
    if row is not None:
        row.decided_at = now
        row.save(update_fields=["decided_at"])
        _log(Kind.NOTICE_VERSION_WITHDRAWN, row, by, now)


def _log(kind: Kind, row: NextVersion, by: str, now: datetime, **more: str) -> None:
    facts: Facts = {"version": row.version, "valid_from_us": to_micros(row.valid_from), **more}
    log.append(kind, actor=by, facts=facts, now=now)
