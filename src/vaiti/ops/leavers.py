"""The worker's round after those who have left: their sessions and their open rows end (N-27).

A leaver's session serves nothing from the instant of leaving on; this round takes away the idle
rows too, so that nobody has to ask.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from vaiti.people import leaving
from vaiti.web.middleware import PERSON


def see_leavers_out(now: datetime) -> int:
    """Says how many sessions it ended."""
    leaving.close_leavers(now)
    open_sessions = _sessions()
    ended = 0
    for person_id in leaving.gone(set(open_sessions), now):
        keys = open_sessions[person_id]
        leaving.end_sessions(person_id, keys, _remove, now)
        ended += len(keys)
    return ended


def _remove(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()


def _sessions() -> dict[UUID, list[str]]:
    """The keys of the sessions of each person. A visitor at the door has a session and no name."""
    found: dict[UUID, list[str]] = {}
    store = SessionStore()
    for row in Session.objects.all().iterator():
        if known := store.decode(row.session_data).get(PERSON):
            found.setdefault(UUID(hex=known), []).append(row.session_key)
    return found
