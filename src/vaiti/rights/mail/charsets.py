"""Octets to text, by the few character sets that mails have. Pure; nothing makes it fail."""

import re

_KNOWN = re.compile(r"utf-?8|us-ascii|iso-8859-1?[0-9]|windows-125[0-8]|cp125[0-8]|koi8-[ru]")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no database keeps, or no page shows."""


def decoded(octets: bytes, charset: str) -> str:
    """As the mail says; as UTF-8, else Latin-1, where it names something that we do not know."""
    named = charset.strip().lower()
    if not _KNOWN.fullmatch(named):
        named = "utf-8"
    try:
        text = octets.decode(named)
    except (UnicodeDecodeError, LookupError):
        text = octets.decode("latin-1")
    return _UNFIT.sub("", text)
