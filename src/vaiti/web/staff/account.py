"""The page about oneself: who I am here, what I may do, my password."""

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.limits import limits
from vaiti.people import signin
from vaiti.people.signin import WeakPassword, WrongPassword
from vaiti.people.strength import MAX_PASSWORD
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role and, in one sentence, what it lets its holder do in this register."""

    name: str
    allows: str


@only("GET")
def account(request: SignedIn) -> HttpResponseBase:
    return _page(request, changed="changed" in request.GET)


@only("GET")
def first_password(request: SignedIn) -> HttpResponseBase:
    """The one page of somebody who has signed in with a password that another person made."""
    if not request.visit.first_password:
        return HttpResponseRedirect("/")
    return _page(request)


@only("POST")
def change_password(request: SignedIn) -> HttpResponseBase:
    """All other sessions of the person end; this one goes on under a new name."""
    given = request.POST
    if given.get("wanted", "") != given.get("again", ""):
        return _page(
            request,
            Trouble(
                _("The password was not changed"),
                _("The new password was not typed the same way twice."),
            ),
        )
    try:
        signin.change_password(
            request.person.id,
            given.get("present", ""),
            given.get("wanted", ""),
            request.moment,
            keep=request.visit.id,
        )
    except WrongPassword:
        return _page(
            request,
            Trouble(
                _("The password was not changed"),
                _(
                    "The present password is not right, or it was tried too often. Wait a quarter "
                    "of an hour and try again."
                ),
            ),
        )
    except WeakPassword as weak:
        return _page(request, Trouble(_("The password was not changed"), _(str(weak))))
    request.session.cycle_key()
    response = HttpResponse(status=303)
    first = request.visit.first_password
    response.headers["Location"] = "/" if first else "/account/?changed"
    return response


def _page(
    request: SignedIn, trouble: Trouble | None = None, *, changed: bool = False
) -> HttpResponse:
    roles = [
        RoleLine(words.role(role), words.allowance(role)) for role in sorted(request.person.roles)
    ]
    given = {"roles": roles, "trouble": trouble, "changed": changed, "longest": MAX_PASSWORD}
    given["near"] = bool(limits().misuse.near_number)
    page = "first_password.html" if request.visit.first_password else "account.html"
    return render(request, page, given, status=422 if trouble else 200)
