"""Who and what for, as the notice promises: a role or purpose that it does not name is none."""

from datetime import datetime
from uuid import UUID

from vaiti.access.purposes import Purpose
from vaiti.notice.promised import promised_at, promised_to
from vaiti.notice.versions import archive
from vaiti.register import consents

CONSENT = "consent"
EVERY = frozenset(one.value for one in Purpose)


def promised_roles(roles: frozenset[str], now: datetime) -> frozenset[str]:
    """Of the roles those that the notice in force names (N-27)."""
    promised = promised_at(now)
    return roles & frozenset(promised.roles) if promised else roles


def usable(version: str, call_id: UUID) -> frozenset[str]:
    """The purposes that a caller under this version was told of; of those that rest on consent the
    ones to which the person recorded consents (N-08, N-41)."""
    promised = promised_to(version)
    if promised is None:
        return EVERY
    resting = resting_on_consent(version)
    given = consents.standing(call_id) if resting else frozenset[str]()
    return frozenset(one for one in promised.purposes if one not in resting or one in given)


def resting_on_consent(version: str) -> frozenset[str]:
    """The purposes for which a call under this version is used only with consent."""
    promised = promised_to(version)
    basis = promised.basis if promised else {}
    return frozenset(one for one, ground in basis.items() if ground == CONSENT)


def asking_consent(purpose: str) -> tuple[str, ...]:
    """The versions of the notice under which this purpose rests on consent."""
    every = (one.version for one in archive())
    return tuple(one for one in every if purpose in resting_on_consent(one))
