"""Header lines: names in all their spellings, order, repetition (RFC 3261 section 7.3)."""

import re
from collections.abc import Iterable, Iterator

from vaiti.capture.sip.grammar import MAX_LIST_ITEMS, SipError, is_token, split_list

MAX_HEADERS = 256
MAX_LINE_CHARS = 8_192

_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
    "l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
    "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
    "y": "Identity",
}  # fmt: skip
_USUAL = (
    *_COMPACT.values(), "Accept", "Allow", "CSeq", "Content-Disposition", "Date", "Max-Forwards",
    "Min-SE", "Record-Route", "Require", "Route", "Server", "User-Agent",
)  # fmt: skip
_BY_LOWER = {name.lower(): name for name in _USUAL} | _COMPACT
# The spellings that senders use, so that most names are found at once.
_SPELLINGS = {name: name for name in _USUAL} | _BY_LOWER

_FOLD = re.compile(r"\r?\n[ \t]+")
_STRAY_CR = re.compile(r"\r(?!\n)")

Lines = Iterable[tuple[str, str]]


class Headers:
    """Header lines in order. Names are case-blind and compact forms are their long names.

    `Content-Length` is framing and is not kept here.
    """

    __slots__ = ("_by_name", "_lines")

    def __init__(self, lines: list[tuple[str, str]] | None = None) -> None:
        self._lines = lines or []
        by_name: dict[str, list[str]] = {}
        for name, value in self._lines:
            key = _SPELLINGS.get(name) or _key(name)
            if key in by_name:
                by_name[key].append(value)
            else:
                by_name[key] = [value]
        self._by_name = by_name

    @property
    def repeated(self) -> bool:
        return len(self._by_name) != len(self._lines)

    def get(self, name: str) -> str | None:
        """The first value that is not empty; "" when all are; None when there is none."""
        values = self.all(name)
        if not values:
            return None
        return values[0] or next(filter(None, values), "")

    def all(self, name: str) -> list[str]:
        """Every value, one for each header line."""
        return self._by_name.get(_SPELLINGS.get(name) or _key(name), [])

    def items(self, name: str) -> list[str]:
        """The comma-separated items of all lines of this name, empty ones left out.

        Never raises: where quotes are broken, every comma cuts.
        """
        return [item for value in self.all(name) for item in _items(value) if item]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._lines == other._lines

    __hash__ = None  # type: ignore[assignment]


def _key(name: str) -> str:
    """One key for all spellings of a name."""
    lower = name.lower()
    return _BY_LOWER.get(lower, lower)


def read_head(head: bytes) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The start line, the header lines, and the warnings met on the way."""
    text = head.decode("utf-8", "surrogateescape")
    warnings = []
    line_ends = text.count("\r\n")
    if text.count("\r") != line_ends:
        text = _STRAY_CR.sub(" ", text)
    if text.count("\n") != line_ends:
        warnings.append("bare_lf")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_HEADERS + 1:
        raise SipError(400, f"There are more than {MAX_HEADERS} header lines.")
    if max(map(len, lines)) > MAX_LINE_CHARS:
        raise SipError(400, f"A line is longer than {MAX_LINE_CHARS} characters.")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = _SPELLINGS.get(name) or _odd_name(name)
        if colon and name:
            headers.append((name, value.strip(" \t")))
        else:
            warnings.append("malformed_header_line")
    return lines[0], headers, warnings


def _items(value: str) -> list[str]:
    try:
        return split_list(value)
    except SipError:
        return [item.strip(" \t") for item in value.split(",", MAX_LIST_ITEMS)]


def _odd_name(name: str) -> str:
    """A name that is not spelled as usual; "" when it is none."""
    name = name.rstrip(" \t")
    return _BY_LOWER.get(name.lower(), name) if is_token(name) else ""
