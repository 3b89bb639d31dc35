"""The worker's part in joining two recorders' parts of a call: grants, one object, proof."""

from dataclasses import dataclass
from datetime import datetime

from vaiti.access.joining import opening_of_call, opening_of_part
from vaiti.playback.rejoining import Both
from vaiti.register import parts
from vaiti.register.parts import SEALED, Open
from vaiti.retention.joining import carry_out
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class JoiningDesk:
    """`seed` signs the grants, as it does in the web process."""

    keys: KeyClient
    store: Store
    seed: bytes

    def round(self, now: datetime) -> int:
        """Goes on with everything that is not joined; how much was finished."""
        return sum(
            carry_out(one, self._both(one, now), self.keys, self.store, now)
            for one in parts.open_ones()
        )

    def _both(self, one: Open, now: datetime) -> Both | None:
        if one.state == SEALED:
            return None
        call, part = (open_one(one, now, self.seed) for open_one in OPENINGS)
        return Both(call, part, one.part_first)


OPENINGS = (opening_of_call, opening_of_part)
