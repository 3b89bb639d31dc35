"""Whether the worker still works: it raises all other alarms, so the pages look for themselves."""

import json
from datetime import datetime, timedelta

from vaiti.web.http.wiring import wired

SILENCE = timedelta(seconds=60)
"""The worker writes its state several times a second."""


def silent_since(now: datetime) -> datetime | None:
    """When it was last known to work, if that is too long ago; None while it works."""
    path = wired().worker
    if path is None:
        return None
    try:
        last = datetime.fromisoformat(json.loads(path.read_bytes())["at"])
    except FileNotFoundError:
        return None  # it never ran here: the supervisor starts it before the pages
    return last if now - last > SILENCE else None
