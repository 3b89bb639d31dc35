"""The letters that the demo's requests have had: to each its receipt, sent the way it came."""

from datetime import datetime
from uuid import UUID

from django.utils import translation

from vaiti.ops.demo.case_rows import DemoCase
from vaiti.ops.demo.people import (
    POSTAL_ADDRESS,
    PRIVACY_CONTACT,
    TELEPHONE,
    VISITING_ADDRESS,
)
from vaiti.rights import letters
from vaiti.rights.cases import CaseCard
from vaiti.rights.letter_facts import Known, facts_of
from vaiti.rights.letter_rules import Letter
from vaiti.web import dates
from vaiti.web.wording import case_words
from vaiti.web.wording.case_words import word

HOW = {"letter": "post", "telephone": "post", "desk": "desk", "web": "page", "email": "mail"}
CONTROLLER = "Posti Group Abp"
REACHED = {
    "contact": "; ".join((POSTAL_ADDRESS, VISITING_ADDRESS, TELEPHONE)),
    "officer": PRIVACY_CONTACT,
}


def receipt(case: DemoCase, card: CaseCard, *, by: UUID, now: datetime) -> None:
    """That it came, and by when it is answered."""
    known = Known(card.number, (), CONTROLLER, "FI", "SE" if case.language == "sv" else "FI")
    with translation.override(case.language):
        names = (word(case_words.RIGHTS, one) for one in case.asked)
        asked = ", ".join(name[:1].lower() + name[1:] for name in names)
    facts = facts_of(known, case.language, now) | REACHED
    facts |= {"received": dates.write_day(card.arrived_on), "asked": f"{asked}."}
    facts["due"] = dates.write_day(card.clock.due)
    kind = Letter.RECEIPT.value
    made = letters.begin(card.number, kind, case.language, facts, by=by.hex, now=now)
    letters.send(made, HOW[case.channel], by=by.hex, now=now)
