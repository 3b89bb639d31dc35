"""The pages for what went wrong. Each says what happened and what to do; none says more.

They must work without the database and without a session: what is wrong may be just that.
"""

import sys
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access.doors import Need
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.web.http import problems
from vaiti.web.http.middleware import from_browser
from vaiti.web.http.request import is_fragment


class Unready(PermissionDenied):
    """Training or the undertaking of secrecy is missing: the page says what, and leads there."""

    def __init__(self, needs: tuple[Need, ...]) -> None:
        super().__init__()
        self.needs = needs


@dataclass(frozen=True, slots=True)
class Trouble:
    """Two sentences in the reader's language: what happened, and what to do."""

    title: str
    advice: str


SENTENCES: dict[str, tuple[int, str, str]] = {
    "bad": (
        400,
        gettext_noop("The request could not be read"),
        gettext_noop("Go back and try again. If it happens again, tell your administrator."),
    ),
    "expired": (
        403,
        gettext_noop("The form had expired"),
        gettext_noop("Go back, reload the page and send the form again. Nothing was changed."),
    ),
    "abroad": (
        403,
        gettext_noop("You are outside of the European Economic Area"),
        gettext_noop(
            "Customers were told that their calls are not heard from there. Connect from inside "
            "the area, or ask your administrator whether your network is in their table."
        ),
    ),
    "missing": (
        404,
        gettext_noop("There is nothing here for you"),
        gettext_noop(
            "The address may be wrong, what was there may have been destroyed, or it is not among "
            "what you may see. Begin from the first page."
        ),
    ),
    "method": (
        405,
        gettext_noop("This address cannot be used like that"),
        gettext_noop("Go to the first page and begin from there."),
    ),
    "pace": (
        429,
        gettext_noop("Too many requests in a short time"),
        gettext_noop("Wait a minute and try again."),
    ),
    "broken": (
        500,
        gettext_noop("Something went wrong here"),
        gettext_noop(
            "Nothing you did is lost if you saw it confirmed. Try again; if it happens again, tell "
            "your administrator the time."
        ),
    ),
    "database": (
        503,
        gettext_noop("The register cannot be reached right now"),
        gettext_noop("Calls are still being recorded. Try again in a minute."),
    ),
    "keys": (
        503,
        gettext_noop("Recordings cannot be opened right now"),
        gettext_noop(
            "The recordings are safe, but their keys cannot be reached. Try again in a minute; if "
            "it lasts, tell your administrator."
        ),
    ),
    "store": (
        503,
        gettext_noop("This recording cannot be read right now"),
        gettext_noop(
            "Its store does not answer. Try again in a minute; if it lasts, tell your "
            "administrator."
        ),
    ),
    "decoder": (
        503,
        gettext_noop("This recording cannot be played here"),
        gettext_noop(
            "It is in a codec that this installation has no decoder for. It is unharmed and stays "
            "sealed, and nothing is played in its place. Ask your administrator to install the "
            "decoders: the page “State” says how."
        ),
    ),
    "damaged": (
        500,
        gettext_noop("This recording is damaged"),
        gettext_noop(
            "It is not what was sealed, so it is not played. An alarm has been raised; tell your "
            "administrator which call it is."
        ),
    ),
}
MAY_TRY_AGAIN = frozenset({"pace", "broken", "database", "keys", "store"})
WITHOUT_SESSION = frozenset({500, 503})


def trouble(name: str) -> Trouble:
    _status, title, advice = SENTENCES[name]
    return Trouble(_(title), _(advice))


def show(request: HttpRequest, name: str, *, wait: int | None = None) -> HttpResponse:
    """The page `name` of SENTENCES; `wait` in seconds becomes Retry-After."""
    status = SENTENCES[name][0]
    if problems.is_for_program(request):
        return problems.answer(problems.Problem(status, wait=wait or 0))
    safe = request.method == "GET" and not is_fragment(request)
    with translation.override(_language(request)):
        words = trouble(name)
        error = {
            "code": status,
            "title": words.title,
            "advice": words.advice,
            "again": request.get_full_path() if safe and name in MAY_TRY_AGAIN else "",
            "at": _instant(request) if status in WITHOUT_SESSION else "",
        }
        bare = status in WITHOUT_SESSION
        response = render(request, "error.html", {"error": error, "bare": bare}, status=status)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return in_place(request, response)


def in_place(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """For a part of a page, the error takes the place of the page's whole content."""
    if is_fragment(request):
        response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#main"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def _language(request: HttpRequest) -> str:
    """What the middleware chose, unless it did not come so far."""
    return str(getattr(request, "language", "")) or from_browser(request)


def _instant(request: HttpRequest) -> str:
    """The time to tell the administrator, as the logs have it; the register's zone is not asked."""
    moment = getattr(request, "moment", None)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show(request, "bad")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    return show(request, "expired")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not isinstance(exception, Unready):
        return show(request, "missing")
    needs = {need.value: True for need in exception.needs}
    with translation.override(_language(request)):
        return in_place(request, render(request, "unready.html", {"needs": needs}, status=403))


def unready_trouble() -> Trouble:
    """The same, where only two sentences fit: in a player."""
    return Trouble(
        _("The sound has stopped: your training or your undertaking of secrecy counts no more"),
        _("Open Training at the top of the page; it says what is missing."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show(request, "missing")


def failed(request: HttpRequest) -> HttpResponse:
    """Django calls this while the exception is being handled, so it can be told apart."""
    return show(request, name_of(sys.exc_info()[1]))


def name_of(error: BaseException | None) -> str:
    if isinstance(error, OperationalError | InterfaceError | MemoryError):
        return "database"
    if isinstance(error, KeysUnavailable | KeysRefused):
        return "keys"
    return "broken"
