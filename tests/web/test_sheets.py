"""The notice as a tagged PDF: its title, language and order are those of the notice (PDF/UA-1)."""

from pathlib import Path

import pytest
import typst
from django.test import Client

from cast import NOW
from vaiti.notice import versions
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.ops.commands import notice as command
from web.tagged import faults, tagged
from web.world import World

WORDING = read(text_of("helpdesk"))
TITLES = {"sv": "Dataskyddsbeskrivning", "fi": "Tietosuojaseloste", "en": "Privacy notice"}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_n35_the_notice_is_a_tagged_pdf_read_in_the_order_of_its_sentences(
    world: World, language: str
) -> None:
    versions.publish_file(text_of("helpdesk"), valid_from=NOW, by="system:test", now=NOW)
    address = f"/notice/of/{WORDING.version}/{language}.pdf"
    page = Client(HTTP_ACCEPT_LANGUAGE=language).get("/notice/").content.decode()
    assert f'href="{address}"' in page
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert faults(answer.content) == []
    found = tagged(answer.content)
    assert (found.title, found.language, found.of("H1")) == (
        TITLES[language],
        language,
        [TITLES[language]],
    )
    assert found.of("H2") == [
        WORDING.headings[one.id][language]
        for one in WORDING.sentences
        if one.id in WORDING.headings
    ]
    begins, *sentences = found.of("P")
    assert WORDING.version in begins and WORDING.controller.name in begins
    assert sentences == [one.text[language] for one in WORDING.sentences]
    assert Client().get(f"/notice/of/{WORDING.version}/de.pdf").status_code == 404


def test_n35_a_file_is_a_pdf_by_command_and_a_pdf_without_tags_is_seen(tmp_path: Path) -> None:
    file, out = tmp_path / "ours.yaml", tmp_path / "ours.pdf"
    file.write_text(text_of("reference"))
    assert command.main(["render", str(file), "--pdf", str(out), "--language", "sv"]) == 0
    found = tagged(out.read_bytes())
    assert found.language == "sv" and "inte i kraft" in found.of("P")[0]
    assert found.of("P")[1:] == [one.text["sv"] for one in read(file.read_text()).sentences]
    bare = typst.compile(b"= Title\nWords.", format="pdf", ignore_system_fonts=True)
    assert faults(bare)
