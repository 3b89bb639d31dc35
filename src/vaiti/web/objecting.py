"""The mark "not for training" on a call, and taking it back."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase

from vaiti.access.doors import NotVisible, Unprepared
from vaiti.access.objecting import object_to_training
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn


@only("POST")
def training(request: SignedIn, call_id: str) -> HttpResponseBase:
    """Back to the call's page, which says how it stands now."""
    wanted = request.POST.get("training") == "no"
    person, call = request.person.id, UUID(hex=call_id)
    try:
        object_to_training(person, call, wanted=wanted, now=request.moment)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error
    response = HttpResponse(status=303)
    response.headers["Location"] = f"/calls/{call_id}/#training"
    return response
