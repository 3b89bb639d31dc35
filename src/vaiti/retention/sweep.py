"""One round of all that retention does by itself, in the order that the promise needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from vaiti.retention import holds, journals
from vaiti.retention.days import end_days
from vaiti.retention.destroy import execute
from vaiti.retention.overdue import overdue
from vaiti.retention.planning import open_plans, plan
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round did: calls proven gone, calls that are left, files and days that ended."""

    destroyed: int
    left: int
    files: int
    days: tuple[date, ...]
    intake_days: tuple[date, ...]


def sweep(
    keys: KeyClient,
    store: Store,
    journal: Path,
    now: datetime,
    read: Callable[[Path], bool] = journals.read_by_nobody,
) -> Swept:
    """Plans what is due, carries out every open plan, trims the journal, ends days and intake keys.

    `read` says whether intake has all that a journal file holds; see `journals.trim`.
    For a worker to call each minute or so. The look for delay comes first, so that it is taken even
    when the key process is away, which this raises as KeysUnavailable. What is due is destroyed
    before the journal is looked through for what was abandoned: it may be unreadable (OSError).
    """
    overdue(now)
    holds.look(now)
    while plan(now):
        pass
    due = open_plans()
    executed = [execute(plan_id, keys, store, journal, now) for plan_id in due]
    while plan(now, journals.abandoned(journal, now)):
        pass
    found = [plan_id for plan_id in open_plans() if plan_id not in due]
    executed += [execute(plan_id, keys, store, journal, now) for plan_id in found]
    files = journals.trim(journal, now, read).removed
    again = open_plans() if files else []  # what only the journal had still held is done now
    finished = [execute(plan_id, keys, store, journal, now) for plan_id in again]
    days, intake_days = end_days(keys, now), journals.end_intake_keys(journal, keys, now)
    overdue(now)
    return Swept(
        sum(one.done for one in (*executed, *finished)),
        sum(one.left for one in (finished if files else executed)),
        files,
        tuple(days),
        tuple(intake_days),
    )
