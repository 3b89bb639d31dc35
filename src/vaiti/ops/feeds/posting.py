"""Posts to a receiver over TLS, to the very address that was looked at, and to no private one.

No proxy of the environment is used, no redirect is followed, and of the answer's body no more is
read than was asked for.
"""

import http.client
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

PATIENCE_S: Final = 10.0  # for each step
LONGEST_S: Final = 30.0  # for all of it, however slowly a receiver answers
MOST_READ: Final = 1 << 14  # bytes of an answer
Address = IPv4Address | IPv6Address


class PostFailed(Exception):
    """Nobody took it; `code` says why, in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind` is the content type; `text` is empty where nobody asked for it."""

    status: int
    kind: str = ""
    text: str = ""


def post(
    address: str, body: bytes, headers: Mapping[str, str], private: Iterable[str], authority: str
) -> int:
    """The status of the answer. Raises PostFailed."""
    return _posted(address, body, headers, private, authority).status


def asked(
    address: str, body: bytes, headers: Mapping[str, str], private: Iterable[str], authority: str
) -> Answer:
    """What is answered, up to a bound. Raises PostFailed."""
    return _posted(address, body, headers, private, authority, MOST_READ)


def _posted(  # noqa: PLR0917 - the five that `post` takes, and how much is read
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    private: Iterable[str],
    authority: str,
    most: int = 0,
) -> Answer:
    parts = urlsplit(address)
    host, port = str(parts.hostname), parts.port or 443
    try:
        context = ssl.create_default_context(cafile=authority or None)
        raw = _connected(_found(host, port, tuple(private)), port)
        with context.wrap_socket(raw, server_hostname=host) as secure, _for_a_time(secure):
            wire = http.client.HTTPSConnection(host, port)
            wire.sock = secure
            wire.request("POST", _path(parts.path, parts.query), body, dict(headers))
            return _answer(wire, most)
    except (OSError, http.client.HTTPException) as error:
        raise PostFailed(type(error).__name__) from error


def allowed(address: Address, private: Iterable[str]) -> bool:
    """Whether a receiver may be there: on the public network, or in one that is listed. Pure."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    meant = mapped or address
    if any(meant in ip_network(network) for network in private):
        return True
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _found(host: str, port: int, private: tuple[str, ...]) -> list[Address]:
    """Where the name leads. One address that is not allowed is enough to refuse the name."""
    told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found = [ip_address(str(one[4][0]).partition("%")[0]) for one in told]
    if not all(allowed(one, private) for one in found):
        raise PostFailed("private_address")
    return found


def _connected(found: list[Address], port: int) -> socket.socket:
    """The first of them that answers. Raises OSError."""
    failure: OSError = ConnectionRefusedError()
    for one in found:
        try:
            return socket.create_connection((str(one), port), PATIENCE_S)
        except OSError as error:
            failure = error
    raise failure


@contextmanager
def _for_a_time(secure: ssl.SSLSocket) -> Iterator[None]:
    enough = Timer(LONGEST_S, secure.shutdown, (socket.SHUT_RDWR,))
    enough.daemon = True
    enough.start()
    try:
        yield
    finally:
        enough.cancel()


def _answer(wire: http.client.HTTPSConnection, most: int) -> Answer:
    answer = wire.getresponse()
    if not most:
        return Answer(answer.status)
    kind = answer.headers.get_content_type()
    return Answer(answer.status, kind, answer.read(most).decode("utf-8", "replace"))


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")
