"""How many ended calls wait to be taken in, and for how long still, as the worker writes it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments


@dataclass(frozen=True, slots=True)
class Backlog:
    """`at` is when the worker wrote it down; `left` how long the rest takes, as far as is known."""

    waiting: str
    left: str
    at: str


def known() -> dict[str, Any] | None:
    """The worker's own words; None before it ran here."""
    path = wired().worker
    try:
        return dict(json.loads(path.read_bytes())) if path else None
    except FileNotFoundError:
        return None


def told(see: Moments) -> Backlog | None:
    """None where no call waits."""
    state = known() or {}
    waiting = int(state.get("waiting_calls", 0))
    if not waiting:
        return None
    said = ngettext("%(count)s ended call waits.", "%(count)s ended calls wait.", waiting)
    if state.get("waiting_more"):
        said = _("At least %(count)s ended calls wait; the journal is still being read.")
    at = see.day_and_time(datetime.fromisoformat(state["at"]), seconds=True)
    return Backlog(said % {"count": waiting}, _left(state), at)


def _left(state: dict[str, Any]) -> str:
    left = state.get("waiting_left_s")
    if left is None:
        return _(
            "None was taken in during the last minute. Nothing is lost: they are sealed in the "
            "journal and are taken in, oldest first, when what is away is back. An alarm above "
            "says what that is."
        )
    given = {"rate": state.get("taken_in_per_minute", 0), "minutes": max(1, -(-int(left) // 60))}
    return _("Taken in just now: %(rate)s a minute. The rest takes about %(minutes)s min.") % given
