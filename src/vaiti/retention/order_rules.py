"""What an order of destruction may be, and how it goes from state to state. Pure.

| from | to | by |
|---|---|---|
| planned | approved | a named person; another one than planned it, where a person asked |
| planned | refused | a named person, with a reason |
| approved | executing | the worker |
| executing | done | the worker, once each place has been asked and has nothing left |

Until it is approved, everything stays as it is. From then on nobody hears the calls, and there is
no way back.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from vaiti.retention.policy import Reason

MOST_CALLS = 500  # of one order: what fits on one plan
MAX_WHY = 300  # characters
MAX_DIGITS = 10  # of a case's reference, which is no telephone number (N-15)
_CASE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9/#._-]{2,39}|20[0-9]{2}[-/][0-9]{1,6}")
_GAP = re.compile(r"[0-9a-f]{32}")
PATIENCE = timedelta(hours=1)  # from the approval to the alarm, as N-19 has it for keys


class OrderState(StrEnum):
    PLANNED = "planned"
    APPROVED = "approved"
    EXECUTING = "executing"
    DONE = "done"
    REFUSED = "refused"


MOVES = frozenset(
    {
        (OrderState.PLANNED, OrderState.APPROVED),
        (OrderState.PLANNED, OrderState.REFUSED),
        (OrderState.APPROVED, OrderState.EXECUTING),
        (OrderState.EXECUTING, OrderState.DONE),
    }
)
REASONS = (Reason.ERASURE, Reason.OBJECTION, Reason.UNWANTED)
OF_A_PERSON = frozenset({Reason.ERASURE, Reason.OBJECTION})
"""Reasons that need a second person's approval."""


class AskedKind(StrEnum):
    """CASE: a person's request, by the case's reference. GAP: a row of the gap register."""

    CASE = "case"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Asked:
    """On whose word calls are to be destroyed: `kind` of AskedKind, and its reference."""

    kind: str
    reference: str


class OrderRefused(Exception):
    """`code` says what to change; nothing was changed. `about` are the references of the holds, or
    the ids of the calls, that stand in the way."""

    def __init__(self, code: str, about: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code, self.about = code, tuple(about)


def check_order(reason: str, asked: Asked, calls: Collection[UUID]) -> None:
    """Raises OrderRefused. Whether calls and gaps are there is for the book to say."""
    if reason not in REASONS:
        raise OrderRefused("reason")
    if not _fit(asked):
        raise OrderRefused("asked")
    if not calls:
        raise OrderRefused("no_calls")
    if len(set(calls)) > MOST_CALLS:
        raise OrderRefused("too_many")


def _fit(asked: Asked) -> bool:
    if asked.kind == AskedKind.GAP:
        return bool(_GAP.fullmatch(asked.reference))
    digits = sum(one.isdigit() for one in asked.reference)
    told = asked.kind == AskedKind.CASE and digits <= MAX_DIGITS
    return told and bool(_CASE.fullmatch(asked.reference))


def check_move(state: str, to: OrderState) -> None:
    if (state, to) not in MOVES:
        raise OrderRefused("moved_on")


def check_approver(reason: str, planned_by: str, by: str) -> None:
    """Who planned it does not approve it too, where a person asked."""
    if reason in OF_A_PERSON and by == planned_by:
        raise OrderRefused("own")


def check_why(why: str) -> str:
    """The reason in words, without runs of white space; no number of a customer in it (N-15)."""
    told = " ".join(why.split())
    digits = sum(one.isdigit() for one in told)
    if not 3 <= len(told) <= MAX_WHY or not told.isprintable() or digits > 12:
        raise OrderRefused("why")
    return told
