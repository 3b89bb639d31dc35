"""The holds of a case: how long they stand, and how they end."""

from datetime import datetime, timedelta
from uuid import UUID

from vaiti.register import holds as held
from vaiti.register.hold_rules import Keeping
from vaiti.retention import holds
from vaiti.rights.case_models import CaseCall

HELD, REVIEWED = timedelta(days=183), timedelta(days=90)
REASON = "A person's request is pending."


def end_hold(mine: CaseCall, by: str, why: str, now: datetime) -> None:
    if mine.hold is not None:
        end_hold_of(mine.hold, by, why, now)


def end_hold_of(hold: UUID, by: str, why: str, now: datetime) -> None:
    """Where it stands still: a call that is gone has taken its hold with it."""
    card = held.card(hold, now)
    if card is not None and card.stands:
        holds.end(Keeping(by, card.id, card.kind), why, now)
