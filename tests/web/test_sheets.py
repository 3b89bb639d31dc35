"""The notice as a tagged PDF: its title, language and order are those of the notice (PDF/UA-1)."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from django.test import Client

from cast import NOW, Cast
from vaiti.notice import versions
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of
from vaiti.promises.papers import year
from vaiti.promises.papers.facts import gather
from vaiti.promises.papers.index import PAPERS
from vaiti.promises.papers.sheet import Sheet
from vaiti.web.sheets import pdf
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


@pytest.mark.sqlite
def test_n35_a_file_is_a_pdf_by_command_and_a_pdf_without_tags_is_seen(tmp_path: Path) -> None:
    file, out = tmp_path / "ours.yaml", tmp_path / "ours.pdf"
    file.write_text(text_of("reference"))
    render = ["notice", "render", str(file), "--pdf", str(out), "--language", "sv"]
    subprocess.run([sys.executable, "-m", "vaiti", *render], check=True)  # there is no Django
    found = tagged(out.read_bytes())
    assert found.language == "sv" and "inte i kraft" in found.of("P")[0]
    assert found.of("P")[1:] == [one.text["sv"] for one in read(file.read_text()).sentences]
    bare = typst.compile(b"= Title\nWords.", format="pdf", ignore_system_fonts=True)
    assert faults(bare)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["sv", "fi", "en"])
def test_l20_every_paper_is_tagged_and_read_in_the_order_of_its_sheet(
    cast: Cast, language: str
) -> None:
    """Title, language, headings, lines and tables, each kind of paper in each language."""
    facts = replace(gather(NOW), wording=WORDING)
    papers = [one.make(facts, language) for one in PAPERS.values()]
    for sheet in (*papers, year.sheet(facts, NOW.year, language)):
        content = pdf(sheet, WORDING.controller.name, NOW.date())
        assert faults(content) == [], sheet.name
        found = tagged(content)
        assert (found.title, found.language) == (sheet.title, language)
        assert found.of("H1") == [sheet.title]
        assert found.of("H2") == [part.title for part in sheet.parts]
        assert plain([text for _tag, text in found.read]) == plain(words(sheet)), sheet.name


def words(sheet: Sheet) -> Iterator[str]:
    yield from (sheet.title, *sheet.lead)
    for part in sheet.parts:
        yield from (part.title, *part.lead)
        yield from (cell for row in (part.header, *part.rows) for cell in row if part.rows)


def plain(texts: Iterable[str]) -> str:
    """Without spaces: where a line or a page ends is not said."""
    return "".join("".join(texts).split())
