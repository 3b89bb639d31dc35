"""A person who has signed in strongly elsewhere: noted as a step of identification (N-42).

Kept are the name that was shown, how strong the sign-in was, and in the log at which provider; no
number of an identity.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights import asking
from vaiti.rights.asking import Proof
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, save
from vaiti.rights.messages import ACTOR

MOST_NAME = 100
MOST_LEVEL = 120
MOST_PROVIDER = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """Under which name somebody signed in elsewhere, how strongly, and at which provider."""

    name: str = field(repr=False)
    level: str
    provider: str


def begun(case_id: UUID, attempt: str) -> None:
    """The person goes to the provider; what they began there before counts no more. `attempt` is
    random. Raises NotVisible, and CaseRefused for a closed case."""
    with transaction.atomic():
        row = locked(case_id)
        row.attempt = _digest(attempt)
        save(row, "attempt")


def come_back(case_id: UUID, attempt: str) -> bool:
    """Whether this attempt was under way. It is over now, whatever comes of it."""
    found = Case.objects.filter(id=case_id, attempt=_digest(attempt))
    return found.update(attempt="") == 1


def refused(case_id: UUID, reason: str, provider: str, now: datetime) -> None:
    """`reason` says what was wrong with the answer, and nothing of what it said."""
    facts: Facts = {"reason": reason[:MOST_PROVIDER], "provider": provider[:MOST_PROVIDER]}
    kind, subject = Kind.RIGHTS_IDENTITY_REFUSED, case_id.hex
    log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)


def signed_in(
    case_id: UUID, shown: Shown, levels: tuple[str, ...], *, today: date, now: datetime
) -> None:
    """Raises CaseRefused: a strength that the settings do not name proves nothing."""
    level = shown.level
    if level not in levels or len(level) > MOST_LEVEL:
        raise CaseRefused("assurance")
    with transaction.atomic():
        row = locked(case_id)
        if Proof.SIGNED_IN in row.proven:
            raise CaseRefused("proven")
        row.proven = [*row.proven, Proof.SIGNED_IN]
        row.shown_name, row.assurance = " ".join(shown.name.split())[:MOST_NAME], level
        if (
            row.asked_on
            and not row.answered_on
            and asking.identified(row.asked, row.proven, row.capacity)
        ):
            row.answered_on = today
        save(row, "proven", "shown_name", "assurance", "answered_on")
        told = {"assurance": level, "provider": shown.provider[:MOST_PROVIDER]}
        facts: Facts = {"proof": Proof.SIGNED_IN.value, **told}
        kind, subject = Kind.RIGHTS_IDENTITY_PROVEN, row.id.hex
        log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)


def _digest(attempt: str) -> str:
    return hashlib.sha256(attempt.encode()).hexdigest()
