"""The worker's slow walk through the store: is each recording still what was sealed?"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from uuid import UUID

from vaiti.ops.sections.general import Integrity
from vaiti.playback.unopened import unchanged
from vaiti.register import checking
from vaiti.register.checking import Found
from vaiti.vault.store import Store

EVERY = 60.0
"""Seconds between two stretches."""
LEAST = 20
"""Recordings in a stretch: few are looked at soon, and not only in the course of `days`."""
COUNTED = timedelta(hours=1)


@dataclass(slots=True)
class IntegrityDesk:
    """`path` keeps the place that was reached, over restarts."""

    store: Store
    path: Path
    rules: Integrity
    most: int = LEAST
    counted_at: datetime | None = None

    def round(self, now: datetime) -> int:
        """Looks at the next stretch; how many are damaged. Raises StoreError."""
        self._pace(now)
        since = now - timedelta(days=self.rules.days)
        stretch = checking.following(self._reached(), since, self.most)
        found = [
            Found(one.call, one.object_id, unchanged(one.object_id, one.sha256, self.store))
            for one in stretch.recordings
        ]
        damaged = checking.note(found, now)
        self._reach(stretch.last)
        return damaged

    def _pace(self, now: datetime) -> None:
        """So many at once that all have their turn in time."""
        if self.counted_at is None or now - self.counted_at > COUNTED:
            each = checking.recordings() * EVERY / timedelta(days=self.rules.days).total_seconds()
            self.most, self.counted_at = max(LEAST, ceil(2 * each)), now

    def _reached(self) -> UUID | None:
        try:
            told = json.loads(self.path.read_text())["after"]
        except FileNotFoundError:
            return None
        return UUID(hex=told) if told else None

    def _reach(self, call: UUID | None) -> None:
        aside = self.path.with_suffix(".part")
        aside.write_text(json.dumps({"after": call.hex if call else ""}))
        aside.rename(self.path)
