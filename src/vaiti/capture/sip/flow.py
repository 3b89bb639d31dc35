"""Where a message came from and where its answer goes: the 5-tuple it arrived on (RFC 3581)."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """`transport` is udp, tcp or tls. `connection` numbers a connection and is 0 for UDP.

    `proven` are the names that the sender's certificate proved: see docs/sip.md.
    """

    transport: str
    local: Address
    remote: Address
    connection: int = 0
    proven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for one flow. Never logged: they hold numbers. `answers` numbers the request that they
    answer, 0 where nobody has to know."""

    flow: Flow
    data: bytes = field(repr=False)
    answers: int = field(default=0, compare=False)


def needed(sends: Sequence[Send]) -> list[Send]:
    """Of answers to one request that would go out together only the last: nobody is told to wait
    for what comes now (RFC 3261 section 17.2.1)."""
    last = {each.answers: each for each in sends}
    return [each for each in sends if not each.answers or last[each.answers] is each]
