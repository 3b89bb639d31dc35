"""What a machine asks of the key process, and the grant that it shows for it (docs/grant.md).

A listener's grant gives a key. A machine's lets one piece of work be done: calls taken in, moved or
destroyed, a day ended, the secret renewed. It names the very things, so it covers one batch and no
other.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import Grant, GrantRefused, check

INTAKE: Final = "intake"
MOVING: Final = "moving"
DESTRUCTION: Final = "destruction"
ROTATION: Final = "rotation"
PURPOSES: Final = frozenset({INTAKE, MOVING, DESTRUCTION, ROTATION})


@dataclass(frozen=True, slots=True)
class Work:
    """`about` names the things, `count` says how many: what the grant and its entry carry."""

    purpose: str
    about: str
    count: int = 1


Granting = Callable[[Work], str]
"""Writes the entry, and gives the token."""


@dataclass(frozen=True, slots=True)
class Permit:
    """A token for work on these calls, shown with each of them until `expires_us`."""

    token: str
    calls: tuple[CallId, ...]
    expires_us: int

    def covers(self, calls: Sequence[CallId], now: datetime) -> bool:
        return to_micros(now) < self.expires_us and set(calls) <= set(self.calls)


ROTATING: Final = Work(ROTATION, "secret")


def on_calls(purpose: str, calls: Sequence[CallId], day: date | None = None) -> Work:
    """The order of the calls does not matter; the day to which they are moved does."""
    named = "\n".join([day.isoformat() if day else "", *sorted(calls)])
    return Work(purpose, hashlib.sha256(named.encode()).hexdigest(), len(calls))


def on_days(what: str, days: Sequence[date]) -> Work:
    """The end of destruction days, in any order, or of intake keys: `what` is day or intake."""
    if len(days) == 1:
        return Work(DESTRUCTION, f"{what}:{days[0].isoformat()}")
    named = "\n".join([f"{what}s", *sorted(day.isoformat() for day in days)])
    return Work(DESTRUCTION, hashlib.sha256(named.encode()).hexdigest(), len(days))


class Permits:
    """Whose entries were found: of a batch that is shown many times the log is asked once.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[bytes, Grant] = {}

    def require(
        self, token: str, work: Work, public: bytes, witness: Callable[[Grant], None], now: datetime
    ) -> None:
        """Raises GrantRefused, and what `witness` raises."""
        name, moment = hashlib.sha256(token.encode()).digest(), to_micros(now)
        with self._guard:
            grant = self._known.get(name)
        if grant is None or moment >= grant.expires_us:
            grant = check(public, token, now)
            witness(grant)
            self._keep(name, grant, moment)
        if (grant.purpose, grant.grant) != (work.purpose, work.about):
            raise GrantRefused(f"the grant is for other work than {work.purpose} of these")

    def _keep(self, name: bytes, grant: Grant, moment: int) -> None:
        with self._guard:
            over = [one for one, known in self._known.items() if known.expires_us <= moment]
            for one in over:
                del self._known[one]
            self._known[name] = grant
