"""Writes down which pages somebody asked for in vain: not theirs, or not there (ASVS 16.3.2).

They are answered alike, and nobody can tell which it was. Of the address its pattern is kept and
nothing that was typed. What the doors to calls refuse they write down themselves.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import cast

from django.http import HttpRequest, HttpResponseBase

from vaiti.access.pages import note_refused
from vaiti.web.http.middleware import is_open
from vaiti.web.http.pace import MAX_KEYS, Pace
from vaiti.web.http.request import SignedIn

Answer = Callable[[HttpRequest], HttpResponseBase]

HOUR = timedelta(hours=1)
MOST_AN_HOUR = 60
BY_ITS_DOOR = "calls/<hexid:call_id>/"
_PLACE = re.compile(r"<[^>]+>")


class Tries:
    """How often each key came within its hour, which begins with the first. In memory only."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def count(self, key: str, now: datetime) -> int:
        with self._lock:
            begins, before = self._seen.pop(key, (now, 0))
            if now - begins >= HOUR:
                begins, before = now, 0
            self._seen[key] = begins, before + 1
            while len(self._seen) > MAX_KEYS:
                self._seen.popitem(last=False)
        return before + 1

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self._seen.clear()


TRIES = Tries()
ENTRIES = Pace(most=MOST_AN_HOUR, seconds=int(HOUR.total_seconds()))
"""Of one person: a flood tells no more, and must not fill the log."""


def noted(get_response: Answer) -> Answer:
    """Costs a page that is answered nothing."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 404:
            _note(cast(SignedIn, request))
        return response

    return answer


def _note(request: SignedIn) -> None:
    person, found = getattr(request, "person", None), request.resolver_match
    if person is None or found is None or is_open(request.path_info):
        return
    if found.route.startswith(BY_ITS_DOOR):
        return
    page = _PLACE.sub("*", found.route)
    tries = TRIES.count(f"{person.id.hex} {page}", request.moment)
    if _told(tries) and ENTRIES.allows(person.id.hex, request.moment):
        note_refused(person.id, page, tries, request.moment)


def _told(tries: int) -> bool:
    """The first, the tenth, the hundredth: how much it was can be seen, and no more than that."""
    return str(tries).rstrip("0") == "1"
