"""Signing in by another house: the way there, and the way back (authorization code with PKCE).

The session's cookie is strict and does not come along from another site, so what this sign-in must
remember rides in a signed cookie of its own, for ten minutes; and the way back ends with a page of
ours that goes on by itself, so that the next request is from our site again.
"""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from vaiti.people import signin as people_signin
from vaiti.people import sso, throttle
from vaiti.people.idtoken import Claims, TokenRefused
from vaiti.people.sso import SsoRefused
from vaiti.web.http import cookies
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.origins import address_of
from vaiti.web.http.request import Request
from vaiti.web.http.sso_client import House, ProviderAway
from vaiti.web.http.wiring import wired
from vaiti.web.staff import signin

COOKIE = "vaiti-sso"
SALT = "vaiti.web.staff.sso"
PATIENCE_S = 600
UNTOLD = timedelta(days=1)  # when the provider does not say: too long ago to change anything
RECENT = timedelta(minutes=10)  # how long ago one may have shown oneself there, when asked anew


@only("GET")
def away(request: Request, name: str) -> HttpResponseBase:
    """To the other house, with a question that only this browser can finish."""
    house = _house(name)
    again = "again" in request.GET
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    kept = {
        **{"name": name, "state": state, "nonce": nonce, "verifier": verifier, "again": again},
        "next": signin.safe(request, request.GET.get("next", "")),
    }
    try:
        door = house.door("authorization_endpoint", request.moment)
    except ProviderAway:
        return _refused(request, _closed(house))
    query = {
        "response_type": "code",
        "client_id": house.provider.client_id,
        "redirect_uri": _back_address(request, name),
        "scope": " ".join(house.provider.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if again else {}),
        **({"acr_values": " ".join(levels)} if (levels := house.provider.strong_levels) else {}),
    }
    joint = "&" if "?" in door else "?"
    response = HttpResponseRedirect(f"{door}{joint}{urlencode(query)}")
    response.set_cookie(
        cookies.named(request, COOKIE),
        signing.dumps(kept, salt=SALT),
        max_age=PATIENCE_S,
        path="/sign-in/sso/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@only("GET")
def back(request: Request, name: str) -> HttpResponseBase:
    """From the other house: its code becomes a token, the token a person, the person a session."""
    house = _house(name)
    kept = _kept(request, name)
    given = request.GET
    same = constant_time_compare(given.get("state", ""), kept["state"]) if kept else False
    if kept is None or not same or given.get("iss", house.provider.issuer) != house.provider.issuer:
        return _refused(request, _unfinished())
    counts = throttle.counts_of_address(address_of(request))
    if not throttle.reserve(counts, request.moment):
        return _refused(request, _unfinished())
    try:
        claims = _claims(request, house, kept)
        card = sso.follow(house.provider, claims, request.moment)
    except ProviderAway:
        throttle.take_back(counts)
        return _refused(request, _closed(house))
    except (TokenRefused, SsoRefused) as error:
        people_signin.log_refusal(people_signin.UNKNOWN, counts, "sso", request.moment)
        told = error if isinstance(error, SsoRefused) else None
        return _refused(request, _unfinished(str(told) if told else ""))
    throttle.take_back(counts)
    how = "sso+second" if claims.two_factors else "sso"
    shown_at = min(claims.shown_at or request.moment - UNTOLD, request.moment)
    place = signin.first_step_done(request, card, how, kept["next"], shown_at=shown_at)
    response = render(request, "sso_done.html", {"place": place})
    response.delete_cookie(cookies.named(request, COOKIE), path="/sign-in/sso/", samesite="Lax")
    return response


def _claims(request: Request, house: House, kept: dict[str, Any]) -> Claims:
    """Raises TokenRefused and ProviderAway."""
    now, code = request.moment, request.GET.get("code", "")
    if not code:
        raise TokenRefused("there is no code")
    token = house.token(code, kept["verifier"], _back_address(request, house.provider.name), now)
    claims = house.claims(token, kept["nonce"], now)
    if kept["again"] and (claims.shown_at is None or now - claims.shown_at > RECENT):
        raise TokenRefused("auth_time is not recent")
    return claims


def _house(name: str) -> House:
    for house in wired().houses:
        if house.provider.name == name:
            return house
    raise Http404


def _kept(request: Request, name: str) -> dict[str, Any] | None:
    try:
        kept = signing.loads(
            request.COOKIES.get(cookies.named(request, COOKIE), ""), salt=SALT, max_age=PATIENCE_S
        )
    except signing.BadSignature:
        return None
    return dict(kept) if kept.get("name") == name else None


def _back_address(request: Request, name: str) -> str:
    return request.build_absolute_uri(f"/sign-in/sso/{name}/back")


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _closed(house: House) -> Trouble:
    title = _("%(label)s cannot be reached right now") % {"label": house.provider.label}
    return Trouble(title, _("Try again in a minute, or sign in another way."))


def _unfinished(advice: str = "") -> Trouble:
    title = _("The company’s sign-in was not accepted")
    return Trouble(title, _(advice) if advice else _("Begin again from this page."))


def _refused(request: Request, trouble: Trouble) -> HttpResponse:
    response = signin.form(request, "", trouble=trouble)
    response.status_code = 403
    response.delete_cookie(cookies.named(request, COOKIE), path="/sign-in/sso/", samesite="Lax")
    return response
