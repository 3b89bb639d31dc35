"""Where the register's rows are, and that nobody reads them on the way there."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlparse

SCHEMES = ("postgresql", "postgres")
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""What libpq may be told of TLS in a URI."""


@dataclass(frozen=True)
class Database:
    """`url` is a libpq URI of a PostgreSQL server; empty for SQLite in the data folder."""

    url: str = ""


def database_fault(uri: str) -> str | None:
    """A sentence that says what to change, or None: rows and passwords cross no network in clear,
    and go to nobody but the server that its certificate names."""
    if uri and not is_address(uri):
        return "url is postgresql://user@host:port/name, or empty for SQLite in the data folder"
    if not uri or on_this_machine(uri):
        return None
    if told_of_tls(uri).get("sslmode") == "verify-full":
        return None
    return (
        "the server is another machine, so write ?sslmode=verify-full at the end of its url, and "
        "&sslrootcert=FILE with the authority of its certificate (or sslrootcert=system)"
    )


def is_address(uri: str) -> bool:
    """A server of this machine may be without a host."""
    try:
        parts = urlparse(uri)
        return parts.scheme in SCHEMES and parts.port != 0
    except ValueError:  # of a host or a port that is none
        return False


def on_this_machine(uri: str) -> bool:
    parts = urlparse(uri)
    host = unquote(dict(parse_qsl(parts.query)).get("host", parts.hostname or ""))
    if not host or host.startswith(("/", "@")):
        return True  # a socket of this machine
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def told_of_tls(uri: str) -> dict[str, str]:
    """Of the URI's parameters those about TLS."""
    return {key: value for key, value in parse_qsl(urlparse(uri).query) if key in TLS}
