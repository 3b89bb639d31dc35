"""Where the worker tells others: each [[webhook]], and [audit_feed]. What is wrong with them."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from vaiti.ops.sections.reading import read_address

DO_NOT_CALL = "call.do_not_call"
EVENTS = ("call.kept", "call.destroyed", "alarm.raised", "access.alert", DO_NOT_CALL)
FORMATS = ("json", "syslog")
LEAST_SECRET = 24  # characters
MOST_SECRETS = 2  # the second while one is being changed


@dataclass(frozen=True)
class Webhook:
    """`address` is https. `private` are networks that are not public and yet meant; `authority`
    is a PEM file where the receiver's certificate is from an authority of one's own."""

    name: str
    address: str
    secret_file: str
    events: tuple[str, ...] = EVENTS
    private: tuple[str, ...] = ()
    authority: str = ""


@dataclass(frozen=True)
class AuditFeed:
    """`to` is tls://host:port, tcp://host:port or a file's name; empty: nobody is told."""

    to: str = ""
    format: str = "json"
    authority: str = ""


def feeds_fault(webhooks: tuple[Webhook, ...], feed: AuditFeed, secrets: Path) -> str:
    """A sentence that says what to change, "" when all is well."""
    names = [one.name for one in webhooks]
    for one in webhooks:
        if names.count(one.name) > 1:
            return f"the [[webhook]] {one.name} is there twice; give each a name of its own"
        if fault := webhook_fault(one, secrets):
            return f"the [[webhook]] {one.name}: {fault}"
    return feed_fault(feed)


def webhook_fault(one: Webhook, secrets: Path) -> str:
    """A sentence that says what to change, "" when all is well."""
    parts = read_address(one.address)
    if not re.fullmatch(r"[a-z0-9-]{1,40}", one.name):
        return "its name is of small letters, digits and -, at most 40"
    if parts is None or parts.scheme != "https" or parts.username or parts.fragment:
        return "its address begins with https:// and holds no user and no fragment"
    if not one.events or not set(one.events) <= set(EVENTS):
        return f"its events are among {', '.join(EVENTS)}"
    return networks_fault(one.private) or _secret_fault(secrets / one.secret_file)


def networks_fault(private: tuple[str, ...]) -> str:
    for network in private:
        try:
            ip_network(network)
        except ValueError:
            return "private lists networks, such as 10.0.0.0/24"
    return ""


def secrets_in(path: Path) -> list[str]:
    """A line each. Raises OSError and UnicodeDecodeError."""
    lines = (one.strip() for one in path.read_text(encoding="utf-8").splitlines())
    return [one for one in lines if one]


def _secret_fault(path: Path) -> str:
    try:
        open_to_others = path.stat().st_mode & 0o077
        secrets = secrets_in(path)
    except (OSError, UnicodeDecodeError):
        return f"there is no file {path.name} in secrets/; write a long random text into it"
    if open_to_others:
        return f"others can read secrets/{path.name}; give it the mode 0600"
    if not 1 <= len(secrets) <= MOST_SECRETS:
        return f"secrets/{path.name} holds one secret, or the new one and the old one, a line each"
    if min(map(len, secrets)) < LEAST_SECRET:
        return f"a secret in secrets/{path.name} has at least {LEAST_SECRET} characters"
    return ""


def feed_fault(feed: AuditFeed) -> str:
    if feed.format not in FORMATS:
        return "format in [audit_feed] is json or syslog"
    if not feed.to or "://" not in feed.to:
        return ""
    parts = read_address(feed.to)
    if parts is None or parts.scheme not in ("tls", "tcp") or not parts.port:
        return "to in [audit_feed] is tls://host:port, tcp://host:port or the name of a file"
    if parts.scheme == "tcp" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        return (
            "to in [audit_feed] would send the log over the network in clear text; write tls://, "
            "or tcp:// for a collector on this machine"
        )
    return ""
