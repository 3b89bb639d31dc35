"""The table of docs/sabotage.md: each proven sentence, its checks, and what turns each of them red.

Written anew with VAITI_SABOTAGE_PAGE=write ./vaiti test -n 0 tests/promises/test_sabotage_page.py
"""

import os
from pathlib import Path

import pytest

from promises.test_checks import SABOTAGE
from vaiti.notice.sentences import Kind
from vaiti.notice.wording import read
from vaiti.notice.wordings import text_of

PAGE = Path(__file__).parents[2] / "docs" / "sabotage.md"
HEAD = """# What turns each sentence red

Each proven sentence of the reference, the live checks behind it, and the sabotage of each.
`tests/promises/test_checks.py` does them one by one on both databases: green before, red under it,
green after. A sentence is kept while all of its checks are. This page is made from the notice and
those tests (tests/promises/test_sabotage_page.py), and a test keeps it true.

| sentence | in English | check | its sabotage |
|---|---|---|---|
"""


def page() -> str:
    rows = [
        f"| {one.id} | {one.text['en']} | `{check}` | {words(check)} |"
        for one in read(text_of("reference")).sentences
        for check in one.checks
    ]
    return HEAD + "\n".join(rows) + "\n"


def words(check: str) -> str:
    return SABOTAGE[check].__name__.replace("_", " ")


@pytest.mark.sqlite
def test_n08_every_proven_sentence_of_both_notices_has_a_sabotage_and_the_page_tells_it() -> None:
    for name in ("reference", "helpdesk"):
        for one in read(text_of(name)).sentences:  # type: ignore[arg-type]
            assert (one.kind is Kind.PROVEN) == bool(one.checks), one.id
            assert set(one.checks) <= set(SABOTAGE), one.id
    if os.environ.get("VAITI_SABOTAGE_PAGE") == "write":
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
