"""Digest authentication from the answering side (RFC 3261 section 22, RFC 7616, RFC 8760). Pure.

Nothing is remembered of anybody who has not proven the password: a nonce holds the time at which it
was made, signed by us. Of who has, the highest count of each living nonce is, so that no request is
taken a second time.
"""

import hashlib
import hmac
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from vaiti.capture.sip.message import Request

REALM = "vaiti"
NONCE_S = 60.0
MAX_NONCES = 16_384  # living and proven; a further one is answered with a new challenge
MAX_CREDENTIALS = 8  # headers of one request that are looked at

_PARAMETER = re.compile(r'([A-Za-z0-9_-]{1,32})\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)')
_ESCAPED = re.compile(r"\\(.)")


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ALGORITHMS: Mapping[str, Callable[[bytes], str]] = {"SHA-256": _sha256, "MD5": _md5}


def password_hash(algorithm: str, user: str, password: str) -> str:
    """What the answering side has to know instead of the password (RFC 7616 section 3.4.2)."""
    return ALGORITHMS[algorithm](f"{user}:{REALM}:{password}".encode())


@dataclass(frozen=True, slots=True)
class Login:
    """Who may speak: `hashes` of the password by algorithm, the preferred one first."""

    user: str
    hashes: Mapping[str, str] = field(repr=False)


class Outcome(Enum):
    """MISSING: no credentials for us. STALE: right, but the nonce is no good (any more)."""

    PROVEN = auto()
    MISSING = auto()
    STALE = auto()
    WRONG = auto()


class Nonces:
    """Makes nonces and says whether one is good for a request. `secret` is at most 64 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._counts: dict[str, int] = {}
        self._serials = itertools.count()

    def __len__(self) -> int:
        return len(self._counts)

    def fresh(self, whom: str, now: float) -> str:
        made = f"{int(now * 1000):x}-{next(self._serials):x}"
        return f"{made}.{self._mark(made, whom)}"

    def spend(self, nonce: str, whom: str, count: int, now: float) -> bool:
        """Whether the nonce is ours, made for `whom`, alive, and not counted so far before."""
        made, _, mark = nonce.partition(".")
        if not hmac.compare_digest(_encode(mark), self._mark(made, whom).encode()):
            return False
        if not 0 <= now - _made_at(nonce) < NONCE_S or count <= self._counts.get(nonce, 0):
            return False
        if nonce not in self._counts:
            self._forget_dead(now)
            if len(self._counts) >= MAX_NONCES:
                return False
        self._counts[nonce] = count
        return True

    def _forget_dead(self, now: float) -> None:
        """They stand in the order in which they were first used, so nearly in that of their age."""
        dead = []
        for nonce in self._counts:
            if now - _made_at(nonce) < NONCE_S:
                break
            dead.append(nonce)
        for nonce in dead:
            del self._counts[nonce]

    def _mark(self, made: str, whom: str) -> str:
        text = _encode(f"{made} {whom}")
        return hashlib.blake2s(text, key=self._secret[:32], digest_size=16).hexdigest()


def _made_at(nonce: str) -> float:
    """Of a nonce that is ours."""
    return int(nonce.partition("-")[0], 16) / 1000


def judge(request: Request, login: Login, nonces: Nonces, whom: str, now: float) -> Outcome:
    """What the credentials of a request are worth; `whom` is the name of the peer it is from."""
    found = [
        fields
        for value in request.headers.all("Authorization")[:MAX_CREDENTIALS]
        if (fields := credentials(value)).get("realm") == REALM
    ]
    if not found:
        return Outcome.MISSING
    right = next((each for each in found if _right(request.method, login, each)), None)
    if right is None:
        return Outcome.WRONG
    count = int(right["nc"], 16) if "qop" in right else 1
    return Outcome.PROVEN if nonces.spend(right["nonce"], whom, count, now) else Outcome.STALE


def challenges(login: Login, nonce: str, *, stale: bool) -> tuple[tuple[str, str], ...]:
    """One header for each algorithm, the preferred one first (RFC 8760 section 2.3)."""
    end = ", stale=true" if stale else ""
    return tuple(
        (
            "WWW-Authenticate",
            f'Digest realm="{REALM}", nonce="{nonce}", algorithm={each}, qop="auth"{end}',
        )
        for each in login.hashes
    )


def credentials(value: str) -> dict[str, str]:
    """The parameters of an Authorization header, names in small letters; {} if it is no digest."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    return {match[1].lower(): _bare(match[2]) for match in _PARAMETER.finditer(rest)}


def _bare(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text


def _right(method: str, login: Login, said: Mapping[str, str]) -> bool:
    """Whether the response fits. Without `qop` it is made as RFC 2069 had it; some senders do."""
    algorithm = said.get("algorithm", "MD5").upper()
    known, response = login.hashes.get(algorithm), said.get("response", "").lower()
    if known is None or said.get("username") != login.user or "nonce" not in said:
        return False
    digest = ALGORITHMS[algorithm]
    asked = digest(_encode(f"{method}:{said.get('uri', '')}"))
    if "qop" not in said:
        expected = digest(_encode(f"{known}:{said['nonce']}:{asked}"))
    elif said["qop"].lower() == "auth" and re.fullmatch("[0-9A-Fa-f]{1,8}", said.get("nc", "")):
        middle = f"{said['nonce']}:{said['nc']}:{said.get('cnonce', '')}:{said['qop']}"
        expected = digest(_encode(f"{known}:{middle}:{asked}"))
    else:
        return False
    return hmac.compare_digest(_encode(expected), _encode(response))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
