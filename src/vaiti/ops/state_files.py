"""The state files in `run/`, by which a process says what it does."""

import json
from pathlib import Path
from typing import Any


def read_state(path: Path) -> dict[str, Any] | None:
    """The state, or None when there is none that can be read."""
    try:
        state = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return state if isinstance(state, dict) else None


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Whole or not at all, for whoever reads it meanwhile."""
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(state))
    aside.rename(path)
