"""What a sender says of who the agent is, in the order of the peer's settings. Pure.

Whose it is, is decided at intake, where people are known: docs/agent-feed.md. Nothing that may be
the customer's number is passed on.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from vaiti.capture import numbers
from vaiti.capture.ends import End
from vaiti.capture.siprec.metadata import Metadata, Participant
from vaiti.values.personal import Personal

SOURCES = ("extension", "header", "address", "name", "feed", "device")
DEFAULT = ("extension", "header", "feed", "device")
"""The order unless a peer says otherwise: a name alone is never believed by default."""
HERE = frozenset({"feed", "device"})
"""What is not said by the sender, but known where people are."""
MAX_SAID = 12
MAX_ID = 64  # characters
MAX_DIGITS = 8  # of an id; what has more may be somebody's number


@dataclass(frozen=True, slots=True)
class Clues:
    """Where to look: names in extension data, headers' texts; `ends` are the customers' digits.

    `alone`: there is one agent, so that what is said of no participant is said of them.
    """

    order: Collection[str]
    fields: frozenset[str]
    metadata: Metadata
    headers: tuple[Personal[str], ...] = field(repr=False)
    ends: tuple[End, ...] = field(repr=False)
    alone: bool = True


def said_of(agent: Participant, clues: Clues) -> tuple[str, ...]:
    """Texts `source:value`, and `feed` and `device` where they come; () for just the default."""
    found = tuple(dict.fromkeys(_said(agent, clues)))[:MAX_SAID]
    return () if found == tuple(each for each in DEFAULT if each in HERE) else found


def newly_said(said: Iterable[str], before: Iterable[str]) -> bool:
    """Whether the sender now names another agent at the device; to be silent changes nothing."""
    now, then = ([each for each in one if ":" in each] for one in (said, before))
    return bool(now) and now != then


def _said(agent: Participant, clues: Clues) -> Iterator[str]:
    for source in clues.order:
        if source in HERE:
            yield source
            continue
        for value in _values(source, agent, clues):
            text = value if source == "name" else _plain(value)
            if _fit(text, clues.ends, digits=0 if source == "name" else MAX_DIGITS):
                yield f"{source}:{text}"


def _values(source: str, agent: Participant, clues: Clues) -> Iterable[str]:
    if source == "extension":
        return [
            each.value.reveal()
            for each in clues.metadata.extensions
            if each.name in clues.fields
            and (each.participant == agent.id or (each.participant is None and clues.alone))
        ]
    if source == "header":
        return [each.reveal() for each in clues.headers] if clues.alone else ()
    named = agent.name_ids
    return [(each.name if source == "name" else each.aor).reveal() for each in named]


def _plain(value: str) -> str:
    """Of an address its user part."""
    marked = any(mark in value for mark in "@<:")
    return numbers.user_part(value) if marked else value.strip().strip('"')


def _fit(value: str, ends: tuple[End, ...], *, digits: int) -> bool:
    if not 0 < len(value) <= MAX_ID or not value.isprintable():
        return False
    found = "".join(each for each in value if each.isdigit())
    return len(found) <= digits and not any(end.within(found) for end in ends)
