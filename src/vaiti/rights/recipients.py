"""Who had received the data, and that they were told what was done to them (Art. 19, L-13).

The names go with the case. The person is told them by name, in the information letter.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from vaiti.audit.kinds import Kind
from vaiti.rights import noting
from vaiti.rights.asking import State
from vaiti.rights.case_models import Case, Recipient
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import note, open_case, save
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.letter_rules import Letter
from vaiti.rights.typed import without_numbers

ANSWERS = ("done", "impossible")
MOST = 50
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Told:
    """`letter` is the notice to them, drafted or sent."""

    id: int
    name: str = field(repr=False)
    letter: UUID | None
    sent: bool
    answer: str


def of_case(row: Case) -> tuple[Told, ...]:
    found = list(Recipient.objects.filter(case=row).order_by("id"))
    letters = LetterRow.objects.filter(id__in=[one.letter for one in found if one.letter])
    sent = dict(letters.values_list("id", "sent_at"))
    return tuple(
        Told(
            one.id,
            one.name,
            one.letter if one.letter in sent else None,
            bool(one.letter and sent.get(one.letter)),
            one.answer,
        )
        for one in found
    )


def nobody(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """Nobody else has received the data of the case's calls."""
    with open_case(person_id, case_id, now) as row:
        if Recipient.objects.filter(case=row).exists():
            raise CaseRefused("recipients")
        _say(row, "nobody", person_id, now)


def name(person_id: UUID, case_id: UUID, who: str, now: datetime) -> None:
    told = without_numbers(" ".join(who.split()))
    if not 2 <= len(told) <= LONGEST:
        raise CaseRefused("recipient")
    with open_case(person_id, case_id, now) as row:
        if Recipient.objects.filter(case=row).count() >= MOST:
            raise CaseRefused("recipient")
        by = {"named_by": person_id.hex, "named_at": now}
        Recipient.objects.create(case=row, name=told, **by)
        _say(row, "named", person_id, now)


def notice_of(reference: str) -> UUID | None:
    """A notice of this case that the next one may be told from, one for nobody yet before others:
    it was drafted while the calls were there, and names them when they are gone."""
    found = LetterRow.objects.filter(reference=reference, kind=Letter.ARTICLE_19)
    ids = list(found.order_by("-made_at", "id").values_list("id", flat=True))
    return next((one for one in ids if not is_addressed(one)), ids[0] if ids else None)


def is_addressed(letter: UUID) -> bool:
    """Whether somebody is told by it already."""
    return Recipient.objects.filter(letter=letter).exists()


def notify(person_id: UUID, case_id: UUID, recipient: int, letter: UUID, now: datetime) -> None:
    """The notice to this one is the letter of that id: they are told when it is sent."""
    with open_case(person_id, case_id, now) as row:
        mine = Recipient.objects.filter(case=row, id=recipient)
        if not mine.update(letter=letter):
            raise CaseRefused("recipient")


def answered(person_id: UUID, case_id: UUID, recipient: int, answer: str, now: datetime) -> None:
    """They have done likewise, or say why that is impossible."""
    with open_case(person_id, case_id, now) as row:
        mine = next((one for one in of_case(row) if one.id == recipient), None)
        if mine is None or not mine.sent or answer not in ANSWERS:
            raise CaseRefused("recipient")
        Recipient.objects.filter(id=recipient).update(answer=answer, answered_at=now)
        note(Kind.RIGHTS_RECIPIENT_ANSWERED, row, person_id, now, answer=answer)


def _say(row: Case, what: str, person_id: UUID, now: datetime) -> None:
    if row.state == State.FULFILLED:
        raise CaseRefused("state")
    row.recipients = what
    save(row, "recipients")
    note(Kind.RIGHTS_RECIPIENTS_NOTED, row, person_id, now, recipients=what)
    noting.settle(row, by=person_id.hex, now=now)
