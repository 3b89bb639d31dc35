"""What a case's calls may be used for and on which legal basis, as their callers were told (N-10).

Each call has the notice that stood when it began (N-03): what a later one says is not told of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.notice import versions
from vaiti.notice.promised import promised_to
from vaiti.register import calls

INTEREST, CONSENT = "legitimate_interest", "consent"


@dataclass(frozen=True, slots=True)
class Told:
    """One version of the notice: its purposes in order, each with its legal basis."""

    version: str
    purposes: Mapping[str, str]


def told_of(call_ids: Iterable[UUID], now: datetime) -> tuple[Told, ...]:
    """The versions that these calls' customers were told, the oldest call's first; the one in
    force where no call is left. A version that is a text alone, and no file, tells nothing."""
    legs = sorted(calls.legs_of(call_ids, now, held=True), key=lambda one: one.started_at)
    wanted = list(dict.fromkeys(one.call.notice for one in legs))
    if not wanted and (notice := versions.in_force(now)):
        wanted = [notice.version]
    return tuple(told for one in wanted if (told := _told(one)))


def bases_of(call_ids: Iterable[UUID], now: datetime) -> frozenset[str]:
    """The legal bases of their purposes; empty where nobody knows."""
    told = told_of(call_ids, now)
    return frozenset(basis for one in told for basis in one.purposes.values())


def unsaid(version: str) -> frozenset[str]:
    """The paragraphs of a letter for which this version of the notice gives no reason."""
    told = _told(version)
    named = set(told.purposes.values()) if told else {INTEREST}
    reasons = {"object": INTEREST, "withdraw": CONSENT}
    return frozenset(element for element, basis in reasons.items() if basis not in named)


def _told(version: str) -> Told | None:
    promised = promised_to(version)
    if promised is None:
        return None
    return Told(version, {one: promised.basis[one] for one in promised.purposes})
