"""Consent of the person recorded, noted on the page of the call and taken back there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase

from vaiti.access import consenting
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.access.purposes import Purpose
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: str
    label: str
    stands: bool


def consents_of(person_id: UUID, call_id: UUID, now: datetime) -> dict[str, object]:
    """Those that this reader may note, on a page of a call that they see; and whether training
    still asks for one, so that there is nothing to take out of it."""
    asked = consenting.asked_of(person_id, call_id, now)
    return {
        "consents": [Consent(one.purpose, words.purpose(one.purpose), one.stands) for one in asked],
        "training_asks": any(one.purpose == Purpose.TRAINING and not one.stands for one in asked),
    }


@only("POST")
def consent(request: SignedIn, call_id: str) -> HttpResponseBase:
    """Back to the call's page, which says how it stands now."""
    given = request.POST.get("consent") == "given"
    person, call, purpose = request.person.id, UUID(hex=call_id), request.POST.get("purpose", "")
    try:
        consenting.note(person, call, purpose, given=given, now=request.moment)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error
    response = HttpResponse(status=303)
    response.headers["Location"] = f"/calls/{call_id}/#consent"
    return response
