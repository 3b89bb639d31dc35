"""How a sentence of the notice may stand."""

from enum import StrEnum


class State(StrEnum):
    """KEPT and BROKEN by a machine's look; ATTESTED by somebody's word, OVERDUE without it."""

    KEPT = "kept"
    BROKEN = "broken"
    ATTESTED = "attested"
    OVERDUE = "overdue"
    STATEMENT = "statement"

    @property
    def wrong(self) -> bool:
        return self in (State.BROKEN, State.OVERDUE)
