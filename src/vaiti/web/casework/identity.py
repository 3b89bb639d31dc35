"""Showing who one is, for one's own request, by a strong sign-in elsewhere (OpenID Connect).

As for the sign-in of staff (web.sso), what must be remembered rides in a signed cookie of its own,
because the session's does not come along from another site.
"""

import secrets
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from vaiti.people.idtoken import Claims, TokenRefused
from vaiti.rights import identifying
from vaiti.rights.errors import CaseRefused
from vaiti.rights.identifying import Shown
from vaiti.web.casework import own_visit
from vaiti.web.casework.own_case import HERE
from vaiti.web.http import cookies, errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.origins import address_of
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import Request
from vaiti.web.http.sso_client import House, ProviderAway
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.staff.sso import PATIENCE_S, challenge
from vaiti.web.wording import case_words

COOKIE = "vaiti-identity"
SALT = "vaiti.web.casework.identity"
PLACE = "/rights/identity/"
BACK = f"{PLACE}back"
TRIED = Pace(30, 900)


@only("GET")
def away(request: Request) -> HttpResponseBase:
    """To the other house, for the case that is open in this browser."""
    house, own = _house(), own_visit.current(request)
    if own is None:
        return HttpResponseRedirect("/rights/status")
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    try:
        door = house.door("authorization_endpoint", request.moment)
        identifying.begun(own.card.id, state)
    except ProviderAway as error:
        return _away(request, house, own.card.id, error)
    except CaseRefused as error:
        return _refused(request, case_words.refused(error.code))
    asked = _asked(house, request) | {
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in door else "?"
    query = urlencode(house.asking(asked, request.moment))
    response = HttpResponseRedirect(f"{door}{joint}{query}")
    kept = {"case": own.card.id.hex, "state": state, "nonce": nonce, "verifier": verifier}
    response.set_cookie(
        cookies.named(request, COOKIE),
        signing.dumps(kept, salt=SALT),
        max_age=PATIENCE_S,
        path=PLACE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _asked(house: House, request: Request) -> dict[str, str]:
    """What does not change from one person to the next."""
    asked = {
        "response_type": "code",
        "client_id": house.provider.client_id,
        "redirect_uri": request.build_absolute_uri(BACK),
        "scope": " ".join(house.provider.scopes),
        "acr_values": " ".join(wired().levels),
        "ui_locales": request.language,
    }
    if house.network:
        asked["ftn_spname"] = house.network.service_in(request.language)
    return asked


@only("GET")
def back(request: Request) -> HttpResponseBase:
    """From the other house: its code becomes a token, and the token a step of identification."""
    house, kept, given = _house(), _kept(request), request.GET
    same = constant_time_compare(given.get("state", ""), kept["state"]) if kept else False
    if kept is None or not same or given.get("iss", house.provider.issuer) != house.provider.issuer:
        return _refused(request, _("Begin again from your request’s page."))
    if not TRIED.allows(address_of(request), request.moment):
        return errors.show(request, "pace", wait=TRIED.seconds)
    case = UUID(hex=kept["case"])
    if not identifying.come_back(case, kept["state"]):
        return _refused(request, _("Begin again from your request’s page."))
    try:
        claims = _claims(request, house, kept)
        today = Moments.at(request.moment).today
        identifying.signed_in(
            case,
            Shown(claims.name, claims.level, house.provider.issuer),
            wired().levels,
            today=today,
            now=request.moment,
        )
    except ProviderAway as error:
        return _away(request, house, case, error)
    except TokenRefused as error:
        identifying.refused(case, str(error), house.provider.issuer, request.moment)
        return _refused(request, _("Begin again from your request’s page."))
    except CaseRefused as error:
        identifying.refused(case, error.code, house.provider.issuer, request.moment)
        return _refused(request, case_words.refused(error.code))
    response = render(request, "sso_done.html", {"place": HERE})
    response.delete_cookie(cookies.named(request, COOKIE), path=PLACE, samesite="Lax")
    return response


def _claims(request: Request, house: House, kept: dict[str, Any]) -> Claims:
    """Raises TokenRefused and ProviderAway."""
    code, now = request.GET.get("code", ""), request.moment
    if not code:
        raise TokenRefused("there is no code")
    token = house.token(code, kept["verifier"], request.build_absolute_uri(BACK), now)
    return house.claims(token, kept["nonce"], now)


def _house() -> House:
    if (found := wired().strong) is None:
        raise Http404
    return found


def _kept(request: Request) -> dict[str, Any] | None:
    try:
        kept = signing.loads(
            request.COOKIES.get(cookies.named(request, COOKIE), ""), salt=SALT, max_age=PATIENCE_S
        )
    except signing.BadSignature:
        return None
    return dict(kept)


def _away(request: Request, house: House, case: UUID, error: ProviderAway) -> HttpResponse:
    identifying.refused(case, str(error), house.provider.issuer, request.moment)
    return _refused(request, _("Try again in a minute, or let somebody write to you instead."))


def _refused(request: Request, advice: str) -> HttpResponse:
    trouble = Trouble(_("You were not identified"), advice)
    response = render(request, "rights_identity.html", {"trouble": trouble}, status=403)
    response.delete_cookie(cookies.named(request, COOKIE), path=PLACE, samesite="Lax")
    return response
