"""The worker's round after those who have left: their sessions and their open rows end (N-27).

A leaver's session serves nothing from the instant of leaving on; this round takes away the idle
rows too, so that nobody has to ask.
"""

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore

from vaiti.access import mandates
from vaiti.people import leaving, sessions


def see_leavers_out(now: datetime) -> int:
    """Says how many sessions it ended."""
    leaving.close_leavers(now)
    mandates.release_leavers(now)
    SessionStore.clear_expired()  # what browsers of strangers and of past visits left
    return sessions.end_of_leavers(now)
