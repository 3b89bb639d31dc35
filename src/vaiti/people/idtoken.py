"""Whether an id_token is what it claims to be (OpenID Connect Core, section 3.1.3.7). Pure."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from vaiti.people.providers import Provider

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519")
"""Signatures with a public key only: neither `none` nor a shared secret is ever taken."""

LEEWAY = timedelta(seconds=60)  # that two clocks may differ
MAX_TOKEN = 64_000  # characters
MAX_SUBJECT = 255
LEAST_RSA = 342  # characters of a modulus of 2048 bits, as a key set writes it

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What a reader of JSON and base64 stumbles over, besides the errors that it has for it."""


class TokenRefused(ValueError):
    """The token proves nothing; the text names the claim, never its value."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says of a person. `groups` is None where it says that it left them out;
    `level` is how strongly the person signed in, in its own words."""

    subject: str = field(repr=False)
    login: str = field(repr=False)
    name: str = field(repr=False)
    groups: frozenset[str] | None
    two_factors: bool
    shown_at: datetime | None
    level: str = ""


def check(
    token: str, keys: Mapping[str, Any], provider: Provider, nonce: str, now: datetime
) -> Claims:
    """The claims of a token that this provider signed for us, now and for this very sign-in.

    `keys` is the provider's JSON Web Key Set. Raises TokenRefused.
    """
    claims = verified(token, keys, provider, nonce, now, algorithms=ALGORITHMS)
    return _claims(claims, claims["sub"], provider)


def verified(
    token: str,
    keys: Mapping[str, Any],
    provider: Provider,
    nonce: str,
    now: datetime,
    *,
    algorithms: Sequence[str],
) -> Mapping[str, Any]:
    """All that such a token says. `iss`, `sub`, `iat` and `exp` are as the standard has them.

    Raises TokenRefused.
    """
    claims = signed_claims(token, keys, algorithms)
    if claims.get("iss") != provider.issuer:
        raise TokenRefused("iss is not the issuer of the settings")
    _check_audience(claims, provider.client_id)
    check_times(claims, now)
    told = str(claims.get("nonce", "")).encode(errors="replace")
    if not hmac.compare_digest(told, nonce.encode()):
        raise TokenRefused("nonce is not that of this sign-in")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise TokenRefused("sub is missing or too long")
    if not subject.isprintable():
        raise TokenRefused("sub has characters that no name of an account has")
    return claims


def signed_claims(
    token: str, keys: Mapping[str, Any], algorithms: Sequence[str]
) -> Mapping[str, Any]:
    """What was signed with one of `keys`. Raises TokenRefused."""
    if len(token) > MAX_TOKEN:
        raise TokenRefused("the token is too long")
    if token.count(".") != 2:
        raise TokenRefused("the token is not signed")
    try:
        return jwt.decode(token, KeySet.import_key_set(_signing(keys)), list(algorithms)).claims
    except (JoseError, *MALFORMED) as error:
        raise TokenRefused("the signature is not right") from error


def _signing(keys: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the library's own type of JSON
    """The keys that may sign: one for encryption would make the whole set unfit for this, and so
    would one that is too short."""
    found = [one for one in keys.get("keys", []) if one.get("use", "sig") == "sig"]
    return {"keys": [one for one in found if _strong(one)]}


def _strong(key: Mapping[str, Any]) -> bool:
    kind = key.get("kty")
    return kind in ("EC", "OKP") or (kind == "RSA" and len(key.get("n", "")) >= LEAST_RSA)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    named = claims.get("aud")
    audience = [named] if isinstance(named, str) else named
    if not isinstance(audience, list) or client_id not in audience:
        raise TokenRefused("aud is not this client")
    if (len(audience) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise TokenRefused("azp is not this client")


def check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Raises TokenRefused for what is over or has not begun."""
    issued, ends = moment(claims, "iat"), moment(claims, "exp")
    if issued is None or ends is None:
        raise TokenRefused("iat or exp is missing")
    if ends + LEEWAY <= now:
        raise TokenRefused("exp is past")
    if issued - LEEWAY > now:
        raise TokenRefused("iat is in the future; compare the two clocks")


def moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    """A claim that is a time, or None."""
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1 << 36:
        return None
    return datetime.fromtimestamp(value, UTC)


def _claims(claims: Mapping[str, Any], subject: str, provider: Provider) -> Claims:
    methods = claims.get("amr")
    shown = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    level = _level(claims)
    return Claims(
        subject=subject,
        login=text(claims, provider.login_claim).casefold(),
        name=text(claims, provider.name_claim),
        groups=_groups(claims, provider.groups_claim),
        two_factors=bool(shown & set(provider.two_factors)) or level in provider.strong_levels,
        shown_at=moment(claims, "auth_time"),
        level=level,
    )


def _level(claims: Mapping[str, Any]) -> str:
    """The standard wants a text; some providers number their levels and write numbers."""
    value = claims.get("acr")
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else text(claims, "acr")


def text(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is a text, or nothing; a space for what no database can store."""
    value = claims.get(name)
    kept = value if isinstance(value, str) else ""
    return "".join(one if one.isprintable() else " " for one in kept)


def _groups(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """The ids of the groups. A provider that found them too many names another place instead, or
    says only that there are some; one that has a single group may write it without a list.
    """
    elsewhere = claims.get("_claim_names")
    if (isinstance(elsewhere, dict) and name in elsewhere) or claims.get("hasgroups"):
        return None
    value = _within(claims, name)
    found = [value] if isinstance(value, str) else value
    named = found if isinstance(found, list) else []
    return frozenset(one for one in named if isinstance(one, str))


def _within(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    """A claim of this name, or one inside others: Keycloak has `realm_access.roles`."""
    if name in claims:
        return claims[name]
    first, _dot, rest = name.partition(".")
    inner = claims.get(first)
    return _within(inner, rest) if rest and isinstance(inner, dict) else None
