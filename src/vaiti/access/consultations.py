"""When a call was consulted, and for which purpose: what the person recorded is told (C-579/21).

Read from the log, which outlives the rows of listenings. No name of a listener stands in it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.audit import reading
from vaiti.audit.kinds import Kind

MOST = 5_000  # of one call; more would be a fault, and is an error rather than a shorter list
HOW = {Kind.ACCESS_LISTENING_HEARD: "heard", Kind.ACCESS_COPY_OPENED: "copied"}


class TooMany(Exception):
    """The call was consulted so often that no letter can tell it."""


@dataclass(frozen=True, slots=True)
class Consultation:
    """`how` is heard or copied; `seconds` of sound were handed out, None where it is not known."""

    at: datetime
    purpose: str
    how: str
    seconds: int | None


def of_call(call_id: UUID) -> tuple[Consultation, ...]:
    """The oldest first. What was opened and never heard is no consultation. Raises TooMany."""
    found = [one for kind in HOW for one in _entries(kind, call_id)]
    return tuple(sorted(found, key=lambda one: one.at))


def _entries(kind: Kind, call_id: UUID) -> list[Consultation]:
    told, before = list[Consultation](), None
    while len(told) <= MOST:
        page = reading.entries(kind, subject=call_id.hex, before=before, limit=reading.MAX_PAGE)
        for entry in page.entries:
            heard_ms = entry.facts.get("heard_ms")
            if entry.removed or heard_ms == 0:
                continue
            seconds = None if heard_ms is None else -(-int(heard_ms) // 1000)
            told.append(Consultation(entry.at, str(entry.facts["purpose"]), HOW[kind], seconds))
        before = page.before
        if before is None:
            return told
    raise TooMany
