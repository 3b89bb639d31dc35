"""The worker's part in silencing a passage: grant, new object and key, proof."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vaiti.access.silencing import opening
from vaiti.register import silencing
from vaiti.retention.silence import carry_out
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class SilencingDesk:
    """`seed` signs the grant, as it does in the web process."""

    keys: KeyClient
    store: Store
    journal: Path
    seed: bytes

    def round(self, now: datetime) -> int:
        """Goes on with everything that is not done; how much was finished."""
        return sum(
            carry_out(
                one,
                opening(one, now, self.seed) if one.asked else None,
                self.keys,
                self.store,
                journal=self.journal,
                now=now,
            )
            for one in silencing.waiting()
        )
