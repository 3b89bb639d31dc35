"""Cases that the controller's own signed-in pages file and show (N-42).

Who is signed in there has shown who they are: nobody asks again. A program with this purpose sees
the cases that came this way and no others, and of a case what the person may see.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.rights import intake, messages, typed
from vaiti.rights.asking import Channel, Proof
from vaiti.rights.case_models import Case
from vaiti.rights.cases import CaseCard, card_of
from vaiti.rights.errors import CaseRefused
from vaiti.rights.intake import Asked, Filed
from vaiti.rights.messages import Said
from vaiti.rights.policy import CaseRules


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in there: the strength of it, as the controller's provider calls it, and the
    name under which they are known there."""

    assurance: str
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PortalCase:
    """What the person may see. `identified`: nothing is missing of who they are."""

    card: CaseCard
    outcome: str
    extended_on: date | None
    extended_why: str
    messages: tuple[Said, ...] = field(repr=False)


def file(asked: Asked, person: SignedIn, today: date, *, by: str, now: datetime) -> Filed:
    """A case whose person is known already. Raises CaseRefused."""
    if not person.assurance.strip():
        raise CaseRefused("strength")
    asked = replace(asked, channel=Channel.PORTAL, proven=(Proof.SIGNED_IN,))
    with transaction.atomic():
        filed = intake.file(asked, today, by=by, now=now)
        shown = typed.without_numbers(person.name.strip())[:120]
        Case.objects.filter(id=filed.id).update(assurance=person.assurance, shown_name=shown)
    return filed


def see(case_id: UUID, rules: CaseRules, today: date, *, by: str, now: datetime) -> PortalCase:
    """With an entry. Raises NotVisible for a case that came another way."""
    with transaction.atomic(durable=True):
        row = _row(case_id)
        kind, subject = Kind.RIGHTS_PAGE_OPENED, row.id.hex
        log.append(kind, actor=by, subject=subject, facts={}, now=now)
        said = tuple(messages.of_person(row.id, now))
    return PortalCase(
        card_of(row, rules, today), row.outcome, row.extended_on, row.extended_why, said
    )


def write(case_id: UUID, text: str, today: date, now: datetime) -> None:
    """A message of the person's. Raises NotVisible, CaseRefused."""
    _row(case_id)
    messages.ask(case_id, text, today, now)


def _row(case_id: UUID) -> Case:
    row = Case.objects.filter(id=case_id, channel=Channel.PORTAL).first()
    if row is None:
        raise NotVisible
    return row
