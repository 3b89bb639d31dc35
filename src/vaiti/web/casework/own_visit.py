"""A visit to one's own case: opened with number and code, in this browser, and over soon.

The browser's session knows which case it is; the code is nowhere but on the receipt.
"""

from datetime import timedelta
from uuid import UUID

from vaiti.rights import person_pages
from vaiti.rights.person_pages import OwnCase
from vaiti.values.clock import from_micros, to_micros
from vaiti.web.http.request import Request
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments

KEY = "own_case"
IDLE = timedelta(minutes=30)


def begin(request: Request, case_id: UUID) -> None:
    """A session that somebody else may know beforehand opens nothing."""
    if not hasattr(request, "person"):
        request.session.cycle_key()
    _note(request, case_id)
    person_pages.opened(case_id, request.moment)


def current(request: Request) -> OwnCase | None:
    """None without a visit, and after half an hour in which nothing was asked."""
    known = request.session.get(KEY)
    if not known:
        return None
    case_id, used = UUID(hex=known[0]), from_micros(known[1])
    if not used <= request.moment < used + IDLE:
        end(request)
        return None
    _note(request, case_id)
    return person_pages.again(case_id, wired().rights, Moments.at(request.moment).today)


def end(request: Request) -> None:
    request.session.pop(KEY, None)


def _note(request: Request, case_id: UUID) -> None:
    request.session[KEY] = [case_id.hex, to_micros(request.moment)]
