"""What the law asks after a breach of personal data, and until when. Pure.

The authority is told within the hours of the law after the controller became aware of it, unless a
risk is unlikely; the persons without undue delay where the risk is high (Art. 33, 34). All of them
are kept on record, with reasons where nobody was told (Art. 33(5)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from vaiti.rights.errors import CaseRefused

OLDEST: Final = timedelta(days=366)  # since somebody became aware of it
KEPT: Final = timedelta(days=5 * 366)


class State(StrEnum):
    OPEN = "open"
    ASSESSED = "assessed"
    CLOSED = "closed"


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.OPEN: frozenset({State.ASSESSED}),
    State.ASSESSED: frozenset({State.ASSESSED, State.CLOSED}),
    State.CLOSED: frozenset({State.OPEN}),
}
"""From which state to which. What becomes known later opens it again, and is judged anew."""


class Lost(StrEnum):
    """What of the data was hurt (Art. 4(12))."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Risk(StrEnum):
    """To people's rights and freedoms: unlikely, likely, or high."""

    NONE = "none"
    RISK = "risk"
    HIGH = "high"


class Untold(StrEnum):
    """Why the persons need not be told though the risk is high (Art. 34(3)(a) and (b))."""

    PROTECTED = "protected"
    AVERTED = "averted"


class Stage(StrEnum):
    """Of the hours that the law gives: a third, two thirds and all but a twelfth are gone."""

    THIRD = "third"
    TWO_THIRDS = "two_thirds"
    LAST = "last"
    OVERDUE = "overdue"


_SHARES: Final = {Stage.THIRD: 4, Stage.TWO_THIRDS: 8, Stage.LAST: 11, Stage.OVERDUE: 12}
"""In twelfths."""
HOWS: Final = ("each", "public")
"""Each person by themselves, or all by a public communication (Art. 34(3)(c))."""


@dataclass(frozen=True, slots=True)
class BreachRules:
    """`hours` by the day from which they apply: the law may change them (docs/breaches.md). `keep`:
    how long a closed one is kept."""

    hours: tuple[tuple[date, int], ...] = ((date(2018, 5, 25), 72),)
    keep: timedelta = field(default=KEPT)

    def hours_on(self, day: date) -> int:
        """Of the newest that applies on `day`; of the oldest before all of them."""
        found = sorted(self.hours)
        return next((many for begins, many in reversed(found) if begins <= day), found[0][1])


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged and done, as far as closing depends on it."""

    risk: str
    notified: bool
    told: bool
    untold: str


def due_at(aware_at: datetime, hours: int) -> datetime:
    """Hours are counted through weekends and holidays."""
    return aware_at + timedelta(hours=hours)


def stages(aware_at: datetime, hours: int, now: datetime) -> tuple[Stage, ...]:
    """Those that are reached, the earliest first."""
    twelfth = timedelta(hours=hours) / 12
    return tuple(one for one, many in _SHARES.items() if now >= aware_at + many * twelfth)


def waits(state: str, risk: str, *, notified: bool) -> bool:
    """Whether the clock still runs: nobody has told the authority, or found that none must."""
    return state != State.CLOSED and not notified and risk != Risk.NONE


def lacks(judged: Judged) -> tuple[str, ...]:
    """What must be done before it can be closed, as codes."""
    found = [] if judged.risk else ["assess"]
    if judged.risk in (Risk.RISK, Risk.HIGH) and not judged.notified:
        found.append("notify")
    if judged.risk == Risk.HIGH and not judged.told and not judged.untold:
        found.append("tell")
    return tuple(found)


def check_move(now: str, then: State) -> None:
    """Raises CaseRefused."""
    if then not in MOVES[State(now)]:
        raise CaseRefused("state")


def check_noted(
    lost: Sequence[str],
    aware_at: datetime,
    span: tuple[datetime | None, datetime | None],
    now: datetime,
) -> None:
    """`span` is when it happened, as far as that is known. Raises CaseRefused."""
    begins, ends = span
    if not lost or not set(lost) <= set(Lost) or len(set(lost)) != len(lost):
        raise CaseRefused("lost")
    if not now - OLDEST < aware_at <= now:
        raise CaseRefused("aware")
    if (begins and begins > aware_at) or (begins and ends and begins > ends):
        raise CaseRefused("happened")


def check_notified(
    at: datetime, aware_at: datetime, due: datetime, late: str, now: datetime
) -> None:
    """Late, it says why (Art. 33(1)). Raises CaseRefused."""
    if not aware_at <= at <= now:
        raise CaseRefused("notified_at")
    if at > due and not late:
        raise CaseRefused("late")


def check_told(at: datetime | None, how: str, untold: str, span: tuple[datetime, datetime]) -> None:
    """Either that they were told, or on which ground not. Raises CaseRefused."""
    aware_at, now = span
    if at is None:
        if untold not in set(Untold):
            raise CaseRefused("untold")
        return
    if not aware_at <= at <= now or how not in HOWS:
        raise CaseRefused("told_at")
