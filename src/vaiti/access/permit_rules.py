"""When a second person's yes is needed to hear another's call, and what becomes of asking. Pure.

A setting, off by default. For security the second person is always asked, in an incident: that is
`approvals`, and stands in no setting.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from vaiti.access.purposes import Purpose

PURPOSES = (Purpose.VERIFY, Purpose.RIGHTS, Purpose.TRAINING)
ROLES = ("manager", "trainer")
MAX_REASON = 200


class Answers(StrEnum):
    """LEADER: who leads the one who asks, a manager's manager; where nobody does, the officer.

    DPO: a data protection officer, always.
    """

    LEADER = "leader"
    DPO = "dpo"


@dataclass(frozen=True, slots=True)
class PermitRules:
    """Who listens as one of `roles` for one of `purposes` asks first. None: nobody asks.

    A request waits `waits_hours` for its answer; a yes lasts `lasts_hours`.
    """

    purposes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ROLES
    answers: str = Answers.LEADER.value
    waits_hours: int = 72
    lasts_hours: int = 24

    @property
    def asked_of(self) -> frozenset[tuple[str, str]]:
        """The roles and purposes that need it."""
        return frozenset((role, purpose) for role in self.roles for purpose in self.purposes)

    @property
    def waits(self) -> timedelta:
        return timedelta(hours=self.waits_hours)

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=self.lasts_hours)


class State(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVER = "over"


class Word(StrEnum):
    """What moves a request on. TIME: its `ends_at` has come."""

    YES = "yes"
    NO = "no"
    BACK = "back"
    TIME = "time"


MOVES = {
    (State.WAITING, Word.YES): State.GIVEN,
    (State.WAITING, Word.NO): State.REFUSED,
    (State.WAITING, Word.TIME): State.OVER,
    (State.GIVEN, Word.BACK): State.WITHDRAWN,
    (State.GIVEN, Word.TIME): State.OVER,
}
"""All of its life. What is not here does not happen: nothing comes back."""


def state_at(state: State, ends_at: datetime, now: datetime) -> State:
    return MOVES.get((state, Word.TIME), state) if ends_at <= now else state


def may_answer(
    rules: PermitRules, roles: Collection[str], *, oneself: bool, leads: bool, led: bool
) -> bool:
    """`leads`: they lead the one who asks now; `led`: somebody does. Nobody answers themselves."""
    if oneself:
        return False
    if rules.answers == Answers.LEADER and led:
        return leads and "manager" in roles
    return "dpo" in roles


def fault(rules: PermitRules) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    if not set(rules.purposes) <= set(PURPOSES):
        return (
            'purposes lists "verify", "rights" and "training", or some of them; for security a '
            "second person is always asked"
        )
    if not set(rules.roles) <= set(ROLES):
        return 'roles lists "manager", "trainer" or both'
    if rules.answers not in set(Answers):
        return 'answers is "leader" (who leads the one who asks) or "dpo"'
    if not (1 <= rules.waits_hours <= 168 and 1 <= rules.lasts_hours <= 168):
        return "waits_hours and lasts_hours are from 1 to 168; usual are 72 and 24"
    return ""
