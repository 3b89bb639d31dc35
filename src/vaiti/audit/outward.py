"""What of an entry leaves the house: who, what, when by opaque ids, and facts that are codes. Pure.

A fact that is a text may be a name, a reference or a number that was put right. Only those listed
here are made of the program's own words.
"""

from collections.abc import Mapping
from typing import Final

from vaiti.audit.entry import Fact

CODES: Final = frozenset(
    {
        *("act", "alarm", "change", "does", "door", "function", "kind", "method", "needs"),
        *(
            "page",
            "purpose",
            "reason",
            "role",
            "rule",
            "scope",
            "scopes",
            "section",
            "source",
            "what",
        ),
        *("alert", "approval", "call", "grant", "leaf", "listening", "mandate", "team", "token"),
        *("sha256", "notice"),
    }
)
"""Facts whose texts are the program's own words, versions, or opaque ids."""


def codes_of(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {name: value for name, value in facts.items() if _is_code(name, value)}


def _is_code(name: str, value: Fact) -> bool:
    return not isinstance(value, str) or name in CODES
