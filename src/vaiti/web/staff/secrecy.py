"""The undertaking of secrecy: read it, accept it."""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.people import readiness, secrecy
from vaiti.people.secrecy import Promise, SecrecyError, UndertakingText
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.staff.training import paragraphs, said, term_at


@only("GET", "POST")
def undertaking(request: SignedIn) -> HttpResponseBase:
    if request.method == "GET":
        return _page(request)
    if "read" not in request.POST:
        return _page(
            request,
            Trouble(
                _("The undertaking was not given"),
                _("Read the text and tick that you have read it."),
            ),
        )
    version, language = request.POST.get("version", ""), get_language() or "en"
    term = term_at(request.moment)
    try:
        secrecy.accept(request.person.id, version, language, term, request.moment)
    except SecrecyError:
        return _page(
            request,
            Trouble(_("The text has changed meanwhile"), _("Read it again, then accept it.")),
        )
    return HttpResponseRedirect("/training/?sworn")


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    text = secrecy.given_text()
    see = Moments.at(request.moment)
    ready = readiness.readiness(request.person.id, request.moment)
    promises = secrecy.promises_of(request.person.id) if ready.sworn else []
    current = [one for one in promises if text and one.version == text.version]
    shown = {
        "text": text,
        "paragraphs": paragraphs(said(text.texts)) if text else [],
        "since": _since(text, see) if text else "",
        "given": _given(request, current[0]) if current else "",
        "promise": _("I, %(name)s, have read this and undertake it.")
        % {"name": request.person.name},
        "trouble": trouble,
    }
    return render(request, "undertaking.html", shown, status=422 if trouble else 200)


def _since(text: UndertakingText, see: Moments) -> str:
    named = {"version": text.version, "since": see.day(text.valid_from)}
    return _("Version %(version)s, since %(since)s") % named


def _given(request: SignedIn, promise: Promise) -> str:
    named = {"name": request.person.name, "given_on": dates.write_day(promise.signed_on)}
    return _("%(name)s gave this undertaking on %(given_on)s.") % named
