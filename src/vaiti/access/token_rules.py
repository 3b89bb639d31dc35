"""What a token of the API may be: whose, for what, on which lines, for how long. Pure.

A token gives less than its owner has and never more. Only a named person reads calls (N-27): what
touches them, or the person's own call in progress, is in a token of theirs alone. A machine has
the scopes that tell nobody of a call: the controller's signed-in pages file people's requests and
show them how far these are, and what writes to customers after a call learns its reference. No
token hears anything.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from vaiti.access.purposes import Purpose


class TokenScope(StrEnum):
    """What a token is for. A new one is entered here, and in PERSONAL if it is about calls."""

    CALLS_READ = "calls:read"
    CALLS_CHANGE = "calls:change"
    LIVE = "live:control"
    LOG = "log:read"
    STATE = "state:read"
    AGENTS = "agents:write"
    RECORDS = "records:write"
    CASES = "cases:file"
    REFERENCES = "references:read"


PERSONAL: Final = frozenset({TokenScope.CALLS_READ, TokenScope.CALLS_CHANGE, TokenScope.LIVE})
OF_CALLS: Final = frozenset({TokenScope.CALLS_READ, TokenScope.CALLS_CHANGE})
"""What needs a purpose, and lines."""
ALL_LINES: Final = "all"
MOST_DAYS: Final = 366
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LINE: Final = re.compile(r"\+[1-9][0-9]{3,14}")


class TokenError(ValueError):
    """The token cannot be granted so; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for. Without a `person` the token is a machine's, named by the token's name.

    `lines` are numbers of the register, or the one word `all`.
    """

    name: str
    person: UUID | None
    scopes: frozenset[TokenScope]
    purpose: str
    lines: frozenset[str]
    begins: datetime
    ends: datetime


def scopes_of(named: Collection[str]) -> frozenset[TokenScope]:
    """Raises TokenError for a scope that there is not."""
    known = {one.value: one for one in TokenScope}
    if not named or any(name not in known for name in named):
        raise TokenError(f"Name at least one of the scopes: {', '.join(known)}.")
    return frozenset(known[name] for name in named)


def check(terms: Terms, now: datetime) -> None:
    """Raises TokenError."""
    if not _NAME.fullmatch(terms.name):
        raise TokenError("A token’s name has 1 to 40 small letters, digits and hyphens.")
    if not terms.begins < terms.ends <= terms.begins + timedelta(days=MOST_DAYS):
        raise TokenError("A token ends after it begins, within 366 days.")
    if terms.ends <= now:
        raise TokenError("A token ends after today.")
    _check_owner(terms)
    _check_bounds(terms)


def _check_owner(terms: Terms) -> None:
    personal = terms.scopes & PERSONAL
    if personal and terms.person is None:
        raise TokenError("Only a named person’s token reads or changes calls. Say whose it is.")
    if terms.person is not None and personal != terms.scopes:
        raise TokenError("Give a machine’s scopes to a token of its own, without a person.")


def _check_bounds(terms: Terms) -> None:
    of_calls = bool(terms.scopes & OF_CALLS)
    fitting = {one.value for one in Purpose} if of_calls else {""}
    if terms.purpose not in fitting:
        raise TokenError("A token for calls has one of the four purposes, and no other token has.")
    if of_calls and not terms.lines:
        raise TokenError("Name the lines whose calls the token reads, or all of them.")
    named = terms.lines - {ALL_LINES}
    if (ALL_LINES in terms.lines and named) or not all(map(_LINE.fullmatch, named)):
        raise TokenError("Lines are numbers with a plus and a country code, or the word all.")


def reaches(lines: Collection[str], number: str) -> bool:
    """Whether a token bound to `lines` reaches a call on the line of this number."""
    return ALL_LINES in lines or number in lines
