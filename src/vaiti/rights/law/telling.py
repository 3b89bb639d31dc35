"""What a letter about a disclosure does to its record: the person is told, unless it is secret."""

import re
from datetime import datetime

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.rights.law.models import Disclosure
from vaiti.rights.law.rules import State
from vaiti.rights.letter_rules import Letter, LetterRefused

_NUMBER = re.compile(r"LD-(\d{4})-(\d{1,7})")


def of_number(reference: str) -> Disclosure | None:
    match = _NUMBER.fullmatch(reference)
    if match is None:
        return None
    return Disclosure.objects.filter(year=int(match[1]), serial=int(match[2])).first()


def sent(kind: str, reference: str, *, by: str, now: datetime) -> None:
    """In the transaction in which the letter is sent. Raises LetterRefused."""
    row = of_number(reference)
    if row is None:
        return
    if kind == Letter.DISCLOSURE_REFUSED and row.state not in (State.REFUSED, State.CLOSED):
        raise LetterRefused("not_refused", "law_refused")
    if kind != Letter.DISCLOSURE_PERSON:
        return
    if row.secret_on is not None:
        raise LetterRefused("secret", "law_yours")
    if row.handed_at is None:
        raise LetterRefused("not_handed", "law_yours")
    row.told_at, row.untold = now, ""
    row.save(update_fields=["told_at", "untold"])
    facts = {"number": reference, "what": "told", "until": ""}
    kind_of = Kind.RIGHTS_DISCLOSURE_TOLD
    log.append(kind_of, actor=by, subject=row.id.hex, facts=facts, now=now)
