"""What a call's recording lacks, as bits of one number, so that an index can count it. Pure."""

from collections.abc import Mapping
from typing import Any, Final

INTERRUPTED: Final = 1  # the recorder died, was stopped, or heard nothing more: an end may lack
PAUSED: Final = 2  # a stretch was not recorded, since somebody asked so
SILENCED: Final = 4  # a stretch was silenced afterwards
ALL: Final = 7


CUT: Final = ("silence", "stopped")
"""Ways to end that are no hanging up: the customer may have been spoken with longer than that."""


def interrupted(recovered: bool, ended_by: str) -> bool:
    return recovered or ended_by in CUT


def marks_of(interrupted: bool, recording: Mapping[str, Any]) -> int:
    """The marks of a call with this technical part of its manifest."""
    return INTERRUPTED * interrupted | PAUSED * bool(recording.get("pauses"))


def having(mark: int) -> list[int]:
    """All numbers that hold this mark."""
    return [one for one in range(ALL + 1) if one & mark]
