"""What there is of calls, asked of each place by itself: before a destruction, and as its proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from vaiti.retention import journals, rows
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class There:
    """Of one call. `sealed` counts every version and unfinished upload, `rows` every table."""

    key: bool
    sealed: bool
    journal: bool
    rows: bool

    def codes(self) -> tuple[str, ...]:
        """What is left, in the words of a line that failed; empty when nothing is."""
        said = {
            "key_alive": self.key,
            "object_there": self.sealed,
            "journal_holds": self.journal,
            "rows_there": self.rows,
        }
        return tuple(code for code, left in said.items() if left)


def there(
    calls: Mapping[UUID, UUID], keys: KeyClient, store: Store, journal: Path
) -> dict[UUID, There]:
    """Of each call, with the name of its object. Raises KeysUnavailable, KeysRefused, StoreError,
    OSError."""
    ids = [CallId(call.hex) for call in calls]
    living, held = keys.living(ids), journals.holding(journal, ids)
    return {
        call: There(
            key=CallId(call.hex) in living,
            sealed=not store.absent(ObjectId(named.hex)),
            journal=CallId(call.hex) in held,
            rows=not rows.absent(call),
        )
        for call, named in calls.items()
    }
