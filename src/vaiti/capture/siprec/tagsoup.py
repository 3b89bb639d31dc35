"""Reads what was meant as XML and is none: tags crossed or cut off, attributes without quotes.

Whole tags are taken in the order in which they stand; nothing else is known of the text. No
document type and no entity is read, and each character is looked at a bounded number of times.
"""

import html
import re
from collections.abc import Callable
from typing import Protocol

_TAG = re.compile(r"<(/?)\s*([A-Za-z_][\w.:-]*)((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>")
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENDS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">"))


class Builder(Protocol):
    """What expat's handlers are, too."""

    def start_prefixed(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def characters(self, text: str) -> None: ...


def feed(text: str, builder: Builder) -> None:
    """Hands the tags of `text` to `builder`, each start with its end."""
    if "<" not in text and "&lt;" in text:
        text = html.unescape(text)
    opened: list[str] = []
    at = 0
    while (begin := text.find("<", at)) >= 0:
        _say(text[at:begin], opened, builder)
        at = _passed_over(text, begin, lambda said: _say(said, opened, builder))
        if at > begin:
            continue
        tag = _TAG.match(text, begin)
        if tag is None:
            at = begin + 1
            continue
        at = tag.end()
        if tag[1]:
            _close(tag[2], opened, builder)
        else:
            _open(tag[2], tag[3], opened, builder)
    for name in reversed(opened):
        builder.end(name)


def _passed_over(text: str, begin: int, say: Callable[[str], None]) -> int:
    """Where a comment, an instruction or a section that begins there ends; `begin` for none."""
    for mark, end in _ENDS:
        if text.startswith(mark, begin):
            found = text.find(end, begin + len(mark))
            if mark == "<![CDATA[":
                say(html.escape(text[begin + len(mark) : found if found >= 0 else len(text)]))
            return found + len(end) if found >= 0 else len(text)
    return begin


def _open(name: str, rest: str, opened: list[str], builder: Builder) -> None:
    """No element of the metadata stands in one of its own name: the one before lost its end."""
    _close(name, opened, builder)
    alone = rest.rstrip().endswith("/")
    found = _ATTRIBUTE.findall(rest.rstrip().removesuffix("/") if alone else rest)
    values = {key: _plain(one or two or bare) for key, one, two, bare in reversed(found)}
    builder.start_prefixed(name, values)
    if alone:
        builder.end(name)
    else:
        opened.append(name)


def _close(name: str, opened: list[str], builder: Builder) -> None:
    """An end without a start is passed over; one that is missing comes with the next outside."""
    if name in opened:
        while (inner := opened.pop()) != name:
            builder.end(inner)
        builder.end(name)


def _say(text: str, opened: list[str], builder: Builder) -> None:
    if opened and text.strip():
        builder.characters(_plain(text))


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("", html.unescape(text))
