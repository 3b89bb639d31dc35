"""What the settings file says of breaches of personal data: docs/breaches.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from vaiti.rights.breaches.rules import KEPT, BreachRules

LONGEST_HOURS = 24 * 14
LEAST_DAYS = 366

__all__ = ["Incidents", "breach_rules", "incidents_fault"]


@dataclass(frozen=True)
class Incidents:
    """`hours` within which the authority is told of a breach, by the day from which they apply,
    such as { "2018-05-25" = 72 }; `keep_days`, how long a closed breach is kept."""

    hours: Mapping[str, int] = field(default_factory=lambda: {"2018-05-25": 72})
    keep_days: int = KEPT.days


def incidents_fault(incidents: Incidents) -> str | None:
    """A sentence that says what to change, or None."""
    try:
        found = [date.fromisoformat(one) for one in incidents.hours]
    except ValueError:
        found = []
    if not found:
        return 'hours is by day, such as { "2018-05-25" = 72 }'
    if not all(1 <= one <= LONGEST_HOURS for one in incidents.hours.values()):
        return f"hours is from 1 to {LONGEST_HOURS}; the law says 72"
    if not LEAST_DAYS <= incidents.keep_days <= 3660:
        return f"keep_days is from {LEAST_DAYS} to 3660; usual is {KEPT.days}, five years"
    return None


def breach_rules(incidents: Incidents) -> BreachRules:
    hours = ((date.fromisoformat(day), many) for day, many in incidents.hours.items())
    return BreachRules(tuple(sorted(hours)), timedelta(days=incidents.keep_days))
