"""The recorder's orders: what it may record, for whom it answers, to which key it seals.

One signed document, written by the worker and read by the recorder (`signed_orders`); the format
is described in docs/orders.md. Nothing else tells the recorder what to do.
"""

from dataclasses import dataclass, field

from vaiti.capture import agents, role_sources, sdes

MAX_LINES = 10_000
MAX_PEERS = 256

TRANSPORTS = frozenset({"udp", "tcp", "tls"})
STARTS = frozenset({"answered", "associated", "state", "media", "event"})
CONSULTATIONS = frozenset({"refused", "followed"})
CARRIERS = (
    "participant",
    "called-party",
    "diversion",
    "history-info",
    "asserted-identity",
    "extension",
    "to",
    "request-uri",
    "from",
)
"""Where the company's line is looked for, in this order unless a peer says otherwise."""

LINE_FLAGS = ("inbound", "outbound", "recorded", "announced", "keeps_hold", "keypad")


class OrdersRefused(ValueError):
    """The orders cannot be followed. The message says what to change; it repeats no content."""


@dataclass(frozen=True, slots=True)
class Line:
    """A company line: a telephone number, or the exact user part of a SIP address.

    It is recorded when `recorded`, and then only in the directions that are set; when `announced`,
    only from the announcement on. `keeps_hold`: what is heard while somebody is on hold is kept.
    `keypad`: customers press keys on it, and the tones are taken out of the sound.
    """

    number: str
    inbound: bool = True
    outbound: bool = True
    recorded: bool = False
    announced: bool = False
    keeps_hold: bool = True
    keypad: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """A recording client that is answered: only from `addresses` (CIDR), only over `transports`.

    `silence_s`: seconds without a packet from the customer after which the call is ended.
    `rejoin_s`: seconds in which a call whose session ended may go on in another one of its group.
    `refuse_code`: the SIP status for a call that may not be recorded.
    `agent_pattern`: a regular expression for the whole user part of an agent's device; "" is any.
    `line_from`: the carriers that may name the line, the first that names one wins.
    `srtp`: whether its media is SRTP: required, allowed, or refused.
    `agent_from`: where the agent's name is looked for, the first that has a word of it decides;
    `agent_fields`: names in extension data, and `agent_headers` headers, that hold an agent's id.
    `consultations`: a session of agents alone is `refused`, or `followed` until a customer comes.
    `roles_from`: by what it is known who is heard on a stream, the first that says so decides;
    `customer_labels` and `agent_labels` are streams' labels that always mean the same.
    `state_header`: a header in which the sender says on, off, answered or announced.
    `digest`: how a password has to be proven, the preferred way first, () for not at all, by
    `digest_user`, whose password is known as its two hashes (RFC 7616).
    `certificates`: over TLS, one of these has to be proven: names, or `sha256:` and hexadecimals.
    """

    name: str
    addresses: tuple[str, ...]
    transports: tuple[str, ...] = ("udp", "tcp")
    start_on: str = "answered"
    silence_s: float = 60.0
    rejoin_s: float = 5.0
    refuse_code: int = 403
    agent_pattern: str = ""
    line_from: tuple[str, ...] = CARRIERS
    certificates: tuple[str, ...] = ()
    srtp: str = sdes.ALLOWED
    agent_from: tuple[str, ...] = agents.DEFAULT
    agent_fields: tuple[str, ...] = ()
    agent_headers: tuple[str, ...] = ()
    consultations: str = "refused"
    state_header: str = ""
    roles_from: tuple[str, ...] = role_sources.DEFAULT
    customer_labels: tuple[str, ...] = ()
    agent_labels: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    digest_user: str = ""
    digest_sha256: str = field(default="", repr=False)
    digest_md5: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Intake:
    """The day's public intake key (X25519, 32 bytes raw) and its day (ISO date)."""

    day: str
    public: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """`calls` at the same time; `free_bytes` of disk below which new calls are refused; `pause_s`:
    seconds after which a pause ends by itself."""

    calls: int = 1_000
    free_bytes: int = 1 << 30
    pause_s: int = 300


@dataclass(frozen=True, slots=True)
class Orders:
    """Valid from `issued_us` until `expires_us` (microseconds since the epoch, UTC).

    `zone_country` (two letters) reads numbers without a country code; `tie_key`: see told_apart."""

    issued_us: int
    expires_us: int
    zone_country: str
    intake: Intake
    lines: tuple[Line, ...] = ()
    peers: tuple[Peer, ...] = ()
    limits: Limits = field(default_factory=Limits)
    tie_key: str = field(default="", repr=False)

    def expired(self, now: float) -> bool:
        """`now` in seconds since the epoch, UTC."""
        return now * 1e6 >= self.expires_us
