"""Passages of a call as somebody types them, a line each: `1:05-1:12 agent`. Pure."""

import re
from datetime import timedelta

from vaiti.rights.copy_rules import CopyRefused

_TIME = r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})"
_LINE = re.compile(rf"{_TIME}\s*[-–]\s*{_TIME}(?:\s+(both|agent|customer))?")


def passages(text: str) -> list[tuple[timedelta, timedelta, str]]:
    """From and to after the call's beginning, and the side. Raises CopyRefused."""
    found = []
    for line in text.lower().splitlines():
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise CopyRefused("passage")
        found.append(
            (
                _after(match[1], match[2], match[3]),
                _after(match[4], match[5], match[6]),
                match[7] or "both",
            )
        )
    return found


def _after(hours: str | None, minutes: str, seconds: str) -> timedelta:
    return timedelta(hours=int(hours or 0), minutes=int(minutes), seconds=int(seconds))
