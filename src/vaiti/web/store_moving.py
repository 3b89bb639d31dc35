"""How far recordings have moved from one store to another, as `vaiti store move` writes it down."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments

FILE = "store-move.json"  # beside the worker's
TOLD = timedelta(days=1)
SILENT = timedelta(minutes=5)  # of a move that is said to go on: longer than any object takes
SENTENCES = {
    "moving": gettext_noop("Recordings are on their way. They are heard and destroyed meanwhile."),
    "done": gettext_noop("All is moved. Take [former_store] out of the settings, and start again."),
    "left": gettext_noop(
        "Some are left: they are not what was sealed, or the other store has something else of "
        "that name. See which: vaiti store status."
    ),
    "stopped": gettext_noop("The move was cut off. Begin it again: it goes on where it was."),
}
MOODS = {"moving": "warn", "done": "good"}


@dataclass(frozen=True, slots=True)
class Moving:
    """`share` is in percent."""

    sentence: str
    mood: str
    share: int
    moved: int
    total: int
    kept: int
    at: str


def told(see: Moments) -> Moving | None:
    """None where nothing moves, and a day after all was moved."""
    worker = wired().worker
    if worker is None:
        return None
    try:
        fields = json.loads((worker.parent / FILE).read_bytes())
    except FileNotFoundError:
        return None
    at, state = datetime.fromisoformat(fields["at"]), str(fields["state"])
    if state == "done" and see.now - at > TOLD:
        return None
    if state == "moving" and see.now - at > SILENT:
        state = "stopped"
    moved, total = int(fields["objects"]), int(fields["total"])
    share = 100 * moved // total if total else 100
    mood = MOODS.get(state, "bad")
    counts = (share, moved, total, int(fields["kept"]))
    return Moving(_(SENTENCES[state]), mood, *counts, see.day_and_time(at))
