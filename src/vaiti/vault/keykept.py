"""The keys of a batch of calls that are to be kept, as a message to the key process has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from vaiti.values.ids import CallId
from vaiti.vault.keymessage import (
    MAX_CALLS,
    Malformed,
    Message,
    read_bytes,
    read_call_id,
    read_day,
)
from vaiti.vault.keystore import KeyStore
from vaiti.vault.wrapping import open_key


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them: `wrapped` is sealed to that day's intake key, and lives until `day`."""

    call_id: CallId
    wrapped: bytes = field(repr=False)
    intake_day: date
    day: date

    def opened(self, store: KeyStore) -> tuple[CallId, date, bytes]:
        """Raises Gone and WrappingError."""
        private = store.intake_private(self.intake_day)
        return self.call_id, self.day, open_key(private, self.call_id, self.wrapped)


def read_kept(message: Message, batch: Sequence[CallId]) -> list[Kept]:
    """Raises Malformed, also for a call that is none of its batch."""
    kept = message.get("kept")
    if not isinstance(kept, list) or not 0 < len(kept) <= MAX_CALLS:
        raise Malformed(f"kept are 1 to {MAX_CALLS} objects")
    found = [_read(one) for one in kept]
    if not {one.call_id for one in found} <= set(batch):
        raise Malformed("a call is none of the calls that its grant is for")
    return found


def _read(one: object) -> Kept:
    if not isinstance(one, dict):
        raise Malformed("each of those kept is an object")
    return Kept(
        read_call_id(one),
        read_bytes(one, "wrapped"),
        read_day(one, "intake_day"),
        read_day(one, "day"),
    )
