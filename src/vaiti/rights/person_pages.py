"""What the person sees of their own case, with its number and the code that they were given."""

import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime

from vaiti.rights.asking import State
from vaiti.rights.case_models import Case
from vaiti.rights.cases import CaseCard, card_of
from vaiti.rights.intake import digest
from vaiti.rights.policy import CaseRules

ACTOR = "system:web"
_NUMBER = re.compile(r"\s*R-?(20[0-9]{2})-?([0-9]{1,7})\s*", re.IGNORECASE)
_NOBODYS = "0" * 64


@dataclass(frozen=True, slots=True)
class OwnCase:
    """`extended`: the person was told of more time; `closed_at` when it was over."""

    card: CaseCard
    extended_on: date | None
    extended_why: str
    closed_at: datetime | None

    @property
    def over(self) -> bool:
        return self.card.state is State.CLOSED


def own_case(number: str, secret: str, rules: CaseRules, today: date) -> OwnCase | None:
    """None for a wrong number and for a wrong code: nobody learns which of the two it was."""
    match = _NUMBER.fullmatch(number)
    year, serial = (int(match[1]), int(match[2])) if match else (0, 0)
    row = Case.objects.filter(year=year, serial=serial).exclude(secret="").first()
    known = row.secret if row is not None else _NOBODYS
    if not hmac.compare_digest(known, digest(secret)) or row is None:
        return None
    return OwnCase(card_of(row, rules, today), row.extended_on, row.extended_why, row.closed_at)
