"""What a case says in its letters: what was asked, the days of its clock, and each decision."""

from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from vaiti.register import calls
from vaiti.rights import letters
from vaiti.rights.authorities import COUNTRIES
from vaiti.rights.decided import Made, decisions_of
from vaiti.rights.grounds import GROUNDS
from vaiti.rights.letter_facts import Known, facts_of, listed, moment, words
from vaiti.rights.matters import Matter
from vaiti.web import case_words, dates
from vaiti.web.case_words import word
from vaiti.web.moments import Moments
from vaiti.web.request import SignedIn
from vaiti.web.wiring import wired


def draft_for(request: SignedIn, case: Matter, kind: str, language: str, country: str) -> UUID:
    """Raises LetterRefused."""
    issuer = wired().issuer
    known = Known(
        reference=case.reference,
        calls=case.calls,
        controller=issuer.name,
        country=wired().region,
        person=country if country in COUNTRIES else "",
        backup_days=issuer.backup_days,
    )
    facts = facts_of(known, language, request.moment) | _of_case(request, case, language)
    facts |= _reached()
    by, now = request.person.id.hex, request.moment
    return letters.begin(case.reference, kind, language, facts, by=by, now=now)


def _reached() -> dict[str, str]:
    """Where the person may ask; empty for what the settings do not say."""
    contact = wired().rights.contact
    ways = (contact.postal, contact.visiting, contact.telephone)
    found = {"contact": "; ".join(one for one in ways if one), "officer": contact.officer}
    return {name: text for name, text in found.items() if text}


def _of_case(request: SignedIn, case: Matter, language: str) -> dict[str, str]:
    """Nothing where the case is elsewhere."""
    made, zone = decisions_of(case.id), Moments.at(request.moment).zone
    begins = {one.call.id: one.started_at for one in calls.legs_of(case.calls, request.moment)}
    with translation.override(language):
        asked = ", ".join(word(case_words.RIGHTS, one) for one in case.asked)
        told = {call: moment(at, zone, language) for call, at in begins.items()}
        refused = [one for one in made if one.outcome != "granted"]
        said = {
            "decisions": listed(_line(one, told) for one in made),
            "reasons": listed(_reason(one, told) for one in refused),
            "law": _laws(refused),
            "what_happened": listed(_line(one, told) for one in made if one.outcome != "refused"),
        }
    days = {"received": case.received, "due": case.due, "new_due": case.longer}
    said |= {"asked": f"{asked}." if asked else "", "recipients": _recipients(case, language)}
    said |= {name: dates.write_day(day) for name, day in days.items() if day}
    return {name: text for name, text in said.items() if text}


def _recipients(case: Matter, language: str) -> str:
    """By name, or nobody; empty where it is not known (C-154/21)."""
    nobody = str(words(language)["no_recipient"]) if case.nobody else ""
    return listed(case.recipients) or nobody


def _title(one: Made, told: dict[UUID, str]) -> str:
    name = word(case_words.RIGHTS, one.right)
    return f"{name}, {told[one.call]}" if one.call in told else name


def _line(one: Made, told: dict[UUID, str]) -> str:
    said = f"{_title(one, told)}: {word(case_words.OUTCOMES, one.outcome)}"
    return said if one.outcome == "granted" else f"{said}. {_why(one)}"


def _reason(one: Made, told: dict[UUID, str]) -> str:
    return f"{_title(one, told)}: {_why(one)}"


def _why(one: Made) -> str:
    law = GROUNDS[one.ground].law
    return f"{word(case_words.GROUNDS, one.ground)} ({_('Art.')} {law}). {one.words}"


def _laws(refused: list[Made]) -> str:
    """In the words of the letter's own sentence, which goes on with them."""
    laws = dict.fromkeys(GROUNDS[one.ground].law for one in refused)
    articles = ", ".join(f"{_('Art.')} {law}" for law in laws)
    given = {"articles": articles}
    return _("%(articles)s of the General Data Protection Regulation") % given if laws else ""
