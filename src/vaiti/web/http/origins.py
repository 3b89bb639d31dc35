"""Where a request comes from: the address that counts, and the kind of browser that is shown."""

import re

from django.http import HttpRequest, HttpResponseBase

from vaiti.people import throttle
from vaiti.people.throttle import Origin
from vaiti.web.http import cookies
from vaiti.web.http.wiring import wired

DEVICE = "vaiti-known"  # the cookie by which a browser is known again for one login
DEVICE_S = 180 * 24 * 3600

# in this order, because most browsers also claim to be some of those further down
FAMILIES = (
    (r"\bEdg(e|A|iOS)?/", "Edge"),
    (r"\bOPR/", "Opera"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "macOS"),
    (r"Linux|X11", "Linux"),
)


def origin_of(request: HttpRequest) -> Origin:
    return Origin(address_of(request), request.COOKIES.get(cookies.named(request, DEVICE), ""))


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a proxy the last one named, which is the proxy's own word."""
    named = request.headers.get("X-Forwarded-For", "") if wired().behind_proxy else ""
    return named.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def browser_of(request: HttpRequest) -> str:
    """Such as `Firefox, Linux`; no version and nothing finer, which would single somebody out."""
    said = request.headers.get("User-Agent", "")
    return ", ".join(filter(None, (_first(FAMILIES, said), _first(SYSTEMS, said))))


def _first(table: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, said)), "")


def remember(request: HttpRequest, response: HttpResponseBase, login: str) -> None:
    """Lets this browser be known again, so that strangers' tries do not close it out."""
    response.set_cookie(
        cookies.named(request, DEVICE),
        throttle.device_token(login),
        max_age=DEVICE_S,
        path="/sign-in",
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )
