"""The documents that follow from the notice, as their pages and PDFs show them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cast import NOW, Cast
from promises.test_papers import sound
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.notice import versions
from vaiti.notice.wordings import text_of
from vaiti.promises.models import Acknowledgement, Announcement, Approval, Dialogue, Processor
from vaiti.promises.papers.index import PAPERS
from web.conftest import SignIn
from web.tagged import faults, tagged
from web.world import World

pytestmark = pytest.mark.django_db
TITLES = {
    "fi": "Seloste käsittelytoimista (30 artikla)",
    "sv": "Register över behandling (artikel 30)",
    "en": "Record of processing activities (Article 30)",
}


@pytest.fixture(autouse=True)
def in_force(world: World, cast: Cast) -> None:
    """The bank's notice, which rests training on consent."""
    versions.publish_file(text_of("helpdesk"), valid_from=NOW, by="system:test", now=NOW)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_n35_every_document_is_a_page_and_a_tagged_pdf_in_its_language(
    cast: Cast, sign_in: SignIn, language: str
) -> None:
    officer = sign_in(cast.dpo, language)
    listed = officer.get("/promises/papers/").content.decode()
    assert TITLES[language] in listed
    addresses = [f"/promises/papers/{name}/" for name in PAPERS]
    for address in (*addresses, "/promises/year/"):
        page = officer.get(address)
        assert page.status_code == 200, address
        paper = officer.get(f"{address}?as=pdf&language={language}")
        assert faults(paper.content) == [], address
        found = tagged(paper.content)
        assert found.language == language
        assert found.of("H1") == [found.title]
        shown = page.content.decode()
        assert all(heading in shown for heading in (found.title, *found.of("H2")[:3]))
    year = officer.get(f"/promises/year/?as=pdf&language={language}")
    assert tagged(year.content).of("Figure")
    made = Leaf.objects.filter(kind=Kind.PROMISES_PAPER_MADE).count()
    assert made == len(PAPERS) + 2


def test_a_document_is_approved_by_the_officer_as_it_was_seen(cast: Cast, sign_in: SignIn) -> None:
    officer, auditor = sign_in(cast.dpo), sign_in(cast.auditor)
    address = "/promises/papers/record/"
    assert auditor.post(address, {"seen": "0"}).status_code == 404
    assert officer.post(address, {"seen": "0" * 64}).status_code == 422
    page = officer.get(address).content.decode()
    seen = page.partition('name="seen" value="')[2][:64]
    assert officer.post(address, {"seen": seen}).status_code == 302
    assert Approval.objects.get().sha256 == seen
    assert "approved as it stands" in officer.get(address).content.decode()
    assert officer.get("/promises/papers/nothing/").status_code == 404
    assert sign_in(cast.anna).get("/promises/papers/").status_code == 404


def test_l30_everybody_reads_the_staff_notice_and_the_officer_records_the_dialogue(
    cast: Cast, sign_in: SignIn
) -> None:
    anna, officer, here = sign_in(cast.anna, "fi"), sign_in(cast.dpo), "/promises/staff/"
    page = anna.get(here).content.decode()
    assert "Mitä ei koskaan tehdä" in page and "Kirjaa vuoropuhelu" not in page
    seen = page.partition('name="seen" value="')[2][:64]
    anna.post(here, {"seen": "0" * 64})
    assert not Acknowledgement.objects.exists()
    anna.post(here, {"seen": seen})
    assert Acknowledgement.objects.get().person_id == cast.anna.id
    assert "Kerroit sen" in anna.get(here).content.decode()
    talk = {"act": "dialogue", "on": "1.9.2026", "parties": "shop stewards"}
    assert anna.post(here, {**talk, "subject": "x", "outcome": "y"}).status_code == 404
    assert officer.post(here, talk).status_code == 422
    assert officer.post(here, {**talk, "subject": "Why.", "outcome": "So."}).status_code == 302
    assert str(Dialogue.objects.get().held_on) == "2026-09-01"
    page = anna.get(here).content.decode()
    assert "shop stewards" in page and "Kerroit sen" not in page  # its words have changed


def test_d07_the_officer_files_the_sound_of_a_lines_words(cast: Cast, sign_in: SignIn) -> None:
    officer, here = sign_in(cast.dpo), "/promises/announcements/"
    given = {"line": cast.service_line.number, "language": "sv"}
    wrong = SimpleUploadedFile("a.wav", b"RIFF" + bytes(40))
    assert officer.post(here, {**given, "sound": wrong}).status_code == 422
    right = SimpleUploadedFile("a.wav", sound(3))
    assert sign_in(cast.auditor).post(here, {**given, "sound": right}).status_code == 404
    right = SimpleUploadedFile("a.wav", sound(3))
    assert officer.post(here, {**given, "sound": right}).status_code == 302
    assert Announcement.objects.get().length_ms == 3000
    page = officer.get(here).content.decode()
    assert "says these words" in page
    played = officer.get(here, given)
    assert (played["Content-Type"], played.content) == ("audio/wav", sound(3))
    assert officer.get(here, {**given, "language": "fi"}).status_code == 404


def test_l19_the_officer_files_a_processor_and_ends_it(cast: Cast, sign_in: SignIn) -> None:
    officer, here = sign_in(cast.dpo), "/promises/processors/"
    given = {
        "name": "Lager Ab",
        "country": "se",
        "does": "Stores sealed sound",
        "contract": "DPA of 2026",
        "on": "1.3.2026",
        "point": list("abcdefg"),
    }
    for wrong in ({"country": "US"}, {"on": "soon"}, {"name": ""}):
        refused = officer.post(here, {**given, **wrong})
        assert refused.status_code == 422
        assert "DPA of 2026" in refused.content.decode()  # what was typed stays
    assert officer.post(here, given).status_code == 302
    assert Processor.objects.get().points == list("abcdefg")
    assert "lacks (h)" in officer.get(here).content.decode()
    told = {"act": "instruct", "name": "Lager Ab", "on": "2.3.2026", "text": "Delete the old one."}
    assert officer.post(here, {**told, "on": "soon"}).status_code == 422
    assert officer.post(here, told).status_code == 302
    assert "Delete the old one." in officer.get(here).content.decode()
    assert officer.post(here, {"act": "end", "name": "Lager Ab"}).status_code == 302
    assert "None is on record." in officer.get(here).content.decode()
