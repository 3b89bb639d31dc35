"""Emergency access, breaking the glass for one matter: who may, and what it can stand for. Pure.

Off by default. It opens no door that the table of roles does not have: it stands for something that
is missing on the way to a call of one open case or incident, for some hours, and every use is told.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

ROLES = ("manager", "rights_handler", "dpo", "administrator")
MAX_REASON = 500
MIN_REASON = 10


class Stands(StrEnum):
    """What an emergency can stand for, as the settings list it.

    APPROVAL: the second person that `[second_person]` wants. SECOND_PERSON: the one without whom
    nobody hears for security (N-07). NAMING: being named in the case or incident. TRAINING: that
    of the one who listens (N-31). The undertaking of secrecy (N-34) is given in a minute: never.
    """

    APPROVAL = "approval"
    SECOND_PERSON = "second_person"
    NAMING = "naming"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    """Nobody by default. Whoever has one of `roles`, and a second factor, for a few hours."""

    roles: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = (Stands.APPROVAL.value,)
    longest_hours: int = 4

    @property
    def standing_for(self) -> frozenset[Stands]:
        return frozenset(Stands(one) for one in self.stands_for)

    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_hours)


def fault(rules: EmergencyRules) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    if not set(rules.roles) <= set(ROLES):
        return (
            "roles lists some of " + ", ".join(f'"{one}"' for one in ROLES) + "; agents, auditors "
            "and all others never open an emergency"
        )
    if not set(rules.stands_for) <= set(Stands):
        return 'stands_for lists some of "approval", "second_person", "naming" and "training"'
    if rules.roles and not rules.stands_for:
        return "stands_for is empty, so an emergency would change nothing; empty roles as well"
    if not 1 <= rules.longest_hours <= 24:
        return "longest_hours is from 1 to 24; usual is 4"
    return ""
