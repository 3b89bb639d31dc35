"""What a draft about a breach of personal data says by itself; the rest is blanks to be filled."""

from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from vaiti.rights import authorities, letters
from vaiti.rights.breaches import affected, book
from vaiti.rights.breaches.book import Card
from vaiti.rights.letter_facts import words
from vaiti.rights.letter_rules import LetterRefused
from vaiti.rights.matters import Matter
from vaiti.web.casework.reached import reached
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import breach_words
from vaiti.web.wording.case_words import word


def draft_for(request: SignedIn, case: Matter, kind: str, language: str) -> UUID:
    """Raises LetterRefused."""
    now, by = request.moment, request.person.id.hex
    card = book.open_card(request.person.id, case.id, now)
    if card is None or kind not in case.kinds:
        raise LetterRefused("kind")
    region = wired().region
    said = {
        "reference": case.reference,
        "controller": wired().issuer.name,
        "authority": authorities.told(region, region, language),
        **_of_breach(card, language, Moments.at(now)),
        **reached(language),
    }
    facts = {name: text for name, text in said.items() if text}
    return letters.begin(case.reference, kind, language, facts, by=by, now=now)


def _of_breach(card: Card, language: str, see: Moments) -> dict[str, str]:
    row, found = card.row, affected.summary(card.id, see.now)
    counted = {
        "calls": found.calls,
        "kept": found.kept,
        "customers": found.customers,
        "withheld": found.withheld,
        "agents": len(found.agents),
    }
    with translation.override(language):
        begins, ends = (
            see.day_and_time(one) if one else "" for one in (row.began_at, row.ended_at)
        )
        return {
            "aware": see.day_and_time(row.aware_at),
            "happened": " – ".join(one for one in (begins, ends) if one),
            "what": row.what,
            "numbers": str(words(language)["breach_numbers"]).format(**counted),
            "consequences": row.consequences,
            "measures": row.measures,
            "persons": _persons(card, see),
            "late": row.late_why or ("" if card.overdue else _("there is no delay.")),
        }


def _persons(card: Card, see: Moments) -> str:
    row = card.row
    if row.told_at:
        how = word(breach_words.HOWS, row.told_how)
        return f"{see.day_and_time(row.told_at)}. {how}."
    return f"{word(breach_words.UNTOLD, row.untold)}." if row.untold else ""
