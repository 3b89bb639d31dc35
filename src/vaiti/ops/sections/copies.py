"""The section of the settings that says for how long copies live that no program here can reach."""

from dataclasses import dataclass

LONGEST_DAYS = 31
"""As the longest backup of the keys: later nothing may bring back what was destroyed."""


@dataclass(frozen=True)
class Copies:
    """Days; 0 says that there are none. `database_archive`: of PostgreSQL's write-ahead log, and
    base backups made beside Vaiti's. `machine`: snapshots and images of the machine or its disks.
    """

    database_archive_days: int = 0
    machine_days: int = 0


def copies_fault(copies: Copies) -> str | None:
    """A sentence that says what to change, or None."""
    for name in ("database_archive_days", "machine_days"):
        if not 0 <= getattr(copies, name) <= LONGEST_DAYS:
            return (
                f"{name} in [copies] is from 0 to {LONGEST_DAYS}: longer than that no copy may "
                "bring back what was destroyed. Have older ones deleted by themselves"
            )
    return None
