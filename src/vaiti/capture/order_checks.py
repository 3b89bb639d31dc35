"""Whether orders can be followed at all: each fault is a sentence that says what to change."""

import re
from ipaddress import ip_network

from vaiti.capture import agents, patterns, role_sources, sdes
from vaiti.capture.orders import (
    CARRIERS,
    CONSULTATIONS,
    LINE_FLAGS,
    MAX_LINES,
    MAX_PEERS,
    STARTS,
    TRANSPORTS,
    Line,
    Orders,
    OrdersRefused,
    Peer,
)

MAX_CARRIERS = 16
MAX_PAUSE_S = 3600  # seconds
MAX_PATTERN = 256  # characters of a regular expression
MAX_CERTIFICATES = 16  # of one peer

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{0,64}")
_AGENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_USER = re.compile(r"[A-Za-z0-9._+@-]{1,64}")
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_CERTIFIED_NAME = re.compile(r"(?:sips?:)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def check_orders(orders: Orders) -> None:
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
