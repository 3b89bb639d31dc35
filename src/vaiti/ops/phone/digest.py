"""The phone proves its password when it is asked to (RFC 7616)."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from vaiti.ops.phone.messages import Received

KINDS = {"SHA-256": "sha256", "MD5": "md5"}


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: str = field(repr=False)


def proof(response: Received, method: str, uri: str, login: Login) -> str:
    """The Authorization for a 401, by the first way on offer that the phone knows; "" if none."""
    for line in response.all("www-authenticate"):
        asked = dict(re.findall(r'(\w+)="?([^",]*)"?', line.partition(" ")[2]))
        kind = KINDS.get(asked.get("algorithm", "MD5"))
        if kind and asked.get("qop") == "auth":
            return line_for(asked, kind, f"{method}:{uri}", login)
    return ""


def line_for(asked: dict[str, str], kind: str, request: str, login: Login) -> str:
    def hashed(*words: str) -> str:
        return hashlib.new(kind, ":".join(words).encode()).hexdigest()

    ours, uri = secrets.token_hex(8), request.partition(":")[2]
    whose = hashed(login.user, asked["realm"], login.password)
    response = hashed(whose, asked["nonce"], "00000001", ours, "auth", hashed(request))
    return (
        f'Digest username="{login.user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm={asked.get("algorithm", "MD5")}, '
        f'cnonce="{ours}", qop=auth, nc=00000001'
    )
