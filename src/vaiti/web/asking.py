"""Asking a second person before hearing another's call, where the settings want that."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from vaiti.access import permits
from vaiti.access.doors import Refused, Unprepared
from vaiti.access.errors import MandateError, NotVisible
from vaiti.web import calls
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.wording import access_words


@only("POST")
def ask(request: SignedIn, call_id: str) -> HttpResponseBase:
    """For the leg, purpose and reference of the form that was refused."""
    given = request.POST
    leg, reference = given.get("leg", ""), given.get("reference", "").strip()
    number = int(leg) if leg.isascii() and leg.isdigit() and len(leg) < 18 else 0
    try:
        permits.ask(request.person.id, number, given.get("purpose", ""), reference, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except Refused:
        return calls.call_page(request, call_id, trouble=_nothing(_("Fill in the form again.")))
    except MandateError as error:
        why = access_words.refusal(str(error))
        return calls.call_page(request, call_id, trouble=_nothing(why))
    response = HttpResponse(status=303)
    response.headers["Location"] = f"/calls/{call_id}/#asked"
    return response


def _nothing(why: str) -> Trouble:
    return Trouble(_("Nobody was asked"), why)
