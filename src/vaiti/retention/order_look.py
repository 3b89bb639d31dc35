"""What an order is about just now: each call with what there is of it, and what stands against."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from vaiti.register import holds
from vaiti.register.holds import HoldCard
from vaiti.register.models import Call
from vaiti.retention import order_cards, tombstones
from vaiti.retention.places import There, there
from vaiti.retention.tombstones import Gone
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError


@dataclass(frozen=True, slots=True)
class CallLook:
    """One call of an order. `began` and `due_at` go with its row; `there` is None where the places
    could not be asked."""

    call: UUID
    began: datetime | None
    due_at: datetime | None
    there: There | None
    gone: Gone | None


@dataclass(frozen=True, slots=True)
class Look:
    """`against` are the holds that stand on any of the calls; `asked`: every place answered."""

    calls: tuple[CallLook, ...]
    against: tuple[HoldCard, ...]
    asked: bool


def look(
    order_id: UUID, keys: KeyClient, store: Store, journal: Path | None, now: datetime
) -> Look:
    listed = order_cards.calls(order_id)
    found = _there(listed, keys, store, journal)
    rows = Call.objects.only("id", "started_at", "due_at").in_bulk(list(listed))
    gone = tombstones.gone(listed)
    calls = tuple(
        CallLook(
            call,
            rows[call].started_at if call in rows else None,
            rows[call].due_at if call in rows else None,
            found.get(call),
            gone.get(call),
        )
        for call in listed
    )
    return Look(calls, tuple(holds.standing_on(listed, now)), bool(found))


def _there(
    listed: dict[UUID, UUID], keys: KeyClient, store: Store, journal: Path | None
) -> dict[UUID, There]:
    """Nothing where a place cannot be asked: who looks is told so, and the worker asks again."""
    if journal is None:
        return {}
    try:
        return there(listed, keys, store, journal)
    except (KeysUnavailable, KeysRefused, StoreError, OSError):
        return {}
