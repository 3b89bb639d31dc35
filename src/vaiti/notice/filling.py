"""Words in braces of a notice's sentences: who the controller is, and for how long. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict

from vaiti.notice.sentences import Controller, Promised

_BRACES = re.compile(r"\{([^{}]*)\}")


class UnknownWord(ValueError):
    """What stands in braces is none of the words; the sentence says which there are."""


def fill(text: str, lang: str, controller: Controller, promised: Promised) -> str:
    """Raises UnknownWord, also for one that the controller record leaves empty."""
    known = {**asdict(controller), "period": PERIOD[lang](promised.period_months)}
    return _BRACES.sub(lambda found: _word(found[1], known), text)


def _word(name: str, known: Mapping[str, str]) -> str:
    if not known.get(name):
        there = ", ".join(sorted(key for key, value in known.items() if value))
        raise UnknownWord(f"write in braces only what the controller record says: {there}")
    return known[name]


PERIOD = {
    "sv": lambda months: "en månad" if months == 1 else f"{months} månader",
    "fi": lambda months: "yhden kuukauden" if months == 1 else f"{months} kuukautta",
    "en": lambda months: "one month" if months == 1 else f"{months} months",
}
"""As in "is kept for …"; in Finnish the object of *säilytetään*."""
