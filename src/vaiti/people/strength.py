"""What makes a password too weak. Pure but for the lists: Django's common ones, breached ones.

`install` is for ops, at the start.
"""

import re
from functools import cache
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from vaiti.people import breached

MIN_PASSWORD = 12  # in characters
MAX_PASSWORD = 512  # in characters; more would only cost the hash time
MIN_DIFFERENT = 6
GUESSED = ("vaiti", "password", "salasana", "lösenord", "losenord", "tallenne", "inspelning")
"""What somebody who guesses tries here first, besides the names."""
SHORTEST = 4  # letters of a name that is looked for

_organisation: list[str] = []
_breached: list[Path] = []


def install(name: str, listed: Path | None = None) -> None:
    """The organisation's name, each word of which is guessed, and the operator's list of breached
    passwords. Replaces what was installed before."""
    _breached[:] = [listed] if listed else []
    _organisation[:] = [one for one in re.findall(r"\w+", name.casefold()) if len(one) >= SHORTEST]


def weakness(password: str, login: str, name: str) -> str | None:
    """A sentence that says what to change, or None for a password that will do."""
    if len(password) < MIN_PASSWORD:
        return f"Use at least {MIN_PASSWORD} characters; a few words together are easiest."
    if len(password) > MAX_PASSWORD:
        return f"Use at most {MAX_PASSWORD} characters."
    lowered = password.casefold()
    if len(set(lowered)) < MIN_DIFFERENT:
        return f"Use at least {MIN_DIFFERENT} different characters."
    parts = [login.casefold(), *name.casefold().split(), *login.casefold().split(".")]
    if any(len(part) >= SHORTEST and part in lowered for part in parts):
        return "Leave your name and your login out of the password."
    if any(word in lowered for word in _organisation):
        return "Leave the organisation's name out of the password."
    if any(word in lowered for word in GUESSED):
        return "Leave the program's name and the word for a password out of it."
    if _common(lowered):
        return "This password is on lists of common passwords; choose another."
    if any(breached.holds(path, password) for path in _breached):
        return "This password is on a list of breached passwords; choose another."
    return None


@cache
def _list() -> CommonPasswordValidator:
    """Twenty thousand passwords, unpacked once."""
    return CommonPasswordValidator()


def _common(password: str) -> bool:
    try:
        _list().validate(password)
    except ValidationError:
        return True
    return False
