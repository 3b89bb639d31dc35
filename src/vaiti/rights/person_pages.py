"""What the person sees of their own case, with its number and the code that they were given."""

import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import mandates
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights import handing, letters
from vaiti.rights.asking import State
from vaiti.rights.case_models import Case
from vaiti.rights.cases import CaseCard, card_of
from vaiti.rights.intake import digest, number_of
from vaiti.rights.policy import CaseRules

ACTOR = "system:web"
PERSON = "system:person"
ON_PAGE = "page"
"""How a letter is sent that the person reads on this page."""
_NUMBER = re.compile(r"\s*R-?(20[0-9]{2})-?([0-9]{1,7})\s*", re.IGNORECASE)
_NOBODYS = "0" * 64


@dataclass(frozen=True, slots=True)
class OwnCase:
    """`extended`: the person was told of more time; `closed_at` when it was over. `shown_name`:
    under which name they have signed in elsewhere; empty for nobody yet."""

    card: CaseCard
    extended_on: date | None
    extended_why: str
    closed_at: datetime | None
    paused: bool
    proven: tuple[str, ...] = ()
    shown_name: str = field(default="", repr=False)

    @property
    def over(self) -> bool:
        return self.card.state is State.CLOSED


@dataclass(frozen=True, slots=True)
class Delivery:
    """What lies ready: letters that are read here, and packages that are fetched once."""

    letters: tuple[letters.Card, ...]
    packages: tuple[handing.Card, ...]


def own_case(number: str, secret: str, rules: CaseRules, today: date) -> OwnCase | None:
    """None for a wrong number and for a wrong code: nobody learns which of the two it was."""
    match = _NUMBER.fullmatch(number)
    year, serial = (int(match[1]), int(match[2])) if match else (0, 0)
    row = Case.objects.filter(year=year, serial=serial).exclude(secret="").first()
    known = row.secret if row is not None else _NOBODYS
    if not hmac.compare_digest(known, digest(secret)) or row is None:
        return None
    return _own(row, rules, today)


def opened(case_id: UUID, now: datetime) -> None:
    """The person has opened their page with number and code: an entry a visit."""
    with transaction.atomic(durable=True):
        log.append(Kind.RIGHTS_PAGE_OPENED, actor=PERSON, subject=case_id.hex, facts={}, now=now)


def again(case_id: UUID, rules: CaseRules, today: date) -> OwnCase | None:
    """For a visit that was let in already; None once the case is gone."""
    row = Case.objects.filter(id=case_id).exclude(secret="").first()
    return _own(row, rules, today) if row is not None else None


def delivery(case_id: UUID, now: datetime) -> Delivery:
    reference = _reference(case_id, now)
    sent = (one for one in letters.cards(reference) if one.sent_how == ON_PAGE)
    there = (one for one in handing.cards(reference, now) if one.state in ("waiting", "delivered"))
    return Delivery(tuple(sent), tuple(there))


def letter(case_id: UUID, letter_id: UUID, now: datetime) -> letters.Card | None:
    """A letter that is read on this page, with an entry that it was fetched."""
    reference = _reference(case_id, now)
    found = letters.card(letter_id)
    if found is None or found.reference != reference or found.sent_how != ON_PAGE:
        return None
    facts: Facts = {"reference": reference, "letter": found.kind.value}
    with transaction.atomic(durable=True):
        kind = Kind.RIGHTS_LETTER_FETCHED
        log.append(kind, actor=PERSON, subject=found.id.hex, facts=facts, now=now)
    return found


def _reference(case_id: UUID, now: datetime) -> str:
    """As copies and letters name the case (rights.matters)."""
    row = Case.objects.get(id=case_id)
    card = mandates.card(row.mandate, now) if row.mandate else None
    return card.reference if card else number_of(row.year, row.serial)


def _own(row: Case, rules: CaseRules, today: date) -> OwnCase:
    card = card_of(row, rules, today)
    return OwnCase(
        card,
        row.extended_on,
        row.extended_why,
        row.closed_at,
        card.clock.paused,
        tuple(row.proven),
        row.shown_name,
    )
