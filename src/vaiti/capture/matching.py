"""Addresses as messages write them, compared with lines and with patterns of devices. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache

from vaiti.capture import numbers, patterns
from vaiti.capture.orders import MAX_LINES
from vaiti.capture.parties import Parties
from vaiti.capture.siprec.metadata import EVERY, Key, Participant

ANY = frozenset({"", ".*", ".+"})
"""Patterns that tell no device from another."""


@lru_cache(maxsize=2 * MAX_LINES)
def line_key(number: str, region: str) -> str | None:
    """A line's number as compared. Remembered, because the worker rewrites the orders often."""
    return numbers.normalise(number, region)


def addresses_of(participant: Participant) -> tuple[str, ...]:
    return tuple(each.aor.reveal() for each in participant.name_ids)


def matches(pattern: str, address: str) -> bool:
    """Whether the peer has a pattern for devices and the address fits it."""
    if pattern in ANY:
        return False
    user = numbers.user_part(address)
    return len(user) <= patterns.LONGEST and bool(re.fullmatch(pattern, user))


def carried(parties: Parties, carrier: str) -> Iterator[str]:
    if carrier == "extension":
        metadata = parties.metadata
        yield from (each.reveal() for each in (*metadata.called, *metadata.calling))
    else:
        yield from (each.reveal() for each in parties.carriers.get(carrier, ()))


def sender_of(parties: Parties, index: int | None) -> Key | None:
    """Who sends the m-line, where headers say so and not metadata."""
    senders = parties.metadata.senders
    default = senders.get(EVERY)
    return default if index is None else senders.get(index, default)
