"""What a case says in its letters: what was asked, the days of its clock, and each decision."""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from vaiti.register import calls
from vaiti.rights import letters
from vaiti.rights.asking import Right
from vaiti.rights.authorities import COUNTRIES
from vaiti.rights.decided import Made, decisions_of
from vaiti.rights.grounds import GROUNDS
from vaiti.rights.letter_facts import Known, facts_of, listed, moment, words
from vaiti.rights.letter_rules import OF_BREACHES, OF_DISCLOSURES, Letter, LetterRefused
from vaiti.rights.matters import Matter
from vaiti.rights.promised import CHANGING
from vaiti.web import dates
from vaiti.web.casework import breach_letters, disclosure_letters
from vaiti.web.casework.reached import reached
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import case_words
from vaiti.web.wording.case_words import word

RIGHTS = [one.value for one in Right]


def draft_for(request: SignedIn, case: Matter, kind: str, language: str, country: str) -> UUID:
    """Raises LetterRefused."""
    if kind not in case.kinds:
        raise LetterRefused("kind")
    if case.kinds == OF_BREACHES:
        return breach_letters.draft_for(request, case, kind, language)
    if case.kinds == OF_DISCLOSURES:
        return disclosure_letters.draft_for(request, case, kind, language, country)
    issuer = wired().issuer
    known = Known(
        reference=case.reference,
        calls=_calls_of(case, kind),
        controller=issuer.name,
        country=wired().region,
        person=country if country in COUNTRIES else "",
        backup_days=issuer.backup_days,
        gone=kind == Letter.ERASURE,
        others=kind == Letter.ARTICLE_19,
    )
    facts = facts_of(known, language, request.moment) | _of_case(
        request, case, Letter(kind), language
    )
    facts |= reached(language)
    by, now = request.person.id.hex, request.moment
    return letters.begin(case.reference, kind, language, facts, by=by, now=now)


def _calls_of(case: Matter, kind: str) -> tuple[UUID, ...]:
    """Those that the letter is about: of an erasure those that are erased, and so on."""
    rights = {Letter.ERASURE: {Right.ERASURE}, Letter.ARTICLE_19: CHANGING}.get(Letter(kind))
    made = decisions_of(case.id)
    if rights is None or not made:
        return case.calls
    given = {one.call for one in made if one.right in rights and one.outcome != "refused"}
    return tuple(one for one in case.calls if one in given)


def _of_case(request: SignedIn, case: Matter, kind: Letter, language: str) -> dict[str, str]:
    """Nothing where the case is elsewhere."""
    made, zone = decisions_of(case.id), Moments.at(request.moment).zone
    begins = {
        one.call.id: one.started_at for one in calls.legs_of(case.calls, request.moment, held=True)
    }
    made = tuple(sorted(made, key=lambda one: _place(one, begins)))
    with translation.override(language):
        names = (word(case_words.RIGHTS, one) for one in case.asked)
        asked = ", ".join(name[:1].lower() + name[1:] for name in names)
        told = {call: moment(at, zone, language) for call, at in begins.items()}
        refused = [one for one in made if one.outcome != "granted"]
        said = {
            "decisions": listed(_line(one, told) for one in made),
            "reasons": _reasons(kind, case, refused, told),
            "law": _laws(refused),
            "what_happened": listed(
                _title(one, told)
                for one in made
                if one.right in CHANGING and one.outcome != "refused"
            ),
        }
    days = {"received": case.received, "due": case.due, "new_due": case.longer}
    said |= {"asked": f"{asked}." if asked else "", "recipients": recipients_told(case, language)}
    said |= {name: dates.write_day(day) for name, day in days.items() if day}
    return {name: text for name, text in said.items() if text}


def _reasons(kind: Letter, case: Matter, refused: list[Made], told: dict[UUID, str]) -> str:
    """What the letter is about, and nothing else; empty where only the handler knows."""
    if kind is Letter.REFUSAL:
        return listed(_reason(one, told) for one in refused)
    if kind is Letter.RESTRICTION_LIFTED:
        return listed(_reason(one, told) for one in refused if one.right == Right.RESTRICTION)
    if kind is Letter.EXTENSION and case.longer_why:
        return f"{word(case_words.EXTENSIONS, case.longer_why)}."
    return ""


def recipients_told(case: Matter, language: str) -> str:
    """By name, or nobody; empty where it is not known (C-154/21)."""
    nobody = str(words(language)["no_recipient"]) if case.nobody else ""
    return listed(case.recipients) or nobody


def _place(one: Made, begins: dict[UUID, datetime]) -> tuple[int, bool, float]:
    """By right, and each right's calls by time."""
    at = begins.get(one.call) if one.call else None
    return RIGHTS.index(one.right), at is None, at.timestamp() if at else 0.0


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
