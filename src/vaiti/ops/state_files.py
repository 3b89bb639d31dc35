"""The state files in `run/`, by which a process says what it does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_state(path: Path) -> dict[str, Any] | None:
    """The state, or None when there is none that can be read."""
    try:
        state = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, PermissionError, json.JSONDecodeError):
        return None
    return state if isinstance(state, dict) else None


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Whole or not at all, for whoever reads it meanwhile."""
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(state))
    aside.rename(path)


def waiting_told(state: Mapping[str, Any]) -> str:
    """What the worker's state file says of calls that wait, as a sentence for the operator."""
    least = "at least " if state.get("waiting_more") else ""
    said = f"{least}{state['waiting_calls']} ended calls wait in the journal to be taken in"
    left = state.get("waiting_left_s")
    if left is None:
        return f"{said}; none was taken in during the last minute"
    rate, minutes = state["taken_in_per_minute"], -(-int(left) // 60)
    return f"{said}; {rate} a minute are, so that takes {least}{minutes} min"
