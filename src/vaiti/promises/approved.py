"""The approved list as data: what the register may hold, and what programs may ask of it (N-11)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Approved:
    """`tables` to their columns; `operations` as `GET calls/`; `pages` by their first word."""

    tables: Mapping[str, frozenset[str]]
    metadata: frozenset[str]
    parts: frozenset[str]
    facts: frozenset[str]
    operations: frozenset[str]
    pages: frozenset[str]


@cache
def approved() -> Approved:
    found = tomllib.loads(files("vaiti.promises").joinpath("approved.toml").read_text("utf-8"))
    return Approved(
        tables={table: frozenset(columns) for table, columns in found["database"].items()},
        metadata=frozenset(found["store"]["metadata"]),
        parts=frozenset(found["audit"]["parts"]),
        facts=frozenset(found["audit"]["facts"]),
        operations=frozenset(found["api"]["operations"]),
        pages=frozenset(found["api"]["pages"]),
    )
