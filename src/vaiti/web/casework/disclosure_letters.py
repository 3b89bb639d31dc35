"""What a letter about a disclosure required by law says by itself; the rest is blanks."""

from typing import Final
from uuid import UUID

from django.utils import translation

from vaiti.access.errors import NotVisible
from vaiti.rights import letters
from vaiti.rights.authorities import COUNTRIES
from vaiti.rights.law import disclosures as book
from vaiti.rights.law.disclosures import Card
from vaiti.rights.letter_facts import Known, facts_of
from vaiti.rights.letter_rules import Letter, LetterRefused
from vaiti.rights.matters import Matter
from vaiti.web.casework.reached import reached
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import law_words
from vaiti.web.wording.case_words import word

UNKNOWN: Final = "_" * 40
"""Where somebody writes with a pen."""


def draft_for(request: SignedIn, case: Matter, kind: str, language: str, country: str) -> UUID:
    """Raises LetterRefused, NotVisible."""
    now, by = request.moment, request.person.id.hex
    card = book.open_card(request.person.id, case.id, now)
    if card is None:
        raise NotVisible
    if kind not in case.kinds:
        raise LetterRefused("kind")
    to_person = kind == Letter.DISCLOSURE_PERSON
    known = Known(
        reference=case.reference,
        calls=case.calls,
        controller=wired().issuer.name,
        country=wired().region,
        person=country if country in COUNTRIES else "",
        others=not to_person,
    )
    facts = facts_of(known, language, now) | _of_order(card, language, Moments.at(now))
    facts = {name: text for name, text in {**facts, **reached(language)}.items() if text}
    return letters.begin(case.reference, kind, language, facts, by=by, now=now)


def _of_order(card: Card, language: str, see: Moments) -> dict[str, str]:
    row = card.row
    with translation.override(language):
        voices = word(law_words.VOICES, row.voices) if row.voices else ""
        return {
            "ordered_by": row.authority,
            "order": row.number,
            "order_officer": row.officer,
            "received": see.day(row.received_at),
            "law": word(law_words.STATUTES, row.statute),
            "voices": voices[:1].lower() + voices[1:],
            "digest": card.package.sha256 if card.package else "",
            "receiver": row.receiver or UNKNOWN,
            "handed": see.day(row.handed_at) if row.handed_at else "",
            "reasons": row.why,
        }
