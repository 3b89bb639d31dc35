"""The holds of disclosures and complaints: placed on named calls, renewed while the matter is open,
and ended with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from vaiti.register import holds as held
from vaiti.register.hold_rules import LONGEST, Draft, HoldKind, HoldRefused, Keeping, Placing, Time
from vaiti.retention import holds
from vaiti.rights.case_holds import end_hold_of
from vaiti.rights.errors import CaseRefused
from vaiti.vault.keyclient import KeyClient

ACTOR = "system:rights"
REVIEWED = timedelta(days=90)
RENEWED = timedelta(days=60)
"""Before it would end: longer than the worker is ever away."""


@dataclass(frozen=True, slots=True)
class Matter:
    """For what calls are held, and who looks after the holds."""

    kind: HoldKind
    reference: str
    owner: UUID
    reason: str


def hold(matter: Matter, call: UUID, keys: KeyClient, now: datetime) -> UUID:
    """Raises CaseRefused where the call is gone or on its way."""
    time = Time(now + REVIEWED, now + LONGEST[matter.kind])
    draft = Draft(matter.kind.value, matter.reference, matter.owner, time, matter.reason)
    try:
        return holds.place(Placing(matter.owner.hex, draft, (call,)), keys, now)
    except HoldRefused as error:
        raise CaseRefused("not_held") from error


def renew(wanted: Iterable[UUID], why: str, keys: KeyClient, now: datetime) -> None:
    """Those that would end soon stand longer; when somebody looks at them again stays due."""
    for one in wanted:
        card = held.card(one, now)
        if card is not None and card.stands and card.ends_at <= now + RENEWED:
            kind = HoldKind(card.kind)
            time = Time(now + REVIEWED, now + LONGEST[kind])
            holds.prolong(Keeping(ACTOR, card.id, kind.value), time, why, keys, now)


def end(wanted: Iterable[UUID], by: str, why: str, now: datetime) -> None:
    for one in wanted:
        end_hold_of(one, by, why, now)
