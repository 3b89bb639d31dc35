"""Roles that are granted for a time only, and how long at most: an auditor comes and goes.

`install` is for ops, at the start; everything else here is pure.
"""

from datetime import datetime, timedelta

TIME_BOXED = frozenset({"auditor"})
LONGEST = timedelta(days=92)  # unless the settings say otherwise
A_DAY = timedelta(days=1)

_installed = [LONGEST]


def install(longest: timedelta) -> None:
    """Replaces what was installed before."""
    _installed[:] = [longest]


def longest() -> timedelta:
    return _installed[0]


def term_fault(kind: str, begins: datetime, until: datetime | None, most: timedelta) -> str | None:
    """What to change about a role's end, or None. The day on which it begins does not count."""
    if kind not in TIME_BOXED:
        return None
    if until is None:
        return "an auditor's role is for a time; write its last day"
    if until - begins > most + A_DAY:
        return (
            "an auditor's role may not last so long; write an earlier last day, or change "
            "auditor_days in the settings"
        )
    return None
