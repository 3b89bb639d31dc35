"""A sheet of the promises as a tagged PDF, in its own language."""

from datetime import date

from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.web import paper
from vaiti.web.paper import Paper, as_pdf


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
    return paper.Part(one.title, one.lead, one.header, one.rows)
