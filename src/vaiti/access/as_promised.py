"""Who and what for, as the notice promises: a role or purpose that it does not name is none."""

from datetime import datetime

from vaiti.access.purposes import Purpose
from vaiti.notice.promised import promised_at, promised_to

CONSENT = "consent"
EVERY = frozenset(one.value for one in Purpose)


def promised_roles(roles: frozenset[str], now: datetime) -> frozenset[str]:
    """Of the roles those that the notice in force names (N-27)."""
    promised = promised_at(now)
    return roles & frozenset(promised.roles) if promised else roles


def usable(version: str) -> frozenset[str]:
    """The purposes that a caller under this version was told of, and that need no consent.

    No consent is on record anywhere, so what rests on consent is for no call (N-41).
    """
    promised = promised_to(version)
    if promised is None:
        return EVERY
    return frozenset(one for one in promised.purposes if promised.basis[one] != CONSENT)
