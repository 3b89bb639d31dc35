"""Signing in and out, and the one language switch.

First step: a password, or another house's word (web.sso). Second step, for those who have one: a
code or a passkey. A passkey alone is both.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from vaiti.people import book, factors, passkeys, sessions, signin
from vaiti.people.book import PersonCard
from vaiti.people.factors import FactorError
from vaiti.people.sessions import Visit
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.middleware import LANGUAGE, LANGUAGES, VISIT
from vaiti.web.http.origins import address_of, browser_of, origin_of, remember
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.places import first_place

MAX_NEXT = 500  # characters of the address to return to
PENDING = "pending"  # the cookie session's key for a first step that waits for the second
PASSKEY = "passkey"  # and for the question that a passkey is to answer
PATIENCE = timedelta(minutes=5)  # between the first step and the second


@only("GET", "POST")
def sign_in(request: Request) -> HttpResponseBase:
    if request.method == "POST":
        return _try(request)
    again = "again" in request.GET
    if hasattr(request, "person") and not again:
        return HttpResponseRedirect("/")
    notice = _("You have been signed out. Sign in again.") if "ended" in request.GET else ""
    login = ""
    if again and isinstance(person := getattr(request, "person", None), PersonCard):
        notice, login = (
            _("Show once more that it is you. You come back to where you were."),
            person.login,
        )
    return form(request, next_page=request.GET.get("next", ""), login=login, notice=notice)


def _try(request: Request) -> HttpResponse:
    login = request.POST.get("login", "").strip().casefold()[:64]
    next_page = request.POST.get("next", "")
    origin = origin_of(request)
    wait = signin.seconds_to_wait(login, request.moment, origin)
    if wait:
        return _refuse(request, login, next_page, wait=wait)
    card = signin.sign_in(login, request.POST.get("password", ""), request.moment, origin)
    if card is None:
        return _refuse(request, login, next_page)
    response = HttpResponseRedirect(first_step_done(request, card, "password", next_page))
    remember(request, response, card.login)
    return response


def first_step_done(
    request: Request,
    card: PersonCard,
    how: str,
    next_page: str,
    *,
    shown_at: datetime | None = None,
) -> str:
    """Where to go on: to the second step for those who have one, else into the house."""
    _leave(request)
    if how == "sso+second" or not factors.kinds_of(card.id):
        return begin_session(request, card, how, next_page, shown_at=shown_at)
    request.session[LANGUAGE] = card.language
    request.session[PENDING] = {
        "person": card.id.hex,
        "how": how,
        "at": request.moment.isoformat(),
        "next": safe(request, next_page),
    }
    return "/sign-in/second"


def _leave(request: Request) -> None:
    """This browser's session so far ends, so that it does not stand in the list for ever."""
    visit = getattr(request, "visit", None)
    if isinstance(visit, Visit) and VISIT in request.session:
        sessions.close(visit.id, visit.person.id, request.moment)
    request.session.flush()


def begin_session(
    request: Request,
    card: PersonCard,
    how: str,
    next_page: str,
    *,
    shown_at: datetime | None = None,
) -> str:
    """A new session under a new name: what a stranger may have planted is gone."""
    _leave(request)
    rules = wired().sign_in
    visit = sessions.begin(
        card.id,
        how=how,
        browser=browser_of(request),
        rules=rules,
        now=request.moment,
        shown_at=shown_at,
    )
    request.session[VISIT] = visit.hex
    request.session[LANGUAGE] = card.language
    rotate_token(request)
    return safe(request, next_page) or first_place(card.roles)


def _refuse(request: Request, login: str, next_page: str, wait: int = 0) -> HttpResponse:
    """The same words for an unknown name and a wrong password."""
    trouble = (
        _too_many(request, wait)
        if wait
        else Trouble(
            _("The user name or the password is not right"),
            _(
                "Check both and try again. If you have forgotten the password, ask your "
                "administrator for a new one."
            ),
        )
    )
    response = form(request, next_page, login=login, trouble=trouble)
    response.status_code = 429 if wait else 403
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _too_many(request: Request, wait: int) -> Trouble:
    again = Moments.at(request.moment).time(request.moment + timedelta(seconds=wait + 59))
    return Trouble(_("Too many tries"), _("Try again at %(time)s.") % {"time": again})


def form(
    request: Request,
    next_page: str,
    *,
    login: str = "",
    trouble: Trouble | None = None,
    notice: str = "",
) -> HttpResponse:
    given = {
        "next": safe(request, next_page),
        "login": login,
        "trouble": trouble,
        "notice": notice,
        "houses": [house.provider for house in wired().houses],
        "query": _query(request, next_page),
    }
    return render(request, "sign_in.html", given)


def _query(request: Request, next_page: str) -> str:
    """What goes along to another house, so that one comes back to where one was."""
    given = {"next": safe(request, next_page), "again": "1" if "again" in request.GET else ""}
    return urlencode({name: value for name, value in given.items() if value})


def safe(request: HttpRequest, address: str) -> str:
    """The address when it is one of ours, or nothing."""
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts=None, require_https=request.is_secure()
    )
    return address if ours and len(address) <= MAX_NEXT else ""


@only("GET", "POST")
def second(request: Request) -> HttpResponseBase:
    """The second step; who comes here without the first begins with that."""
    waiting = _pending(request)
    if waiting is None:
        return HttpResponseRedirect("/sign-in")
    card, how, next_page = waiting
    if request.method == "GET":
        return _second_form(request, card)
    wait = factors.seconds_to_wait(card.id, request.moment)
    used = (
        None
        if wait
        else factors.use_code(card.id, request.POST.get("code", "")[:40], request.moment)
    )
    if used is None:
        trouble = (
            _too_many(request, wait)
            if wait
            else Trouble(
                _("The code is not right"),
                _("Give the newest code of the app, or a recovery code that you have not used."),
            )
        )
        return _second_form(request, card, trouble, 429 if wait else 403)
    return HttpResponseRedirect(begin_session(request, card, f"{how}+{used}", next_page))


def _pending(request: Request) -> tuple[PersonCard, str, str] | None:
    found = request.session.get(PENDING)
    if not found or request.moment - datetime.fromisoformat(found["at"]) > PATIENCE:
        return None
    card = book.person(UUID(hex=found["person"]), request.moment)
    return (card, found["how"], found["next"]) if card else None


def _second_form(
    request: Request, card: PersonCard, trouble: Trouble | None = None, status: int = 200
) -> HttpResponse:
    kinds = factors.kinds_of(card.id)
    given = {"trouble": trouble, "app": "totp" in kinds, "passkey": "passkey" in kinds}
    return render(request, "sign_in_second.html", given, status=status)


@only("POST")
def passkey_options(request: Request) -> HttpResponseBase:
    """What the page's script hands to the browser; the question is kept with the session."""
    waiting = _pending(request)
    options, state = passkeys.ask(site_of(request), waiting[0].id if waiting else None)
    request.session[PASSKEY] = state
    return JsonResponse(options)


@only("POST")
def passkey(request: Request) -> HttpResponseBase:
    """A passkey as the second step, or as both steps."""
    state = request.session.pop(PASSKEY, None)
    waiting = _pending(request)
    next_page = waiting[2] if waiting else request.POST.get("next", "")
    try:
        if state is None:
            raise FactorError(passkeys.REFUSED)
        response = request.POST.get("response", "")
        card = passkeys.sign_in(
            site_of(request), state, response, address_of(request), request.moment
        )
        if waiting and card.id != waiting[0].id:
            raise FactorError(passkeys.REFUSED)
    except FactorError as error:
        trouble = Trouble(_("The passkey was not accepted"), _(str(error)))
        if waiting:
            return _second_form(request, waiting[0], trouble, 403)
        refused = form(request, next_page, trouble=trouble)
        refused.status_code = 403
        return refused
    how = f"{waiting[1]}+passkey" if waiting else "passkey"
    answer = HttpResponseRedirect(begin_session(request, card, how, next_page))
    remember(request, answer, card.login)
    return answer


def site_of(request: HttpRequest) -> str:
    """The host's name, to which passkeys are bound; it is one of the settings' `hosts`."""
    return request.get_host().rpartition(":")[0] or request.get_host()


@only("POST")
def sign_out(request: SignedIn) -> HttpResponseBase:
    sessions.close(request.visit.id, request.person.id, request.moment)
    request.session.flush()
    answer = HttpResponseRedirect("/sign-in")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # a page of calls is left nowhere
    return answer


@only("POST")
def choose_language(request: Request) -> HttpResponseBase:
    """Kept in the session, and with the person so that the next session begins with it."""
    chosen = request.POST.get("language", "")
    if chosen not in LANGUAGES:
        return errors.show(request, "bad")
    request.session[LANGUAGE] = chosen
    if isinstance(person := getattr(request, "person", None), PersonCard):
        book.set_language(person.id, chosen)
    return HttpResponseRedirect(safe(request, request.POST.get("next", "")) or "/")


@only("GET")
def home(request: SignedIn) -> HttpResponseBase:
    return HttpResponseRedirect(first_place(request.person.roles))
