"""When a recording may begin: what counts as answered for a peer, and the line's announcement.

Pure. docs/siprec.md has the table for those who choose a rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ANSWERED = "answered"  # the recording session's own answer
ASSOCIATED = "associated"  # customer and agent are both in the session
STATE = "state"  # the sender says that recording is on
MEDIA = "media"  # both sides were heard
EVENT = "event"  # the telephone system reported the answer


@dataclass(frozen=True, slots=True)
class Facts:
    """`state`: what the sender says of recording, None for nothing; `reported`: the answer was."""

    both: bool = False
    state: bool | None = None
    heard: bool = False
    reported: bool = False
    announced: bool = False


Rule = Callable[[Facts], bool]

RULES: Mapping[str, Rule] = {
    ANSWERED: lambda facts: True,
    ASSOCIATED: lambda facts: facts.both,
    STATE: lambda facts: facts.state is True,
    MEDIA: lambda facts: facts.heard,
    EVENT: lambda facts: facts.reported,
}


def answered(rule: str, facts: Facts) -> bool:
    """Whether the agent has answered, by the peer's rule; never while the sender says off."""
    return facts.state is not False and RULES[rule](facts)


def may_begin(rule: str, facts: Facts, *, announced_first: bool) -> bool:
    """Answered, and announced where the line is recorded only from its announcement on (D-07)."""
    return answered(rule, facts) and (facts.announced or not announced_first)
