"""The recorder processes of a deployment: one, or several under one SIP address with a front."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from vaiti.ops.state_files import read_state
from vaiti.values.clock import from_micros

FRONT = "front"
FRONT_STATE = "front.json"


def numbered(name: str, number: int) -> str:
    """What a process, or a file of its, is called: the first bears no number."""
    return name if number == 1 else f"{name}-{number}"


def number_of(name: str) -> tuple[str, int]:
    """The same back: what kind of process it is, and which of them."""
    kind, dash, number = name.rpartition("-")
    return (kind, int(number)) if dash and number.isdecimal() else (name, 1)


def state_of(run: Path, number: int) -> Path:
    return run / f"{numbered('recorder', number)}.json"


def control_of(run: Path, number: int) -> Path:
    return run / f"{numbered('control', number)}.sock"


def controls_of(run: Path, processes: int) -> list[Path]:
    return [control_of(run, number) for number in range(1, processes + 1)]


def keeper_of(run: Path, number: int) -> Path:
    return run / f"{numbered('keeper', number)}.sock"


def shared_states(run: Path, processes: int) -> list[Path]:
    """Where front and recorders say how they are; nothing where one recorder is alone."""
    if processes == 1:
        return []
    return [run / FRONT_STATE, *(state_of(run, number) for number in range(1, processes + 1))]


def states_of(run: Path, processes: int) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """What each recorder says of itself, by the name of its process."""
    for number in range(1, processes + 1):
        yield numbered("recorder", number), read_state(state_of(run, number))


def said_at(told: Mapping[str, Any]) -> datetime:
    return from_micros(int(told["at_us"]))
