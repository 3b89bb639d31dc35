"""Letters about a disclosure: to whom they go, when one may be sent, and who is told by it."""

from datetime import datetime
from uuid import UUID

from vaiti.audit.kinds import Kind
from vaiti.rights import letters
from vaiti.rights.law import record
from vaiti.rights.law.models import Disclosure
from vaiti.rights.law.rules import State
from vaiti.rights.letter_rules import Letter, LetterRefused


def send(disclosure_id: UUID, letter_id: UUID, how: str, by: UUID, now: datetime) -> None:
    """The letter to the person notes that they were told. Raises LetterRefused, NotVisible."""
    with record.changed(Disclosure, disclosure_id) as row:
        found = letters.card(letter_id)
        if found is None or found.reference != record.number(row):
            raise LetterRefused("kind")
        _check(row, found.kind)
        letters.send(letter_id, how, by=by.hex, now=now)
        if found.kind is Letter.DISCLOSURE_PERSON:
            row.told_at, row.untold = now, ""
            record.noted(Kind.RIGHTS_DISCLOSURE_TOLD, row, by, now, what="told", until="")


def _check(row: Disclosure, kind: Letter) -> None:
    if kind is Letter.DISCLOSURE_REFUSED and row.state not in (State.REFUSED, State.CLOSED):
        raise LetterRefused("not_refused", "law_refused")
    if kind is Letter.DISCLOSURE_PERSON and row.secret_on is not None:
        raise LetterRefused("secret", "law_yours")
    if kind is Letter.DISCLOSURE_PERSON and row.handed_at is None:
        raise LetterRefused("not_handed", "law_yours")


def addressee(disclosure_id: UUID, kind: Letter) -> tuple[str, ...]:
    """The authority, as lines; nobody of the person, whom a masked number does not name."""
    row = record.found(Disclosure, disclosure_id)
    return () if kind is Letter.DISCLOSURE_PERSON else (row.authority, row.officer)
