"""A batch of calls that are taken in, as messages to the key process have it: manifests to be
opened, and data keys to be kept."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from vaiti.values.ids import CallId
from vaiti.vault.keymessage import (
    MAX_CALLS,
    Malformed,
    Message,
    read_bytes,
    read_call_id,
    read_day,
)
from vaiti.vault.keystore import Gone, KeyStore
from vaiti.vault.wrapping import IntakeKey, WrappingError


@dataclass(frozen=True, slots=True)
class Shut:
    """A call whose manifest is sealed to that day's intake key."""

    call_id: CallId
    manifest: bytes = field(repr=False)
    intake_day: date


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them: `wrapped` is sealed to that day's intake key, and lives until `day`."""

    call_id: CallId
    wrapped: bytes = field(repr=False)
    intake_day: date
    day: date


def manifests(shut: Iterable[Shut], store: KeyStore) -> list[bytes | None]:
    """Their texts; None of a call that was destroyed, or whose manifest does not open."""
    days = _Days(store)
    return [_manifest(one, days, store) for one in shut]


def _manifest(one: Shut, days: "_Days", store: KeyStore) -> bytes | None:
    try:
        store.require_not_destroyed(one.call_id)
        return days.key(one.intake_day).open_manifest(one.call_id, one.manifest)
    except (Gone, WrappingError):
        return None


def data_keys(kept: Iterable[Kept], store: KeyStore) -> list[tuple[CallId, date, bytes]]:
    """Raises Gone and WrappingError."""
    days = _Days(store)
    return [
        (one.call_id, one.day, days.key(one.intake_day).open_key(one.call_id, one.wrapped))
        for one in kept
    ]


class _Days:
    """The intake keys that a batch needs: nearly always one, and never longer than the batch."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._known: dict[date, IntakeKey] = {}

    def key(self, day: date) -> IntakeKey:
        """Raises Gone."""
        if day not in self._known:
            self._known[day] = IntakeKey(self._store.intake_private(day))
        return self._known[day]


def read_shut(message: Message, batch: Sequence[CallId]) -> list[Shut]:
    """Raises Malformed, also for a call that is none of its batch."""
    return _read(message, "sealed", batch, _shut)


def read_kept(message: Message, batch: Sequence[CallId]) -> list[Kept]:
    """Raises Malformed, also for a call that is none of its batch."""
    return _read(message, "kept", batch, _kept)


One = TypeVar("One", Shut, Kept)


def _read(
    message: Message, name: str, batch: Sequence[CallId], one_of: Callable[[Message], One]
) -> list[One]:
    told = message.get(name)
    if not isinstance(told, list) or not 0 < len(told) <= MAX_CALLS:
        raise Malformed(f"{name} are 1 to {MAX_CALLS} objects")
    if not all(isinstance(one, dict) for one in told):
        raise Malformed(f"each of {name} is an object")
    found = [one_of(one) for one in told]
    if not {one.call_id for one in found} <= set(batch):
        raise Malformed("a call is none of the calls that its grant is for")
    return found


def _shut(one: Message) -> Shut:
    return Shut(read_call_id(one), read_bytes(one, "manifest"), read_day(one, "intake_day"))


def _kept(one: Message) -> Kept:
    return Kept(
        read_call_id(one),
        read_bytes(one, "wrapped"),
        read_day(one, "intake_day"),
        read_day(one, "day"),
    )
