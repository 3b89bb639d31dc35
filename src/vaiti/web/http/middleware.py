"""What holds for every request: headers, one instant, a person who still belongs, a language.

Pages are closed unless they are listed in OPEN: a stranger is sent to sign in whatever the
address, so that no answer tells which addresses exist.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import translation

from vaiti.people import sessions
from vaiti.people.sessions import Visit
from vaiti.web.http.request import Request, SignedIn, is_fragment
from vaiti.web.http.wiring import wired

Answer = Callable[[HttpRequest], HttpResponseBase]

OPEN = frozenset(
    {
        *("/sign-in", "/sign-in/second", "/sign-in/passkey", "/sign-in/passkey/options"),
        *("/language", "/healthz", "/api/openapi.json", "/promises/public/", "/notice/"),
        "/.well-known/openid-federation",
    }
)
OPEN_BELOW = (
    "/sign-in/sso/",
    "/copy/",
    "/rights/",
    "/kiosk/",
    "/notice/of/",
    "/notice/joint/",
    "/scim/v2/",
    "/api/v1/",
)
"""The last two ask for a token."""
BY_ITSELF = frozenset({"/live/now"})
"""What a page asks again and again without anybody: it keeps no idle session alive."""
FIRST_PASSWORD = "/account/first-password"
WITH_FIRST = (FIRST_PASSWORD, "/account/password", "/sign-out", *OPEN_BELOW, *sorted(OPEN))
"""Where somebody gets whose password another person knows: until they have changed it."""
ENROL = "/account/security/"
WITHOUT_FACTOR = ("/account/security/", "/sign-out", *OPEN_BELOW, *sorted(OPEN))
"""Where somebody gets who must have a second factor and has none (N-27)."""

VISIT = "visit"  # the cookie session's key for the id of the row of `people.sessions`
LANGUAGE = "language"
LANGUAGES = ("fi", "sv", "en")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), "
        "browsing-topics=()"
    ),
}


def security_headers(get_response: Answer) -> Answer:
    """Outermost, so also on errors and static files. Nothing of the register is ever cached."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if request.is_secure():
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def moment(get_response: Answer) -> Answer:
    """Reads the clock once: everything a request decides, it decides at this instant."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        cast(Request, request).moment = wired().clock()
        return get_response(request)

    return answer


def signed_in_person(get_response: Answer) -> Answer:
    """Asks at every request whether the person is still here; a leaver's session ends (N-27).

    So does one that was ended elsewhere, that is too old or that has been idle too long.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path_info == "/healthz":
            return get_response(request)
        asked = cast(SignedIn, request)
        known = request.session.get(VISIT)
        visit = _visit(known, request.path_info, asked.moment) if known else None
        if known and visit is None:
            request.session.flush()
        if visit is not None:
            asked.person, asked.visit = visit.person, visit
            if elsewhere := _must_first(request, visit):
                return go_to(request, elsewhere)
        elif not is_open(request.path_info):
            return to_sign_in(request, ended=bool(known))
        return get_response(request)

    return answer


def _visit(known: str, address: str, now: datetime) -> Visit | None:
    counts = address not in BY_ITSELF
    return sessions.touch(UUID(hex=known), wired().sign_in, now, counts=counts)


def is_open(address: str) -> bool:
    """Whether strangers are answered there."""
    return address in OPEN or address.startswith(OPEN_BELOW)


def _must_first(request: HttpRequest, visit: Visit) -> str:
    """Where the person must go before they get what they ask for; nothing for nowhere."""
    address = request.path_info
    if visit.first_password:
        return "" if address.startswith(WITH_FIRST) else FIRST_PASSWORD
    lacking = visit.lacks_factor(wired().sign_in) and not address.startswith(WITHOUT_FACTOR)
    return ENROL if lacking else ""


def to_sign_in(request: HttpRequest, *, ended: bool) -> HttpResponse:
    """Sends a stranger to the sign-in page, and back afterwards where that can be done."""
    query = {"ended": "1"} if ended else {}
    whole = request.method == "GET" and not is_fragment(request)
    if whole and request.path_info != "/":
        query["next"] = request.get_full_path()
    return go_to(request, "/sign-in" + (f"?{urlencode(query)}" if query else ""))


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """A redirect of the whole page, also where a script asked for a part of it."""
    if is_fragment(request):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def chosen_language(get_response: Answer) -> Answer:
    """The session's choice, else the person's, else the browser's first of the three, or en."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        language = cast(Request, request).language = _language(request)
        with translation.override(language):
            response = get_response(request)
        response.headers["Content-Language"] = language
        return response

    return answer


def _language(request: HttpRequest) -> str:
    if request.path_info == "/healthz":
        return "en"
    person = getattr(request, "person", None)
    for wanted in (request.session.get(LANGUAGE), person.language if person else None):
        if wanted in LANGUAGES:
            return str(wanted)
    return from_browser(request)


def from_browser(request: HttpRequest) -> str:
    found = translation.get_language_from_request(request)
    return found if found in LANGUAGES else "en"
