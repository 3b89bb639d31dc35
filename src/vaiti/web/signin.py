"""Signing in and out, and the one language switch."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from vaiti.people import book, signin
from vaiti.people.book import PersonCard
from vaiti.web import errors
from vaiti.web.errors import Trouble
from vaiti.web.methods import only
from vaiti.web.middleware import LANGUAGE, LANGUAGES, MARK, PERSON
from vaiti.web.moments import Moments
from vaiti.web.places import first_place
from vaiti.web.request import Request, SignedIn

MAX_NEXT = 500  # characters of the address to return to


@only("GET", "POST")
def sign_in(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        return _try(request)
    if hasattr(request, "person"):
        return HttpResponseRedirect("/")
    notice = _("You have been signed out. Sign in again.") if "ended" in request.GET else ""
    return _form(request, next_page=request.GET.get("next", ""), notice=notice)


def _try(request: Request) -> HttpResponse:
    login = request.POST.get("login", "").strip().casefold()[:64]
    next_page = request.POST.get("next", "")
    wait = signin.seconds_to_wait(login, request.moment)
    if wait:
        return _refuse(request, login, next_page, wait=wait)
    card = signin.sign_in(login, request.POST.get("password", ""), request.moment)
    if card is None:
        return _refuse(request, login, next_page)
    _begin_session(request, card)
    return HttpResponseRedirect(_safe(request, next_page) or first_place(card.roles))


def _begin_session(request: Request, card: PersonCard) -> None:
    """A new session under a new name: what a stranger may have planted is gone."""
    request.session.flush()
    request.session[PERSON] = card.id.hex
    request.session[MARK] = signin.session_mark(card.id)
    request.session[LANGUAGE] = card.language
    rotate_token(request)


def _refuse(request: Request, login: str, next_page: str, wait: int = 0) -> HttpResponse:
    """The same words for an unknown name and a wrong password."""
    if wait:
        title = _("Too many tries")
        again = Moments.at(request.moment).time(request.moment + timedelta(seconds=wait + 59))
        advice = _("Try again at %(time)s.") % {"time": again}
    else:
        title = _("The user name or the password is not right")
        advice = _(
            "Check both and try again. If you have forgotten the password, ask your "
            "administrator for a new one."
        )
    response = _form(request, next_page, login=login, trouble=Trouble(title, advice))
    response.status_code = 429 if wait else 403
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _form(
    request: Request,
    next_page: str,
    *,
    login: str = "",
    trouble: Trouble | None = None,
    notice: str = "",
) -> HttpResponse:
    safe = _safe(request, next_page)
    given = {"next": safe, "login": login, "trouble": trouble, "notice": notice}
    return render(request, "sign_in.html", given)


def _safe(request: HttpRequest, address: str) -> str:
    """The address when it is one of ours, or nothing."""
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts=None, require_https=request.is_secure()
    )
    return address if ours and len(address) <= MAX_NEXT else ""


@only("POST")
def sign_out(request: SignedIn) -> HttpResponseBase:
    signin.sign_out(request.person.id, request.moment)
    request.session.flush()
    return HttpResponseRedirect("/sign-in")


@only("POST")
def choose_language(request: Request) -> HttpResponseBase:
    """Kept in the session, and with the person so that the next session begins with it."""
    chosen = request.POST.get("language", "")
    if chosen not in LANGUAGES:
        return errors.show(request, "bad")
    request.session[LANGUAGE] = chosen
    if isinstance(person := getattr(request, "person", None), PersonCard):
        book.set_language(person.id, chosen)
    return HttpResponseRedirect(_safe(request, request.POST.get("next", "")) or "/")


@only("GET")
def home(request: SignedIn) -> HttpResponseBase:
    return HttpResponseRedirect(first_place(request.person.roles))
