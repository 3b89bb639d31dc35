"""The Finnish Trust Network's profile of OpenID Connect (Traficom 213/2023 S). Pure.

Requests are signed, the client proves itself with its key, and the token is signed and then
encrypted for us. Of what it says we take a name and a level: the personal identity code, whether
asked for or not, is never looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError

from vaiti.people import idtoken
from vaiti.people.idtoken import Claims, TokenRefused
from vaiti.people.own_keys import CONTENTS, OwnKeys
from vaiti.people.providers import Provider

LEVELS = ("http://ftn.ficora.fi/2017/loa2", "http://ftn.ficora.fi/2017/loa3")
TEST_LEVELS = ("http://ftn.ficora.fi/2017/loatest2", "http://ftn.ficora.fi/2017/loatest3")
"""Substantial and high; the weaker first."""

TOKEN_ENDPOINT, ISSUER = "token_endpoint", "issuer"
SIGNED_WITH = ("RS256", "PS256", "ES256")
OPENED_WITH = ("RSA-OAEP", "RSA-OAEP-256", *CONTENTS)
OLDEST = timedelta(minutes=10)  # of a token, when it comes

WHOLE_NAMES = ("urn:oid:2.16.840.1.113730.3.1.241",)
NAMES_IN_PARTS = (
    ("given_name", "family_name"),
    ("urn:oid:1.2.246.575.1.14", "urn:oid:2.5.4.4"),
)


@dataclass(frozen=True, slots=True)
class Network:
    """How we stand there. `service` is what people are told who asks, by language. `audience` says
    to whom we prove ourselves: its token endpoint or its issuer. With `keys_at` its keys come
    from that address, signed with a key of `vouching` (a JSON Web Key Set)."""

    own: OwnKeys = field(repr=False)
    service: Mapping[str, str]
    audience: str = TOKEN_ENDPOINT
    keys_at: str = ""
    vouching: Mapping[str, Any] = field(default_factory=dict)

    def service_in(self, language: str) -> str:
        return self.service.get(language) or next(iter(self.service.values()))


def enough(asked: tuple[str, ...], test: bool) -> tuple[str, ...]:
    """The levels that suffice: those asked for, and what is stronger."""
    known = TEST_LEVELS if test else LEVELS
    lowest = min((known.index(one) for one in asked), default=0)
    return known[lowest:]


def check(
    token: str,
    keys: Mapping[str, Any],
    provider: Provider,
    nonce: str,
    now: datetime,
    *,
    own: OwnKeys,
) -> Claims:
    """What a token says that was encrypted for us, signed by the provider, now and for this very
    sign-in. Raises TokenRefused."""
    inside = opened(token, own)
    said = idtoken.verified(inside, keys, provider, nonce, now, algorithms=SIGNED_WITH)
    issued = idtoken.moment(said, "iat")
    if issued is None or issued + OLDEST <= now:
        raise TokenRefused("iat is too long ago")
    level, name = idtoken.text(said, "acr"), _name(said, provider.name_claim)
    if not level:
        raise TokenRefused("acr is missing: how strong the sign-in was")
    if not name:
        raise TokenRefused("there is no name")
    shown_at = idtoken.moment(said, "auth_time")
    return Claims(said["sub"], "", name, frozenset(), True, shown_at, level)


def opened(token: str, own: OwnKeys) -> str:
    """The signed token inside. Each of our keys is tried: some providers name them their own way.

    Raises TokenRefused.
    """
    if len(token) > idtoken.MAX_TOKEN or not token.isascii():
        raise TokenRefused("the token is too long or no text")
    if token.count(".") != 4:
        raise TokenRefused("the token is not encrypted")
    registry = jwe.JWERegistry(algorithms=OPENED_WITH, strict_check_header=False)
    for key in own.opening:
        try:
            inside = jwe.decrypt_compact(token, key, registry=registry).plaintext
            return inside.decode("ascii") if inside else ""
        except (JoseError, *idtoken.MALFORMED):
            continue
    raise TokenRefused("the token is not encrypted for a key of ours")


def vouched_keys(text: str, network: Network, now: datetime) -> dict[str, Any]:
    """The key set of a provider that signs it, checked with the key that we have from it by another
    way. Raises TokenRefused."""
    said = idtoken.signed_claims(text, network.vouching, SIGNED_WITH)
    if not said.get("iss") or said["iss"] != said.get("sub"):
        raise TokenRefused("the key set is not one's own: iss and sub differ")
    idtoken.check_times(said, now)
    if not isinstance(said.get("keys"), list):
        raise TokenRefused("the key set has no keys")
    return {"keys": said["keys"]}


def _name(said: Mapping[str, Any], claim: str) -> str:
    for one in (claim, *WHOLE_NAMES):
        if whole := idtoken.text(said, one).strip():
            return whole
    for parts in NAMES_IN_PARTS:
        found = [idtoken.text(said, one).strip() for one in parts]
        if all(found):
            return " ".join(found)
    return ""
