"""What people write of themselves, made fit to be kept: no whole telephone number stays. Pure."""

import re

_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[\s()./‐-―−-]{0,2}\d){6,}(?!\w)")
_LAST = 3


def without_numbers(text: str) -> str:
    """Every run of seven digits or more loses its last three (N-15)."""
    return _NUMBER.sub(_hidden, text)


def _hidden(found: re.Match[str]) -> str:
    text, places = found.group(), [at for at, one in enumerate(found.group()) if one.isdigit()]
    return text[: places[-_LAST]].rstrip() + "***"
