"""Letters: what the law asks of each is there, in three languages, and what must not be is not."""

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest

from cast import NOW, Cast
from house.sources import ROOT
from manifests import enter
from vaiti.access import doors
from vaiti.audit.models import Leaf
from vaiti.notice.versions import LANGUAGES
from vaiti.notice.wording import GROUNDS, PURPOSES
from vaiti.register import calls
from vaiti.rights import authorities, letters
from vaiti.rights.letter_facts import Known, facts_of, words
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.letter_rules import ELEMENTS, REQUIRED, Letter, LetterRefused, Part, check, draft

ASKED = {
    Letter.RECEIPT: "received answer_by free contact",
    Letter.IDENTIFICATION: "unsure tried which_facts clock complaint",
    Letter.EXTENSION: "extended why_longer complaint",
    Letter.INFORMATION: "confirmed purposes categories recipients storage your_rights object"
    " complaint source no_automation no_transfer ways consultations",
    Letter.REFUSAL: "refused why_not by_law complaint court",
    Letter.DECISION: "decisions complaint court",
    Letter.ERASURE: "erased recipients_told backups",
    Letter.ARTICLE_19: "notice_19 which_data do_likewise",
    Letter.RESTRICTION_LIFTED: "lifted why_lifted complaint",
    Letter.BREACH_AUTHORITY: "breach_nature breach_numbers contact breach_consequences"
    " breach_measures",
    Letter.BREACH_PERSON: "breach_nature breach_consequences breach_measures contact",
    Letter.DISCLOSURE_RECEIPT: "law_order law_given law_sealed law_received",
    Letter.DISCLOSURE_REFUSED: "law_order law_refused",
    Letter.DISCLOSURE_PERSON: "law_yours law_yours_calls your_rights complaint",
}
"""What Articles 11 to 34 ask of each, beside the table that it is held against."""
SAID = {
    "withdraw": ("withdraw", "peruuttaa", "återkalla"),
    "complaint": ("supervisory authority", "valvontaviranomaiselle", "tillsynsmyndighet"),
    "court": ("court", "tuomioistuimeen", "domstol"),
    "object": ("object", "vastustaa", "invändningar"),
    "your_rights": ("erase", "poistamista", "raderas"),
    "no_papers": ("Do not send", "Älä lähetä", "Skicka oss ingen"),
    "free": ("costs you nothing", "maksuton", "kostar dig ingenting"),
}
SIGNING = re.compile(
    r"please sign|sign (the|this|and|here|below)|signed (form|request)|\ballekirjoita\b"
    r"|allekirjoittakaa|allekirjoitettu (lomake|pyyntö)|\bunderteckna\b|skriv under"
    r"|undertecknad (blankett|begäran)",
    re.I,
)
"""How somebody is asked to sign. That a signature was seen on a letter may be noted."""
OF_SIGNATURES = re.compile(r"signature|allekirjoit|undertecknad|underskrift|namnteckning", re.I)


@pytest.mark.parametrize("language", LANGUAGES)
def test_n35_n47_n48_each_letter_has_what_the_law_asks_of_it(language: str) -> None:
    texts, at = letters.texts(language), ("en", "fi", "sv").index(language)
    for kind in Letter:
        assert set(REQUIRED[kind]) == set(ASKED[kind].split())
        assert set(REQUIRED[kind]) <= set(ELEMENTS[kind])
        made = draft(kind, language, texts, {}, letters.blanks(language))
        assert all(part.text for part in made.parts) and made.title
        assert "{" not in "".join(part.text for part in made.parts)
        for part in made.parts:
            if part.element in SAID:
                assert SAID[part.element][at] in part.text, (kind, part.element)
    assert set(texts) == {f"title.{kind}" for kind in Letter} | {
        one for some in ELEMENTS.values() for one in some
    }


def test_n10_each_purpose_and_each_legal_basis_has_its_words() -> None:
    for language in LANGUAGES:
        say = words(language)
        assert set(say["told_purpose"]) == set(say["purpose"]) == set(PURPOSES)
        assert set(say["basis"]) == set(GROUNDS)
        assert "{version}" in say["version"]


def test_the_three_languages_have_the_same_places_to_fill() -> None:
    for element in letters.texts("en"):
        places = {
            language: sorted(re.findall(r"{(\w+)}", letters.texts(language)[element]))
            for language in LANGUAGES
        }
        assert len({str(one) for one in places.values()}) == 1, (element, places)


def test_d02_please_sign_exists_nowhere() -> None:
    """In every text that a person may be shown: letters, pages, catalogues."""
    source = ROOT / "src" / "vaiti"
    found = [
        *(source / "rights" / "texts").iterdir(),
        *(source / "web" / "templates").rglob("*.html"),
        *(source / "web" / "locale").rglob("*.po"),
        *(source / "web").glob("*_words.py"),
    ]
    assert len(found) > 60
    for path in found:
        for line in path.read_text("utf-8").splitlines():
            assert not SIGNING.search(line), (path.name, line)
    for language in LANGUAGES:
        assert not OF_SIGNATURES.search(" ".join(letters.texts(language).values()))


def test_n48_a_person_in_sweden_is_told_of_both_authorities() -> None:
    assert authorities.told("SE", "FI", "sv") == (
        "Integritetsskyddsmyndigheten, imy.se; Dataombudsmannens byrå, tietosuoja.fi."
    )
    assert authorities.told("FI", "FI", "fi") == "Tietosuojavaltuutetun toimisto, tietosuoja.fi."
    assert "tietosuoja.fi" in authorities.told("", "FI", "en")
    assert len(authorities.COUNTRIES) == 30


def known(*wanted: UUID) -> Known:
    return Known("2026-118", wanted, "Posti Group Abp", "FI", "SE", 2)


@pytest.mark.django_db(transaction=True)
def test_n35_information_names_calls_consultations_and_authorities(cast: Cast) -> None:
    call = enter("anna.astrom")
    leg = calls.legs(call)[0]
    given = {"purpose": "", "reference": "", "session": "s", "now": NOW, "seed": bytes(32)}
    opening = doors.open_recording(cast.anna.id, leg.id, **given)
    doors.heard(opening, (leg.from_us, leg.to_us), 0, NOW)
    doors.settle(NOW + timedelta(hours=1))
    facts = facts_of(known(call), "sv", NOW)
    by = cast.rights_handler.id.hex
    made = letters.begin("2026-118", "information", "sv", facts, by=by, now=NOW)
    said = {part.element: part.text for part in letters.card(made).parts}  # type: ignore[union-attr]
    assert "23.11.2026 11.00, du ringde, Customer service +358207100000, 1:00" in said["calls"]
    assert "förstörs 23.5.2027" in said["calls"]
    assert "lyssning: verifiera vad som sades" in said["consultations"]
    assert "Åström" not in str(said), "who listened is not told by name"
    assert "imy.se" in said["complaint"] and "tietosuoja.fi" in said["complaint"]
    assert "6 månader" in said["storage"] and "[mottagare, eller ingen]" in said["recipients"]
    assert facts_of(known(), "fi", NOW)["consultations"].startswith("kukaan ei")


@pytest.mark.django_db(transaction=True)
def test_n47_a_letter_is_sent_whole_and_stays_as_it_was(cast: Cast) -> None:
    by = cast.rights_handler.id.hex
    made = letters.begin("2026-118", "refusal", "fi", facts_of(known(), "fi", NOW), by=by, now=NOW)

    def refused(how: str = "post") -> tuple[str, str]:
        with pytest.raises(LetterRefused) as error:
            letters.send(made, how, by=by, now=NOW)
        return error.value.code, error.value.element

    assert refused("fax")[0] == "how"
    assert refused() == ("blank", "refused")
    whole = {
        part.element: re.sub(r"\[[^]]+\]", "x", part.text)
        for part in letters.card(made).parts  # type: ignore[union-attr]
    }
    letters.change(made, whole | {"why_not": "  ", "again": ""})
    assert refused() == ("required", "why_not")
    letters.change(made, whole | {"why_not": "Tallennetta ei ole: linjaa ei tallennettu."})
    letters.send(made, "post", by=by, now=NOW)
    sent = letters.card(made)
    assert sent is not None and sent.sent_at == NOW
    entry = Leaf.objects.get(kind="rights:letter:sent")
    facts = json.loads(entry.body)["facts"]
    assert facts["sha256"] == letters.digest(sent) and facts["letter"] == "refusal"
    for act in (
        lambda: letters.change(made, {}),
        lambda: letters.send(made, "post", by=by, now=NOW),
        lambda: letters.drop(made, by=by, now=NOW),
    ):
        with pytest.raises(LetterRefused, match="sent"):
            act()
    assert letters.forget("2026-118") == 1 and not LetterRow.objects.exists()


def test_a_paragraph_that_the_law_does_not_ask_for_may_go() -> None:
    parts = [Part(one, "x") for one in ELEMENTS[Letter.DECISION] if one != "again"]
    check(Letter.DECISION, parts)
    with pytest.raises(LetterRefused, match="long"):
        check(Letter.DECISION, [*parts, Part("again", "x" * 20_001)])
