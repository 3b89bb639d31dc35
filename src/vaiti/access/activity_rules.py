"""What the settings allow of training activities, and what may be written in one. Pure (N-06)."""

import re
from dataclasses import dataclass
from datetime import timedelta

WITHIN = timedelta(days=30)  # over which an agent's gathered calls are counted
MOST_AT_ONCE = 20  # calls of one draw
MAX_NAME = 80
MAX_COMMENT = 500
_NUMBER_LIKE = re.compile(r"(?:\d[ ./-]?){7,}")
_OF_A_YEAR = re.compile(r"\b20\d\d[-/]\d{1,6}\b")  # 2026-118, as cases are often numbered


@dataclass(frozen=True, slots=True)
class ActivityRules:
    """Nothing is gathered by default: `lines` are those whose balancing test is filed.

    `calls_per_agent`: so many calls of one agent are gathered within 30 days, over all activities.
    """

    lines: tuple[str, ...] = ()
    calls_per_agent: int = 5
    longest_days: int = 30
    comments: bool = False


def fault(rules: ActivityRules) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    if not all(re.fullmatch(r"\+[1-9][0-9]{3,14}", line) for line in rules.lines):
        return "lines lists numbers with a plus and their country code, such as +358207100000"
    if not 1 <= rules.calls_per_agent <= 50:
        return "calls_per_agent is from 1 to 50; usual is 5"
    if not 1 <= rules.longest_days <= 180:
        return "longest_days is from 1 to 180; usual is 30"
    return ""


def fit_text(text: str, most: int) -> bool:
    """Whether it may be written down: of this length, and without what may be a number (N-15)."""
    plain = _OF_A_YEAR.sub("", text)
    return 0 < len(text) <= most and text.isprintable() and not _NUMBER_LIKE.search(plain)
