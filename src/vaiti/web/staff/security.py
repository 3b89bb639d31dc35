"""How one signs in, and where one is signed in: second factors, recovery codes, sessions.

What changes how one signs in needs a session that was begun within ten minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from uuid import UUID

import segno
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.people import book, factors, passkeys, sessions
from vaiti.people.factors import FactorError
from vaiti.people.sessions import BOUND, SignInRules
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.staff.signin import site_of
from vaiti.web.wording import words

PAGE = "/account/security/"
AGAIN = f"/sign-in?{urlencode({'again': '1', 'next': PAGE})}"
NEW_SECRET = "new_secret"  # the cookie session's key for an app's secret on its way, sealed
NEW_PASSKEY = "new_passkey"

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class FactorLine:
    id: str
    kind: str
    name: str
    since: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    id: str
    browser: str
    how: str
    started: str
    since: str
    here: bool


def freshly(view: View) -> View:
    """Lets only a session through that has just shown who it is; others show it once more."""

    @wraps(view)
    def asked(request: SignedIn, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.visit.fresh(request.moment):
            return view(request, *args, **kwargs)
        return HttpResponseRedirect(AGAIN)

    return asked


@only("GET")
def security(request: SignedIn) -> HttpResponseBase:
    return _page(request)


def _page(
    request: SignedIn, trouble: Trouble | None = None, codes: list[str] | None = None
) -> HttpResponse:
    card, rules = request.person, wired().sign_in
    given = {
        "trouble": trouble,
        "done": words.done(request.GET.get("done", "")),
        "fresh": request.visit.fresh(request.moment),
        "again": AGAIN,
        "required": request.visit.lacks_factor(rules),
        "waived": not rules.second_factor and bool(card.roles & BOUND),
        "removed": _removed(request),
        "factors": _factors(request),
        "codes": codes,
        "left": _left(factors.codes_left(card.id)),
        "sessions": _sessions(request),
        "length": _length(rules),
    }
    return render(request, "security.html", given, status=422 if trouble else 200)


def _removed(request: SignedIn) -> str:
    """That somebody else removed their factors, so that a false word of a loss is noticed."""
    found = factors.removed_for(request.person.id, request.moment)
    if found is None:
        return ""
    at, by = found
    name = book.names([UUID(hex=by)]).get(UUID(hex=by), "") if len(by) == 32 else words.doer(by)
    told = {"name": name, "moment": Moments.at(request.moment).day_and_time(at)}
    return _("By %(name)s on %(moment)s.") % told


def _factors(request: SignedIn) -> list[FactorLine]:
    see, lines = Moments.at(request.moment), []
    for one in factors.factors_of(request.person.id):
        given = {
            "day": see.day(one.added_at),
            "used": see.day_and_time(one.used_at) if one.used_at else _("not yet"),
        }
        since = _("since %(day)s, last used: %(used)s") % given
        lines.append(FactorLine(one.id.hex, words.factor(one.kind), one.name, since))
    return lines


def _left(count: int) -> str:
    left = ngettext("%(count)d recovery code left.", "%(count)d recovery codes left.", count)
    return left % {"count": count}


def _sessions(request: SignedIn) -> list[SessionLine]:
    see, lines = Moments.at(request.moment), []
    for one in sessions.standing_of(request.person, wired().sign_in, request.moment):
        given = {"day": see.day_and_time(one.started_at), "used": see.day_and_time(one.used_at)}
        lines.append(
            SessionLine(
                one.id.hex,
                one.browser or _("Unknown browser"),
                words.way(one.how),
                given["day"],
                _("since %(day)s, last used: %(used)s") % given,
                one.id == request.visit.id,
            )
        )
    return lines


def _length(rules: SignInRules) -> str:
    given = {
        "idle": int(rules.idle.total_seconds() // 60),
        "longest": int(rules.longest.total_seconds() // 3600),
    }
    sentence = _(
        "A session ends after %(idle)d minutes without use, and %(longest)d hours after it began."
    )
    return sentence % given


@only("GET", "POST")
@freshly
def app(request: SignedIn) -> HttpResponseBase:
    """Enrols an authenticator app: shows its secret, takes its first code."""
    sealed = request.session.get(NEW_SECRET) or factors.new_secret()
    request.session[NEW_SECRET] = sealed
    if request.method == "GET":
        return _app_page(request, sealed)
    code, name = request.POST.get("code", "")[:20], request.POST.get("name", "")
    try:
        factors.add_totp(request.person.id, sealed, code, name, request.moment)
    except FactorError as error:
        trouble = Trouble(_("The app was not added"), _(str(error)))
        return _app_page(request, sealed, trouble, name)
    del request.session[NEW_SECRET]
    return _enrolled(request, "totp")


def _app_page(
    request: SignedIn, sealed: str, trouble: Trouble | None = None, name: str = ""
) -> HttpResponse:
    secret = factors.written(sealed)
    given = {
        "trouble": trouble,
        "name": name or _("Telephone"),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": _picture(request.person.login, secret),
    }
    return render(request, "security_app.html", given, status=422 if trouble else 200)


def _picture(login: str, secret: str) -> SafeString:
    """The secret for a camera, drawn into the page: it is in no address and no file."""
    address = f"otpauth://totp/Vaiti:{login}?{urlencode({'secret': secret, 'issuer': 'Vaiti'})}"
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, dark="#000", light="#fff", svgclass="code", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)


def _enrolled(request: SignedIn, how: str) -> HttpResponse:
    """The session has shown the factor as well; the first factor brings recovery codes."""
    visit = request.visit
    if not visit.strong:
        sessions.strengthen(visit.id, f"{visit.how}+{how}")
    if factors.codes_left(request.person.id) == 0:
        return _with_codes(request)
    return _back("added")


@only("POST")
@freshly
def passkey_options(request: SignedIn) -> HttpResponseBase:
    options, state = passkeys.ask_new(request.person, site_of(request))
    request.session[NEW_PASSKEY] = state
    return JsonResponse(options)


@only("POST")
@freshly
def passkey(request: SignedIn) -> HttpResponseBase:
    state = request.session.pop(NEW_PASSKEY, None)
    given = request.POST
    try:
        if state is None:
            raise FactorError(passkeys.REFUSED)
        passkeys.add(
            request.person.id,
            site_of(request),
            state,
            given.get("response", ""),
            name=given.get("name", ""),
            now=request.moment,
        )
    except FactorError as error:
        return _page(request, Trouble(_("The passkey was not added"), _(str(error))))
    return _enrolled(request, "passkey")


@only("POST")
@freshly
def remove(request: SignedIn, factor_id: str) -> HttpResponseBase:
    bound = wired().sign_in.bound(request.person.roles)
    try:
        factors.remove(request.person.id, UUID(hex=factor_id), bound=bound, now=request.moment)
    except FactorError as error:
        return _page(request, Trouble(_("Nothing was removed"), _(str(error))))
    return _back("removed")


@only("POST")
@freshly
def codes(request: SignedIn) -> HttpResponseBase:
    if not factors.kinds_of(request.person.id):
        return _back("")
    return _with_codes(request)


def _with_codes(request: SignedIn) -> HttpResponse:
    request.visit = (
        sessions.touch(request.visit.id, wired().sign_in, request.moment) or request.visit
    )
    return _page(request, codes=factors.new_codes(request.person.id, request.moment))


@only("POST")
def end(request: SignedIn, session_id: str) -> HttpResponseBase:
    person = request.person.id
    sessions.end(UUID(hex=session_id), person, by=person.hex, now=request.moment)
    return _back("ended")


@only("POST")
def end_others(request: SignedIn) -> HttpResponseBase:
    person = request.person.id
    sessions.end_others(person, but=request.visit.id, by=person.hex, now=request.moment)
    return _back("ended")


def _back(done: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response.headers["Location"] = PAGE + (f"?done={done}" if done else "")
    return response
