"""docs/asvs.md: its counts are its table's, and the tests that it names are there."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (holds|not here|\*\*falls short\*\*) \| (.+) \|$", re.M
)


def test_the_counts_are_those_of_the_table() -> None:
    rows = ROW.findall(PAGE)
    assert len({number for number, *_ in rows}) == len(rows) == 253
    found = Counter(verdict.strip("*") for _, _, verdict, _ in rows)
    told = re.search(r"\*\*(\d+) hold, (\d+) fall short, (\d+) are about", PAGE)
    assert told is not None
    assert tuple(map(int, told.groups())) == (
        found["holds"],
        found["falls short"],
        found["not here"],
    )


def test_what_it_names_is_there() -> None:
    defined = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        defined |= {path.name} | set(re.findall(r"^def (test_\w+)", path.read_text(), re.M))
    for name in re.findall(r"`(tests/[\w/.*]+|test_\w+(?:\.py)?|docs/[\w-]+\.md)`", PAGE):
        if name.startswith("tests/"):
            assert list(ROOT.glob(name)), name
        else:
            assert name in defined, name
    for name in re.findall(r"docs/[\w-]+\.md", PAGE):
        assert (ROOT / name).is_file(), name
