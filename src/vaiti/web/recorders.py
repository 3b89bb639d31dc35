"""How each of several recorders is, as it writes itself down each second."""

import json
from collections.abc import Sequence
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
    return [_line(name, path, see) for name, path in wired().recorders.items()]


def explained(lines: Sequence[RecorderLine]) -> list[str]:
    """What several recorders are to one another, in sentences."""
    beside = [line for line in lines if "/" in line.name]
    said = []
    if len(lines) - len(beside) > 1:
        said.append(
            _(
                "Several processes share one address: a call is taken by whichever has room. When "
                "one is away, the others go on."
            )
        )
    if beside:
        said.append(
            _(
                "A recorder with a folder before its name has an address of its own. Senders go on "
                "there when another one dies, and what both had of a call becomes one call."
            )
        )
    return said


def _line(name: str, path: Path, see: Moments) -> RecorderLine:
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return RecorderLine(name, _("never ran here"), False, "", "", "")
    at = from_micros(int(said["at_us"]))
    shown = see.day_and_time(at, seconds=True)
    if see.now - at > SILENT:
        return RecorderLine(name, _("says nothing"), False, "", "", shown)
    if "state" not in said:  # the front has no calls
        return RecorderLine(name, _("passes messages on"), True, "", "", shown)
    taking = said["state"] == "accepting"
    state = _("takes calls") if taking else _("takes no calls")
    counts = (str(said["calls"]), str(said["recorded"]))
    return RecorderLine(name, state, taking, *counts, shown)
