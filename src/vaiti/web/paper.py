"""A paper: what a page tells, as a tagged PDF (PDF/UA-1) that needs nothing else to be read.

It is set by Typst with the fonts that its package brings. No font of the machine is used, nothing
is fetched, and the same paper gives the same bytes.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.resources import files
from itertools import groupby

import typst


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, some lines, and a table if there are rows; its first column is the widest.

    `apart`: it begins a page. `picture` is an SVG, and `told` what it shows, in words.
    """

    title: str
    lead: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    apart: bool = False
    picture: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of JSON inside the paper, and what it is."""

    name: str
    told: str
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """`foot` stands on each page; a line of `lead` that begins with a dash is an item of a list;
    `address` is to whom it goes, where it goes by post."""

    title: str
    language: str
    author: str
    day: date
    lead: Sequence[str]
    parts: Sequence[Part]
    foot: str
    attached: Sequence[Attached] = ()
    address: Sequence[str] = ()


DASH = "– "


def _blocks(lines: Sequence[str]) -> Iterator[str | list[str]]:
    """Lines that begin with a dash are told as one list."""
    for is_list, some in groupby(lines, lambda line: line.startswith(DASH)):
        if is_list:
            yield [line.removeprefix(DASH) for line in some]
        else:
            yield from some


def as_pdf(paper: Paper) -> bytes:
    fields = {
        "title": paper.title,
        "language": paper.language,
        "author": paper.author,
        "date": [paper.day.year, paper.day.month, paper.day.day],
        "address": list(paper.address),
        "lead": list(_blocks(paper.lead)),
        "sections": [asdict(part) for part in paper.parts],
        "foot": paper.foot,
        "attached": [asdict(one) for one in paper.attached],
    }
    return typst.compile(
        files("vaiti.web").joinpath("papers/paper.typ").read_bytes(),
        format="pdf",
        sys_inputs={"paper": json.dumps(fields, ensure_ascii=False)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
