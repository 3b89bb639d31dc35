"""A sheet of the promises on a page, and as a tagged PDF, in its own language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.web import bars, paper
from vaiti.web.paper import Paper, as_pdf

_CHECK = re.compile(r"[a-z]+\.[a-z_]+")
_BETWEEN = re.compile(r"(?<=[._])")


@dataclass(frozen=True, slots=True)
class Cell:
    """`mood` colours it: good, warn, bad or nothing. `head` is what its column is called. `bits`
    are the parts of a check's id, between which a narrow column may break it."""

    text: str
    head: str
    mood: str
    bits: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lead: Sequence[str]
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    chart: bars.Chart | None
    told: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet as a page shows it."""

    name: str
    title: str
    language: str
    lead: Sequence[str]
    sections: Sequence[Section]


def shown(sheet: Sheet) -> Shown:
    sections = [_section(one) for one in sheet.parts]
    return Shown(sheet.name, sheet.title, sheet.language, sheet.lead, sections)


def _section(part: Part) -> Section:
    rows = [
        _cells(row, part.header, mood)
        for row, mood in zip_longest(part.rows, part.marks, fillvalue="")
    ]
    told = part.bars.told if part.bars else ""
    return Section(part.title, part.lead, part.header, rows, _chart(part), told)


def _chart(part: Part) -> bars.Chart | None:
    if part.bars is None:
        return None
    pairs = zip(part.bars.labels, part.bars.counts, strict=True)
    return bars.draw([bars.Counted(label, "", count) for label, count in pairs])


def _cells(row: Sequence[str], header: Sequence[str], mood: str) -> list[Cell]:
    last = len(row) - 1
    return [
        Cell(text, head, mood if place == last else "", _bits(text))
        for place, (text, head) in enumerate(zip(row, header, strict=True))
    ]


def _bits(text: str) -> list[str]:
    return _BETWEEN.split(text) if _CHECK.fullmatch(text) else []


def pdf(sheet: Sheet, author: str, day: date) -> bytes:
    return as_pdf(
        Paper(
            title=sheet.title,
            language=sheet.language,
            author=author,
            day=day,
            lead=list(sheet.lead),
            parts=[_part(one) for one in sheet.parts],
            foot=f"{author} · {sheet.title}",
        )
    )


def _part(one: Part) -> paper.Part:
    chart = _chart(one)
    return paper.Part(
        title=one.title,
        lead=one.lead,
        header=one.header,
        rows=one.rows,
        picture=bars.as_svg(chart) if chart else "",
        told=one.bars.told if one.bars else "",
    )
