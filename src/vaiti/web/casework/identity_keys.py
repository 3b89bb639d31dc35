"""Our keys, for a provider of strong identification that fetches them: public halves only."""

import json

from django.http import Http404, HttpResponse, HttpResponseBase

from vaiti.people import signed_asking
from vaiti.people.trust_network import Network
from vaiti.web.casework.identity import BACK, PLACE
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired

KEYS, SIGNED_KEYS = f"{PLACE}keys", f"{PLACE}keys.jwt"


@only("GET")
def keys(request: Request) -> HttpResponseBase:
    text = json.dumps(_network().own.shown())
    return HttpResponse(text, content_type="application/jwk-set+json")


@only("GET")
def signed_keys(request: Request) -> HttpResponseBase:
    text = signed_asking.signed_keys(_vouched().own, _us(request), request.moment)
    return HttpResponse(text, content_type="application/jwk-set+jwt")


@only("GET")
def statement(request: Request) -> HttpResponseBase:
    """At the address that OpenID Federation has for it."""
    network, us = _vouched(), _us(request)
    client = {
        **signed_asking.registration(network.own, us, f"{us}{BACK}", network.service),
        "jwks_uri": f"{us}{KEYS}",
        "signed_jwks_uri": f"{us}{SIGNED_KEYS}",
        "client_registration_types": [],
    }
    text = signed_asking.statement(network.own, us, client, request.moment)
    return HttpResponse(text, content_type="application/entity-statement+jwt")


def _network() -> Network:
    strong = wired().strong
    if strong is None or strong.network is None:
        raise Http404
    return strong.network


def _vouched() -> Network:
    if (found := _network()).own.vouching is None:
        raise Http404
    return found


def _us(request: Request) -> str:
    return request.build_absolute_uri("/").rstrip("/")
