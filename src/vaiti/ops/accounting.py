"""Holds the key process's own memory of what it gave against the log.

A key is given only where its entry stands. Whoever can write to the database could take the entry
out again before it has its place in the tree; that is found here, by a memory they cannot change.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from vaiti.audit.missing import missing
from vaiti.due import alarms
from vaiti.values.clock import to_micros
from vaiti.vault.keyclient import KeyClient

ALARM = "key_without_entry"
SETTLED = timedelta(minutes=1)
"""Younger ones are looked at in the next round: by then the sequencer has had them."""


@dataclass(slots=True)
class AccountingDesk:
    """Each start of the worker begins anew with all that the key process knows: weeks."""

    keys: KeyClient
    since_us: int = 0
    told: set[UUID] = field(default_factory=set)

    def round(self, now: datetime) -> int:
        """How many keys were given under entries that are no more; each is told once a start."""
        until = to_micros(now - SETTLED)
        given = [(leaf, at) for leaf, at in self.keys.given(self.since_us) if at <= until]
        gone = missing([UUID(hex=leaf) for leaf, _ in given])
        lost = [leaf for leaf in gone if leaf not in self.told]
        for leaf in lost:
            detail = "a key was given under an audit entry that has been taken out of the log"
            alarms.raise_alarm(ALARM, leaf.hex, detail, now, event=True)
        self.told.update(lost)
        if given:
            self.since_us = given[-1][1]
        return len(lost)
