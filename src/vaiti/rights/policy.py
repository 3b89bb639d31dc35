"""The rules of this room that a deployment sets."""

from dataclasses import dataclass, field
from datetime import timedelta

from vaiti.rights.holidays import Calendar


@dataclass(frozen=True, slots=True)
class CaseRules:
    """`keep`: how long a closed case stays (requirements 2.3, point 8). `handlers`: how many
    trained handlers there are at least (question i). `hold_after`: how long its calls are kept
    after a case was closed (question c)."""

    calendar: Calendar = field(default_factory=Calendar)
    keep: timedelta = timedelta(days=3 * 366)
    handlers: int = 2
    hold_after: timedelta = timedelta(days=14)
