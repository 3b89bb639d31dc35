"""How each of several recorders under one SIP address is, as it writes itself down each second."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from vaiti.values.clock import from_micros
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments

SILENT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class RecorderLine:
    """`calls` are in progress, `recorded` since its start; empty where it says nothing."""

    name: str
    state: str
    well: bool
    calls: str
    recorded: str
    at: str


def told(see: Moments) -> list[RecorderLine]:
    """Nothing where there is only one."""
    return [_line(path, see) for path in wired().recorders]


def _line(path: Path, see: Moments) -> RecorderLine:
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return RecorderLine(path.stem, _("never ran here"), False, "", "", "")
    at = from_micros(int(said["at_us"]))
    shown = see.day_and_time(at, seconds=True)
    if see.now - at > SILENT:
        return RecorderLine(path.stem, _("says nothing"), False, "", "", shown)
    if "state" not in said:  # the front has no calls
        return RecorderLine(path.stem, _("passes messages on"), True, "", "", shown)
    taking = said["state"] == "accepting"
    state = _("takes calls") if taking else _("takes no calls")
    counts = (str(said["calls"]), str(said["recorded"]))
    return RecorderLine(path.stem, state, taking, *counts, shown)
