"""docs/settings.md tells every key of the settings file with its default, and no other key."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any, NamedTuple

from house.sources import ROOT
from vaiti.ops.settings import LISTS, SECTIONS

PAGE = (ROOT / "docs" / "settings.md").read_text()
HEADING = re.compile(r"\*\*`\[+([a-z_]+)\]+`\*\*")
QUOTED = re.compile(r"`([^`]+)`")
OTHERS = "…"
"""In a row's first cell: and the keys of the section that the row names."""


class Row(NamedTuple):
    keys: str
    defaults: str
    told: str


def sections() -> dict[str, list[Row]]:
    """The rows below each heading of the page's table."""
    found: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            row = Row(*(one.strip() for one in line.strip("|").split("|", 2)))
            if heading := HEADING.match(row.keys):
                rows = found.setdefault(heading[1], [])
            else:
                rows.append(row)
    return found


def declared() -> Iterator[tuple[str, dict[str, Field[Any]]]]:
    for name, kind in SECTIONS.items():
        yield LISTS.get(name, name), {one.name: one for one in fields(kind)}


def test_every_key_is_told_and_no_other() -> None:
    page = sections()
    for name, known in declared():
        rows = page.pop(name)
        told = {one for row in rows for one in QUOTED.findall(row.keys)}
        spoken = {one for row in rows for one in QUOTED.findall(row.told)}
        assert sorted(told - known.keys()) == [], f"[{name}] has no such keys"
        if not any(OTHERS in row.keys for row in rows):
            assert sorted(known.keys() - told - spoken) == [], f"not told of [{name}]"
    assert sorted(page) == [], "the settings have no such sections"


def test_the_defaults_are_those_that_are_told() -> None:
    page, compared = sections(), 0
    for name, known in declared():
        for row in page[name]:
            keys, values = QUOTED.findall(row.keys), QUOTED.findall(row.defaults)
            if not values or QUOTED.sub("", row.defaults).strip(", "):
                continue  # there is none, or it is told in words
            values = values * len(keys) if len(values) == 1 else values
            for key, value in zip(keys, values, strict=True):
                told = tomllib.loads(f"told = {value}")["told"]
                assert told == default(known[key]), f"{key} of [{name}]"
                compared += 1
    assert compared > 100


def default(field: Field[Any]) -> object:
    value = field.default
    if field.default_factory is not MISSING:
        value = field.default_factory()
    return list(value) if isinstance(value, tuple) else value
