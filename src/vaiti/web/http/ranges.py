"""The Range header (RFC 9110 section 14.1). Pure.

One range is served; a request for several is answered as if it had asked for none, which the RFC
allows. A header that is no byte range is ignored, likewise.
"""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`first` counts from the start; with `suffix` instead, that many bytes of the end."""

    first: int | None
    last: int | None
    suffix: int | None = None


def parse_range(header: str | None) -> Wanted | None:
    """What the header asks for; None when it asks for the whole or says nothing that counts."""
    match = _ONE.fullmatch("".join((header or "").split()))
    if not match:
        return None
    first, last = match.groups()
    if first:
        if last and int(last) < int(first):
            return None
        return Wanted(int(first), int(last) if last else None)
    return Wanted(None, None, int(last)) if last else None
