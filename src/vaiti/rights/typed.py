"""What people write of themselves, made fit to be kept: no whole telephone number stays. Pure.

Whatever could be one is taken for one, also within a word or an address: each loses its last digits
in memory. Days, and the numbers of our own cases, stay readable.
"""

import re

_LAST = 3
_GAP = "[\\s()./_‐-―−\u200b-\u200d\u2060\ufeff\u00ad\\-]{0,3}"
_DAY = r"\d{1,2}\.\s?\d{1,2}\.\s?20[2-4]\d(?!\d)|20[2-4]\d-[01]\d-[0-3]\d(?!\d)"
_HOUR = rf"\d{{1,2}}[.:]\d\d(?=[\s,]{{1,3}}(?:{_DAY}))"
_CASE = r"[Rr]-?20[2-4]\d-\d{1,6}(?!\d)"
_FIND = re.compile(rf"(?P<kept>(?<!\d)(?:{_CASE}|{_DAY}|{_HOUR}))|\+?\d(?:{_GAP}\d){{6,}}")


def without_numbers(text: str) -> str:
    """Every run of seven digits or more without its last three (N-15)."""
    return _FIND.sub(_one, text)


def _one(found: re.Match[str]) -> str:
    text = found.group()
    if found["kept"] is not None:
        return text
    places = [at for at, one in enumerate(text) if one.isdecimal()]
    return text[: places[-_LAST]].rstrip() + "***"
