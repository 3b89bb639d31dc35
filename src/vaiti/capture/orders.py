"""The recorder's orders: what it may record, for whom it answers, to which key it seals.

One signed document in `run/orders.json`, written by the worker and read by the recorder; the
format is described in docs/orders.md. Nothing else tells the recorder what to do.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from ipaddress import ip_network
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vaiti.capture import agents, patterns, role_sources, sdes

MAX_ORDERS = 4 << 20  # bytes of the file; ten thousand lines fit four times over
MAX_LINES = 10_000
MAX_PEERS = 256
MAX_CARRIERS = 16
MAX_PAUSE_S = 3600  # seconds
MAX_PATTERN = 256  # characters of a regular expression

TRANSPORTS = frozenset({"udp", "tcp", "tls"})
MAX_CERTIFICATES = 16  # of one peer
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

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{0,64}")
_AGENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_USER = re.compile(r"[A-Za-z0-9._+@-]{1,64}")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_CERTIFIED_NAME = re.compile(r"(?:sips?:)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


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


def encode(orders: Orders) -> bytes:
    """The body that is signed: canonical JSON, keys sorted, no white space."""
    body = asdict(orders)
    body["intake"]["public"] = base64.b64encode(orders.intake.public).decode()
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def sign(orders: Orders, seed: bytes) -> bytes:
    """The file's content. `seed` is the 32-byte Ed25519 seed of the orders key.

    Raises OrdersRefused for orders that no recorder would follow, so that they are never written.
    """
    body = encode(orders)
    _check(orders)
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(body)
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "signature": base64.b64encode(signature).decode(),
        }
    ).encode()


def read(data: bytes, public_key: bytes, now: float, followed: Orders | None = None) -> Orders:
    """The orders in `data`, if signed by the orders key and not expired at `now` (seconds, UTC).

    `public_key` is the raw 32-byte Ed25519 key, `followed` the orders before: whoever puts an older
    file back is refused. Raises OrdersRefused.
    """
    body = _verified_body(data, public_key)
    try:
        orders = _decode(json.loads(body))
        _check(orders)
    except OrdersRefused:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise OrdersRefused(
            "the orders' body does not have the fields of docs/orders.md: let the worker write "
            "them anew"
        ) from error
    if orders.expired(now):
        raise OrdersRefused("the orders have expired: see why the worker has not written new ones")
    if followed is not None and orders.issued_us < followed.issued_us:
        raise OrdersRefused("the orders are older than those followed: let the worker write anew")
    return orders


def _verified_body(data: bytes, public_key: bytes) -> bytes:
    if len(data) > MAX_ORDERS:
        raise OrdersRefused("the orders file is larger than 4 MiB: list fewer lines or peers")
    try:
        outer = json.loads(data)
        body = base64.b64decode(outer["body"], validate=True)
        signature = base64.b64decode(outer["signature"], validate=True)
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise OrdersRefused("the orders file is damaged: let the worker write it anew") from error
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, body)
    except (InvalidSignature, ValueError) as error:
        raise OrdersRefused(
            "the orders are not signed by this recorder's orders key: check that recorder and "
            "worker use the same data folder"
        ) from error
    return body


def _decode(body: Mapping[str, Any]) -> Orders:
    intake = dict(body["intake"])
    intake["public"] = base64.b64decode(intake["public"], validate=True)
    peers = tuple(Peer(**_tuples(peer)) for peer in body["peers"])
    return Orders(
        **{
            **_known(body, Orders),
            "intake": Intake(**intake),
            "lines": tuple(Line(**line) for line in body["lines"]),
            "peers": peers,
            "limits": Limits(**body["limits"]),
        }
    )


def _known(body: Mapping[str, Any], kind: type[Orders]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    if set(body) - names:
        raise OrdersRefused("the orders hold a field that this recorder does not know: update it")
    return dict(body)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }


def _check(orders: Orders) -> None:
    _require(len(orders.lines) <= MAX_LINES, f"list at most {MAX_LINES} lines in the orders")
    _require(len(orders.peers) <= MAX_PEERS, f"list at most {MAX_PEERS} peers in the orders")
    _require(
        bool(re.fullmatch(r"[A-Z]{2}", orders.zone_country)),
        "zone_country is a country in two capital letters, such as FI",
    )
    _require(len(orders.intake.public) == 32, "the intake key has 32 bytes")
    _require(bool(re.fullmatch("([0-9a-f]{64})?", orders.tie_key)), "tie_key has 64 hexadecimals")
    _require(
        _whole(orders.issued_us) and _whole(orders.expires_us),
        "issued_us and expires_us are whole microseconds since 1970",
    )
    _require(_whole(orders.limits.calls), "limits.calls is a whole number of calls")
    _require(
        _whole(orders.limits.pause_s) and 1 <= orders.limits.pause_s <= MAX_PAUSE_S,
        f"limits.pause_s is from 1 to {MAX_PAUSE_S} seconds",
    )
    _require(_whole(orders.limits.free_bytes), "limits.free_bytes is a whole number of bytes")
    for line in orders.lines:
        _check_line(line)
    for peer in orders.peers:
        check_peer(peer)


def _check_line(line: Line) -> None:
    _require(
        isinstance(line.number, str) and 0 < len(line.number) <= 64,
        "a line has a number of 1 to 64 characters",
    )
    _require(
        all(isinstance(getattr(line, name), bool) for name in LINE_FLAGS),
        f"a line's {', '.join(LINE_FLAGS)} are true or false",
    )


def check_peer(peer: Peer) -> None:
    """Raises OrdersRefused for a peer that no recorder would follow."""
    _require(
        bool(re.fullmatch(r"[\w .-]{1,64}", peer.name)), "a peer has a name of 1 to 64 letters"
    )
    for network in peer.addresses:
        _check_network(network)
    _require(set(peer.transports) <= TRANSPORTS, "a peer's transports are udp, tcp and tls")
    _check_certificates(peer)
    _check_digest(peer)
    _require(peer.srtp in sdes.RULES, "a peer's srtp is required, allowed or refused")
    _require(peer.start_on in STARTS, "start_on is answered, associated, state, media or event")
    _require(
        bool(_HEADER_NAME.fullmatch(peer.state_header)),
        "state_header is the name of a SIP header, such as X-Recording-State",
    )
    _require(
        isinstance(peer.silence_s, int | float) and 1 <= peer.silence_s <= 86_400,
        "silence_s is between 1 and 86400 seconds",
    )
    _require(
        isinstance(peer.rejoin_s, int | float) and 0 <= peer.rejoin_s <= 60,
        "rejoin_s is between 0 and 60 seconds",
    )
    _require(
        isinstance(peer.refuse_code, int) and 400 <= peer.refuse_code <= 699,
        "refuse_code is a SIP status between 400 and 699",
    )
    _check_pattern(peer.agent_pattern)
    _check_agents(peer)
    fault = role_sources.fault(peer.roles_from, (*peer.customer_labels, *peer.agent_labels))
    _require(not fault, fault)
    _require(
        0 < len(peer.line_from) <= MAX_CARRIERS and set(peer.line_from) <= set(CARRIERS),
        "line_from names carriers of docs/siprec.md",
    )


def _check_agents(peer: Peer) -> None:
    _require(
        0 < len(peer.agent_from) <= len(agents.SOURCES)
        and set(peer.agent_from) <= set(agents.SOURCES),
        f"agent_from names, in their order, some of {', '.join(agents.SOURCES)}",
    )
    names = (*peer.agent_fields, *peer.agent_headers)
    _require(
        len(names) <= MAX_CARRIERS and all(_AGENT_NAME.fullmatch(each) for each in names),
        "agent_fields and agent_headers are at most 16 names of letters, digits, - and _",
    )
    _require(peer.consultations in CONSULTATIONS, "consultations is refused or followed")


def _check_certificates(peer: Peer) -> None:
    _require(
        len(peer.certificates) <= MAX_CERTIFICATES and all(map(_is_name, peer.certificates)),
        "a peer's certificates are at most 16 names in small letters, as the certificate has them, "
        "or sha256: and the 64 hexadecimals of its fingerprint",
    )
    _require(
        "tls" not in peer.transports or bool(peer.certificates),
        "a peer that may use tls lists its certificates: their names or their fingerprints",
    )


def _check_digest(peer: Peer) -> None:
    hashes = {"SHA-256": (peer.digest_sha256, 64), "MD5": (peer.digest_md5, 32)}
    _require(
        len(set(peer.digest)) == len(peer.digest) and set(peer.digest) <= set(hashes),
        "digest lists, the preferred one first, SHA-256 and, for a sender that knows no other, MD5",
    )
    _require(
        not peer.digest or bool(_USER.fullmatch(peer.digest_user)),
        "digest_user is the user that the sender signs in as: letters, digits and . _ + @ -",
    )
    for name in peer.digest:
        text, length = hashes[name]
        _require(
            bool(re.fullmatch(f"[0-9a-f]{{{length}}}", text)),
            f"a peer with digest {name} has a digest_password_file with its password",
        )


def _is_name(name: str) -> bool:
    return bool(_FINGERPRINT.fullmatch(name) or _CERTIFIED_NAME.fullmatch(name))


def _check_network(network: str) -> None:
    try:
        ip_network(network)
    except ValueError as error:
        raise OrdersRefused(
            "a peer's address is a network such as 192.0.2.7/32 or 2001:db8::/64"
        ) from error


def _check_pattern(pattern: str) -> None:
    _require(len(pattern) <= MAX_PATTERN, f"agent_pattern has at most {MAX_PATTERN} characters")
    try:
        patterns.check(pattern)
    except patterns.PatternRefused as error:
        raise OrdersRefused(f"agent_pattern cannot be used: {error}") from error


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise OrdersRefused(sentence)
