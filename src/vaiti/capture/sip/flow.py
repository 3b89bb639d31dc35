"""Where a message came from and where its answer goes: the 5-tuple it arrived on (RFC 3581)."""

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
    """Bytes for one flow. Never logged: they hold numbers."""

    flow: Flow
    data: bytes = field(repr=False)
