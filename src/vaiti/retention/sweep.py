"""One round of all that retention does by itself, in the order that the promise needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from vaiti.retention import holds, journals
from vaiti.retention.days import end_days
from vaiti.retention.destroy import execute_all, kill_keys
from vaiti.retention.overdue import overdue
from vaiti.retention.planning import open_plans, plan
from vaiti.values.clock import Clock
from vaiti.vault.keyclient import KeyClient, KeysUnavailable
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round did: calls proven gone, calls that are left, files and days that ended."""

    destroyed: int
    left: int
    files: int
    days: tuple[date, ...]
    intake_days: tuple[date, ...]


def kill_what_is_due(
    keys: KeyClient, store: Store, journal: Path, now: datetime, *, clock: Clock | None = None
) -> set[UUID]:
    """Plans, and ends the keys of each plan before the next is made, the oldest due first.

    So all keys die before the bytes of any call, however many there are, and what an earlier round
    left goes first. Returns the plans of which every key is proven dead; without the key process
    everything is planned all the same.
    """
    at, after, dead = (keys, store, journal, now), None, set[UUID]()

    def kill(plan_id: UUID) -> bool:
        try:
            if kill_keys(plan_id, *at, clock=clock):
                dead.add(plan_id)
        except KeysUnavailable:
            return False
        return True

    there = all(kill(plan_id) for plan_id in open_plans())
    made = plan(now)
    while made:
        there = there and kill(made.id)
        after = made.last_expired() or after
        made = plan(now, after=after)
    return dead


def sweep(
    keys: KeyClient,
    store: Store,
    journal: Path,
    now: datetime,
    read: Callable[[Path], bool] = journals.read_by_nobody,
    *,
    clock: Clock | None = None,
) -> Swept:
    """Plans what is due, carries out every open plan, trims the journal, ends days and intake keys.

    `read` says whether intake has all that a journal file holds; see `journals.trim`. `clock` dates
    what is done in a round that takes minutes; what is due was due at `now`.
    For a worker to call each minute or so. The look for delay comes first, so that it is taken even
    when the key process is away, which this raises as KeysUnavailable. What is due is destroyed
    before the journal is looked through for what was abandoned: it may be unreadable (OSError).
    """
    overdue(now)
    holds.look(now)
    holds.keep_restrictions(keys, now)
    at = (keys, store, journal, now)
    dead, due = kill_what_is_due(*at, clock=clock), open_plans()
    executed = [execute_all(due, *at, clock=clock, dead=dead)]
    while plan(now, journals.abandoned(journal, now)):
        pass
    known = set(due)
    executed += [execute_all([one for one in open_plans() if one not in known], *at, clock=clock)]
    files = journals.trim(journal, now, read).removed
    again = open_plans() if files else []  # what only the journal had still held is done now
    finished = [execute_all(again, *at, clock=clock)]
    days, intake_days = end_days(keys, now), journals.end_intake_keys(journal, keys, now)
    overdue(now)
    return Swept(
        sum(one.done for one in (*executed, *finished)),
        sum(one.left for one in (finished if files else executed)),
        files,
        tuple(days),
        tuple(intake_days),
    )
