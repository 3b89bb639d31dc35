"""A tagged PDF read by its own structure: what a screen reader would say, in which order.

Nothing of it is ours or Typst's: the tree of tags is walked, and the text of each is taken from the
marked content that the tag points at.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pdfua import Severity, validate
from pikepdf import Dictionary, Name, Object, Page, Pdf


@dataclass
class Tagged:
    """Title, language, and what is read: each tag with its text."""

    title: str
    language: str
    read: list[tuple[str, str]] = field(default_factory=list)

    def of(self, tag: str) -> list[str]:
        return [text for name, text in self.read if name == tag]

    @property
    def text(self) -> str:
        return " ".join(text for _tag, text in self.read)


def faults(content: bytes) -> list[str]:
    """What an independent reader of PDF/UA-1 finds wrong."""
    report = validate(io.BytesIO(content))
    return [
        f"{one.rule_id}: {one.message}"
        for one in report.findings
        if one.severity >= Severity.WARNING
    ]


def tagged(content: bytes) -> Tagged:
    with Pdf.open(io.BytesIO(content)) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        found = Tagged(str(pdf.docinfo.get("/Title", "")), str(root.Lang))
        said = {page.objgen: _said(page) for page in pdf.pages}
        for tag, text in _walk(root.StructTreeRoot.K, said, None):
            found.read.append((tag, text))
        return found


def _said(page: Page) -> dict[int, str]:
    """The text of each marked stretch of a page, by its number."""
    fonts = {name: _letters(font) for name, font in page.Resources.Font.items()}
    found: dict[int, str] = {}
    marks: list[int | None] = []
    font: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            told = operands[1] if len(operands) > 1 else None
            marks.append(
                int(told.MCID) if isinstance(told, Dictionary) and "/MCID" in told else None
            )
        elif name == "EMC":
            marks.pop()
        elif name == "Tf":
            font = fonts[str(operands[0])]
        elif name in ("Tj", "TJ"):
            mark = next((one for one in reversed(marks) if one is not None), None)
            if mark is not None:
                found[mark] = found.get(mark, "") + _spelled(operands[0], font)
    return found


def _spelled(shown: Object, font: dict[bytes, str]) -> str:
    parts = shown if isinstance(shown, pikepdf.Array) else [shown]
    words = ""
    for part in parts:
        if isinstance(part, pikepdf.String):
            plain = bytes(part)
            words += "".join(font.get(plain[at : at + 2], "") for at in range(0, len(plain), 2))
    return words


def _letters(font: Any) -> dict[bytes, str]:  # noqa: ANN401 - a dictionary of the file
    """What each code of a font means, from its own table (ToUnicode)."""
    found: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(font.ToUnicode):
        if str(operator) == "endbfchar":
            pairs = [bytes(one) for one in operands]
            for code, letters in zip(pairs[::2], pairs[1::2], strict=True):
                found[code] = letters.decode("utf-16-be")
    return found


def _walk(node: Any, said: dict[Any, dict[int, str]], page: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Tags in their order, each with its own text; of a tag that has tags, theirs follow."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _walk(one, said, page)
        return
    if not isinstance(node, Dictionary) or "/S" not in node:
        return
    page = node.get("/Pg", page)
    below = node.get("/K")
    kids = list(below) if isinstance(below, pikepdf.Array) else [] if below is None else [below]
    own = "".join(said[page.objgen].get(int(kid), "") for kid in kids if isinstance(kid, int))
    yield str(node.S).removeprefix("/"), own
    for kid in kids:
        if isinstance(kid, Dictionary) and kid.get("/Type") == Name.MCR:
            own = said[kid.get("/Pg", page).objgen].get(int(kid.MCID), "")
            yield "MCR", own
        else:
            yield from _walk(kid, said, page)
