"""Finds telephone numbers in logs, in the ways in which machines write them. Repeats none whole.

A line is first looked at by its digits alone, which is quick; only where a number may stand it is
looked at as it is written, so that digits of two fields next to each other are not taken for one.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote

import phonenumbers

from vaiti.capture.numbers import normalise

LEAST_DIGITS = 7
"""Of a number without its country code: fewer stand in logs by chance."""
MOST_LINE = 1 << 20  # bytes looked at together; a longer line is looked at in pieces
HIDDEN = 3
GZIP, ENCODINGS = b"\x1f\x8b", {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BETWEEN = r"(?:[\s().\-/\u00a0\u2010-\u2015]|%20|&nbsp;|&#160;){0,3}"
_NO_DIGIT = {n: None for n in (*range(48), *range(58, 128), 0xA0, *range(0x2010, 0x2016))}
_ESCAPED = re.compile("%3[0-9]")


class Unreadable(Exception):
    """The file cannot be looked into; the sentence says which and why."""


class TooShort(ValueError):
    """No number that can be looked for; the sentence says which line of the list."""


@dataclass(frozen=True, slots=True)
class Hit:
    """`written` is how the number stands there, its last three digits hidden. Line 0: the name."""

    file: str
    line: int
    column: int
    written: str

    def text(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}: its name"
        return f"{where}: {self.written}"


class Scanner:
    """Raises TooShort. `country` is where numbers without a country code are dialled."""

    def __init__(self, numbers: Sequence[str], country: str) -> None:
        told = [_parts(number, country, at) for at, number in enumerate(numbers, 1)]
        literals = {digits for code, digits in told} | {
            packed.replace("f", "") for code, digits in told for packed in _swapped(code, digits)
        }
        longest = sorted(map(re.escape, literals), key=len, reverse=True)
        self._quick = re.compile("|".join(longest))
        self._exact = re.compile("|".join(_written(*one) for one in told), re.IGNORECASE)

    def hits(self, file: str, lines: Iterable[str]) -> Iterator[Hit]:
        named = [self._hide(found[0]) for found in self._exact.finditer(file)]
        shown = self._exact.sub(lambda found: self._hide(found[0]), file)
        for written in named:
            yield Hit(shown, 0, 0, written)
        for number, line in enumerate(lines, 1):
            for view in _views(line):
                if self._quick.search(view.translate(_NO_DIGIT)):
                    for found in self._exact.finditer(view):
                        yield Hit(shown, number, found.start() + 1, self._hide(found[0]))

    @staticmethod
    def _hide(written: str) -> str:
        left = HIDDEN
        shown = list(written)
        for at in reversed(range(len(shown))):
            if left and shown[at].isdigit():
                shown[at], left = "*", left - 1
        return "".join(shown)


def paths_under(given: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and those in folders, at any depth."""
    for path in given:
        if path.is_dir():
            yield from (each for each in sorted(path.rglob("*")) if each.is_file())
        else:
            yield path


def lines_of(path: Path) -> Iterator[str]:
    """The file's lines, out of gzip where it is that, in pieces where they are long.

    Raises Unreadable.
    """
    try:
        with path.open("rb") as file:
            head = file.read(2)
            file.seek(0)
            if head == GZIP:
                with gzip.open(file) as unpacked:
                    yield from _decoded(unpacked)
            else:
                yield from _decoded(file)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} cannot be read: {type(error).__name__}") from error


def _decoded(file: "IO[bytes] | gzip.GzipFile") -> Iterator[str]:
    mark = file.read(2)
    if encoding := ENCODINGS.get(mark):
        text = mark + file.read()
        yield from text.decode(encoding, "replace").splitlines()
        return
    first = mark + file.readline(MOST_LINE)
    while first:
        yield first.decode("utf-8", "replace")
        first = file.readline(MOST_LINE)


def _views(line: str) -> Iterator[str]:
    yield line
    if _ESCAPED.search(line):
        yield unquote(line)


def _parts(number: str, country: str, at: int) -> tuple[str, str]:
    """Country code, and the digits after it."""
    whole = normalise(number, country) or ""
    try:
        parsed = phonenumbers.parse(whole, None)
    except phonenumbers.NumberParseException as error:
        raise TooShort(f"number {at} of the list is none: write it as it is dialled") from error
    digits = phonenumbers.national_significant_number(parsed)
    if len(digits) < LEAST_DIGITS:
        raise TooShort(f"number {at} of the list is too short to be told from other digits")
    return str(parsed.country_code), digits


def _written(code: str, digits: str) -> str:
    """As digits with marks between them, behind any prefix; or as signalling packs them."""
    prefix = _BETWEEN.join(code)
    zeros = rf"0{_BETWEEN}0{_BETWEEN}"
    abroad = rf"(?:\+|%2B|{zeros})?{_BETWEEN}{prefix}{_BETWEEN}(?:\(0\){_BETWEEN})?"
    spelled = rf"(?<![0-9])(?:{abroad}|0{_BETWEEN})?{_BETWEEN.join(digits)}(?![0-9])"
    packed = "|".join(_with_blanks(one) for one in _swapped(code, digits))
    return f"{spelled}|{packed}"


def _swapped(code: str, digits: str) -> list[str]:
    """As TBCD (3GPP TS 24.008, 10.5.4.7): digits in pairs, each pair turned round, `f` to fill."""
    made = []
    for whole in (code + digits, "0" + digits):
        even = whole + "f" * (len(whole) % 2)
        pairs = (even[at : at + 2] for at in range(0, len(even), 2))
        made.append("".join(pair[::-1] for pair in pairs))
    return made


def _with_blanks(packed: str) -> str:
    pairs = [packed[at : at + 2] for at in range(0, len(packed), 2)]
    return r"(?<![0-9a-f])" + r"[\s:]?".join(pairs) + r"(?![0-9])"
