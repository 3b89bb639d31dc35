"""What we sign for another house: a request, who we are, and which keys are ours. Pure.

RFC 9101 (request objects), RFC 7523 (private_key_jwt), OpenID Federation (statements of keys).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt

from vaiti.people.own_keys import KEY_WRAP, Key, OwnKeys

REQUEST_LASTS = timedelta(minutes=5)
ASSERTION_LASTS = timedelta(minutes=1)
STATEMENT_LASTS = timedelta(hours=25)
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def request_object(
    own: OwnKeys, asked: Mapping[str, str], issuer: str, once: str, now: datetime
) -> str:
    """What is asked of the house at `issuer`, signed, good for five minutes; `once` is random."""
    client = asked["client_id"]
    claims = {**asked, "iss": client, "aud": issuer, **_times(now, REQUEST_LASTS), "jti": once}
    return _signed(own.signing[0], own.signature, "oauth-authz-req+jwt", claims)


def assertion(own: OwnKeys, client: str, audience: str, once: str, now: datetime) -> str:
    """Who asks, instead of a secret, good for a minute and one use."""
    claims = {"iss": client, "sub": client, "aud": audience, "jti": once}
    return _signed(own.signing[0], own.signature, "JWT", {**claims, **_times(now, ASSERTION_LASTS)})


def signed_keys(own: OwnKeys, us: str, now: datetime) -> str:
    """Our key set, vouched for by the key that the other house has from us by another way.

    Raises LookupError without such a key.
    """
    return _vouched(own, "jwk-set+jwt", us, own.shown(), now)


def statement(own: OwnKeys, us: str, client: Mapping[str, Any], now: datetime) -> str:
    """What this client is and where its keys are (`/.well-known/openid-federation`).

    Raises LookupError without a key that vouches.
    """
    if own.vouching is None:
        raise LookupError("no key vouches for ours")
    says = {
        "jwks": {"keys": [own.vouching.as_dict(private=False)]},
        "metadata": {"openid_relying_party": dict(client)},
    }
    return _vouched(own, "entity-statement+jwt", us, says, now)


def registration(own: OwnKeys, us: str, back: str, service: Mapping[str, str]) -> dict[str, Any]:
    """What a provider wants to know of a client (OpenID Connect Registration), without keys."""
    named = {f"client_name#{language}": name for language, name in sorted(service.items())}
    return {
        **named,
        "application_type": "web",
        "client_uri": us,
        "redirect_uris": [back],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": own.signature,
        "request_object_signing_alg": own.signature,
        "require_signed_request_object": True,
        "id_token_signed_response_alg": "RS256",
        "id_token_encrypted_response_alg": KEY_WRAP,
        "id_token_encrypted_response_enc": own.content,
    }


def _vouched(own: OwnKeys, kind: str, us: str, says: Mapping[str, Any], now: datetime) -> str:
    if own.vouching is None:
        raise LookupError("no key vouches for ours")
    claims = {**says, "iss": us, "sub": us, **_times(now, STATEMENT_LASTS)}
    return _signed(own.vouching, "RS256", kind, claims)


def _times(now: datetime, lasts: timedelta) -> dict[str, int]:
    """No `nbf`: a clock behind ours, or a strict reader, would refuse what is new."""
    at = int(now.timestamp())
    return {"iat": at, "exp": at + int(lasts.total_seconds())}


def _signed(key: Key, algorithm: str, kind: str, claims: dict[str, Any]) -> str:
    header = {"alg": algorithm, "kid": key.kid, "typ": kind}
    return jwt.encode(header, claims, key, [algorithm])
