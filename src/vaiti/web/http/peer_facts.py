"""What this room is told of who may send calls: plain facts, for whoever wires it to fill in."""

from collections.abc import Callable
from dataclasses import dataclass


class PeersUnreadable(Exception):
    """The settings file cannot be used now; the text says what to change in it."""


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """A recording client as the settings file has it. `certified`: how many names or fingerprints
    of certificates it may prove over TLS; `agent_from`: where the agent is looked for, in order."""

    name: str
    addresses: tuple[str, ...]
    transports: tuple[str, ...]
    certified: int
    srtp: str
    start_on: str
    agent_from: tuple[str, ...]
    silence_s: float


Peers = Callable[[], tuple[PeerFacts, ...]]
"""Asked at each look, so that the page has what the file has. Raises PeersUnreadable."""


def none() -> tuple[PeerFacts, ...]:
    return ()
