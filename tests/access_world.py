"""Doors as a session uses them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cast import NOW
from vaiti.access import doors
from vaiti.audit.models import Leaf
from vaiti.people.models import Person, TrainingRecord, Undertaking
from vaiti.register import calls
from vaiti.vault.grant import Opening

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
SESSION = "the key of a web session"

Open = Callable[..., Opening]
Resume = Callable[..., Opening]
Entries = Callable[[str], list[Leaf]]


@pytest.fixture
def open_leg() -> Open:
    """Opens the leg of this ordinal of a call for a person."""

    def act(person: Person, call: UUID, part: int = 1, **changes: Any) -> Opening:  # noqa: ANN401
        leg = calls.legs(call)[part - 1]
        fields: dict[str, Any] = {
            "purpose": "",
            "reference": "",
            "session": SESSION,
            "now": NOW,
            "seed": SEED,
        }
        return doors.open_recording(person.id, leg.id, **(fields | changes))

    return act


def rested_on(person: Person) -> dict[str, str]:
    """The facts that name what the person's right rests on."""
    return {
        "training": TrainingRecord.objects.get(person=person).id.hex,
        "undertaking": Undertaking.objects.get(person=person).id.hex,
    }


@pytest.fixture
def resume() -> Resume:
    def act(person: Person, opening: Opening, now: datetime, session: str = SESSION) -> Opening:
        listening = UUID(opening.listening_id)
        return doors.resume(person.id, listening, session=session, now=now, seed=SEED)

    return act


@pytest.fixture
def entries() -> Entries:
    """The log's entries of one kind, in the order written."""

    def of_kind(kind: str) -> list[Leaf]:
        return list(Leaf.objects.filter(kind=kind).order_by("at", "id"))

    return of_kind
