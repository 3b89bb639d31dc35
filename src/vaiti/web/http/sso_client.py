"""Asks another house over HTTPS: where its doors are, its keys, and a token for a code.

What it says is kept for an hour; a key that is not known yet is asked for once a minute at most.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from vaiti.people import idtoken, signed_asking, trust_network
from vaiti.people.idtoken import Claims, TokenRefused
from vaiti.people.providers import Provider
from vaiti.people.trust_network import Network

PATIENCE_S = 10
MOST_BYTES = 1 << 20
KEPT = timedelta(hours=1)
ASKED_AGAIN = timedelta(minutes=1)


class ProviderAway(Exception):
    """The provider does not answer, or not as it should."""


class _NoRedirects(HTTPRedirectHandler):
    """A door that has moved is not followed: the settings name the issuer."""

    def redirect_request(self, *_given: object) -> None:
        return None


_OPENER = build_opener(_NoRedirects, ProxyHandler({}))


@dataclass(slots=True)
class House:
    """One provider, with our secret there and what it last said of itself.

    One of the Finnish Trust Network has no secret of ours: what we ask is signed with our keys.
    """

    provider: Provider
    secret: str = field(repr=False)
    network: Network | None = None
    _said: dict[str, Any] = field(default_factory=dict, repr=False)
    _keys: dict[str, Any] = field(default_factory=dict, repr=False)
    _said_at: datetime | None = None
    _keys_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def door(self, name: str, now: datetime) -> str:
        """An address of its discovery document. Raises ProviderAway."""
        with self._lock:
            if self._said_at is None or now - self._said_at > KEPT:
                issuer = self.provider.issuer
                said = _fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
                if said.get("issuer") != issuer:
                    raise ProviderAway("it names another issuer than the settings do")
                self._said, self._said_at = said, now
            address = self._said.get(name)
        if not isinstance(address, str) or urlsplit(address).scheme not in _schemes(self.provider):
            raise ProviderAway(f"it names no {name}")
        return address

    def asking(self, asked: Mapping[str, str], now: datetime) -> dict[str, str]:
        """What the browser carries to the other house: where it wants that, signed and as one."""
        if self.network is None:
            return dict(asked)
        issuer, once = self.provider.issuer, secrets.token_urlsafe(24)
        signed = signed_asking.request_object(self.network.own, asked, issuer, once, now)
        beside = ("client_id", "response_type", "scope", "redirect_uri")
        return {**{name: asked[name] for name in beside}, "request": signed}

    def claims(self, token: str, nonce: str, now: datetime) -> Claims:
        """The checked claims of an id_token; fresh keys are fetched when the known ones do not fit.

        Raises TokenRefused and ProviderAway.
        """
        try:
            return self._checked(token, self._key_set(now, KEPT), nonce, now)
        except TokenRefused:
            known = self._keys
            keys = self._key_set(now, ASKED_AGAIN)
            if keys is known:
                raise
            return self._checked(token, keys, nonce, now)

    def _checked(self, token: str, keys: dict[str, Any], nonce: str, now: datetime) -> Claims:
        if self.network is None:
            return idtoken.check(token, keys, self.provider, nonce, now)
        own = self.network.own
        return trust_network.check(token, keys, self.provider, nonce, now, own=own)

    def _key_set(self, now: datetime, age: timedelta) -> dict[str, Any]:
        vouched = self.network if self.network and self.network.keys_at else None
        address = vouched.keys_at if vouched else self.door("jwks_uri", now)
        with self._lock:
            if self._keys_at is None or now - self._keys_at >= age:
                self._keys = _vouched(address, vouched, now) if vouched else _fetch(address)
                self._keys_at = now
            return self._keys

    def token(self, code: str, verifier: str, back: str, now: datetime) -> str:
        """The id_token for a code. Raises ProviderAway."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": self.provider.client_id,
        }
        address = self.door("token_endpoint", now)
        headers = {}
        ways = self._said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if self.network is not None:
            form |= self._proof(self.network, address, now)
        elif "client_secret_basic" in ways:
            pair = f"{quote(self.provider.client_id, safe='')}:{quote(self.secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_secret"] = self.secret
        token = _fetch(address, urlencode(form).encode(), headers).get("id_token")
        if not isinstance(token, str):
            raise ProviderAway("its answer has no id_token")
        return token

    def _proof(self, network: Network, address: str, now: datetime) -> dict[str, str]:
        """That it is us, by private_key_jwt."""
        to_issuer = network.audience == trust_network.ISSUER
        audience = self.provider.issuer if to_issuer else address
        client, once = self.provider.client_id, secrets.token_urlsafe(24)
        signed = signed_asking.assertion(network.own, client, audience, once, now)
        return {"client_assertion_type": signed_asking.BEARER, "client_assertion": signed}


def _schemes(provider: Provider) -> set[str]:
    """Plain HTTP is for an issuer on this machine only."""
    return {"https", urlsplit(provider.issuer).scheme}


def _vouched(address: str, network: Network, now: datetime) -> dict[str, Any]:
    text = _answer(Request(address, headers={"Accept": "application/jwk-set+jwt, */*"}))
    try:
        return trust_network.vouched_keys(text.decode("ascii").strip(), network, now)
    except (TokenRefused, UnicodeDecodeError) as error:
        raise ProviderAway("its keys are not signed as they should be") from error


def _fetch(
    address: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    given = {"Accept": "application/json", **(headers or {})}
    try:
        read = json.loads(_answer(Request(address, body, given)))
    except (ValueError, RecursionError) as error:
        raise ProviderAway("it does not answer as it should") from error
    if not isinstance(read, dict):
        raise ProviderAway("its answer is not an object")
    return read


def _answer(request: Request) -> bytes:
    try:
        with _OPENER.open(request, timeout=PATIENCE_S) as answer:
            text: bytes = answer.read(MOST_BYTES + 1)
    except (URLError, OSError, ValueError, HTTPException) as error:
        raise ProviderAway("it does not answer as it should") from error
    if len(text) > MOST_BYTES:
        raise ProviderAway("its answer is too long")
    return text
