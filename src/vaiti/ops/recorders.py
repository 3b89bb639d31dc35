"""The recorders of a deployment: one, or several under one SIP address with a front; and those of
other addresses beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vaiti.ops.settings import Settings
from vaiti.ops.state_files import read_state
from vaiti.values.clock import from_micros

FRONT = "front"
FRONT_STATE = "front.json"
FRONT_KEEPER = "front-keeper"


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


def keeper_of(run: Path, number: int) -> Path:
    return run / f"{numbered('keeper', number)}.sock"


def front_keeper_of(run: Path) -> Path:
    return run / f"{FRONT_KEEPER}.sock"


@dataclass(frozen=True, slots=True)
class Beside:
    """A recorder with a folder and an address of its own, whose calls are in the same register."""

    folder: Path

    @property
    def name(self) -> str:
        """As alarms, the doctor and the page State call it."""
        return f"{self.folder.name}/recorder"

    @property
    def run(self) -> Path:
        return self.folder / "run"


@dataclass(frozen=True, slots=True)
class Group:
    """All recorders of a register: so many `processes` under the address of its own folder, of
    which `run` is a part, and those beside."""

    run: Path
    processes: int = 1
    beside: tuple[Beside, ...] = ()

    @property
    def alone(self) -> bool:
        return self.processes == 1 and not self.beside

    def places(self) -> dict[str, Path]:
        """Where each says how it is, by its name."""
        own = {numbered("recorder", one): state_of(self.run, one) for one in self._numbers()}
        return {**own, **{one.name: state_of(one.run, 1) for one in self.beside}}

    def shared_places(self) -> dict[str, Path]:
        """The same with the front; nothing where one recorder is alone."""
        if self.alone:
            return {}
        front = {FRONT: self.run / FRONT_STATE} if self.processes > 1 else {}
        return {**front, **self.places()}

    def states(self) -> dict[str, dict[str, Any] | None]:
        """What each recorder says of itself, by its name."""
        return {name: read_state(path) for name, path in self.places().items()}

    def front(self) -> dict[str, Any] | None:
        """What the front says of itself; None where there is none, or it never ran."""
        return read_state(self.run / FRONT_STATE) if self.processes > 1 else None

    def controls(self) -> dict[str, Path]:
        """Where each answers about calls in progress, by its name."""
        own = {numbered("recorder", one): control_of(self.run, one) for one in self._numbers()}
        return {**own, **{one.name: control_of(one.run, 1) for one in self.beside}}

    def is_own(self, name: str) -> bool:
        """Whether it is one of those that a front passes on to."""
        return name not in {one.name for one in self.beside}

    def _numbers(self) -> range:
        return range(1, self.processes + 1)


def group_of(settings: Settings) -> Group:
    """A copy of the settings in the folder of one that is beside does not name itself."""
    told = settings.recorder
    folders = [(settings.folder / one).resolve() for one in told.beside]
    beside = tuple(Beside(one) for one in folders if one != settings.folder)
    return Group(settings.run, told.processes, beside)


def said_at(told: Mapping[str, Any]) -> datetime:
    return from_micros(int(told["at_us"]))
