"""Replacing a process of a running deployment by what is installed and set now.

The supervisor starts the next one. Nothing counts as replaced before the next one is seen at work;
of a recorder, before it goes on with the calls that the one before it left.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vaiti.ops.django_start import fits_database
from vaiti.ops.processes import names_of, serves
from vaiti.ops.recorders import FRONT_STATE, number_of, numbered, state_of
from vaiti.ops.settings import Settings
from vaiti.ops.state_files import read_state

PATIENCE_S = 60.0  # for the next one to be at work
LOOK_S = 0.02
SAID = 2  # times that a state is written until what it tells was looked at in between
STAYS = 3  # times that a recorder tells how it is after it was asked to end, and has not begun to


class CannotReplace(Exception):
    """The sentence says what is the matter, and what runs."""


def meant(asked: str, settings: Settings) -> list[str]:
    """The processes that a name means: `recorder` every recorder, `recorder-1` the first alone.
    Raises CannotReplace."""
    there = names_of(settings)
    if asked in there and number_of(asked)[1] > 1:
        return [asked]
    kind, dash, number = asked.rpartition("-")
    if dash and number == "1" and kind in there:
        return [kind]
    found = [name for name in there if number_of(name)[0] == asked]
    if not found:
        raise CannotReplace(f"vaiti up starts no {asked} here, but {', '.join(there)}")
    return found


def replace(name: str, settings: Settings) -> str:
    """What became of it, in a sentence. Raises CannotReplace."""
    if not is_up(settings.run):
        raise CannotReplace(f"no vaiti up runs for {settings.folder}: there is nothing to replace")
    kind, number = number_of(name)
    one = _Running(name, settings)
    match kind:
        case "recorder":
            return recorder(one, number)
        case "keeper":
            return keeper(one, number)
        case "front":
            return front(one)
        case "front-keeper":
            return front_keeper(one)
        case _:
            return with_database(one)


def is_up(run: Path) -> bool:
    """Whether a supervisor has the folder."""
    try:
        with (run / "up.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Running:
    """A process that the supervisor has."""

    name: str
    settings: Settings

    @property
    def pid(self) -> int:
        """0 while there is none."""
        try:
            return int((self.settings.run / f"{self.name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def signal(self, number: int) -> int:
        """The process that was told; 0 tells it nothing. Raises CannotReplace."""
        pid = self.pid
        try:
            if pid:
                os.kill(pid, number)
        except ProcessLookupError:
            pid = 0
        except PermissionError as error:
            raise CannotReplace(f"{self.name} is another user's process") from error
        if not pid:
            raise CannotReplace(f"{self.name} does not run just now; {self._look()}")
        return pid

    def wait(self, happened: Callable[[], bool], says: str) -> None:
        """Raises CannotReplace."""
        until = time.monotonic() + PATIENCE_S
        while not happened():
            if time.monotonic() > until:
                raise CannotReplace(f"{says} within {PATIENCE_S:.0f} seconds; {self._look()}")
            time.sleep(LOOK_S)

    def _look(self) -> str:
        logs = self.settings.logs
        return f"see {logs / self.name}.err and {logs / self.name}.log"


def recorder(one: _Running, number: int) -> str:
    """Leaves the calls to the next one. Raises CannotReplace."""
    path = state_of(one.settings.run, number)
    before = read_state(path)
    if before is None or before["pid"] != one.pid:
        raise CannotReplace(f"{one.name} does not run just now; nothing was replaced")
    if before["calls"] and not (before["lasting"] and one.settings.recorder.keeper):
        raise CannotReplace(
            f"calls would end with {one.name} ({before['calls']} now): {_why(one.settings)}"
        )
    last, first = _followed(one, path, one.signal(_asked_by(one, lasting=before["lasting"])))
    _wait_on(one, path, first["pid"])
    left, resumed = int(last["calls"]), int(first["resumed"])
    if resumed < left:
        raise CannotReplace(
            f"{one.name} was replaced, but goes on with {resumed} of {left} calls only; the others "
            "are taken in as cut off. The alarm keeper_lost says why"
        )
    away = max(0.0, (first["at_us"] - last["at_us"]) / 1e6)
    return f"{one.name} was replaced within {away:.1f} s; {_gone_on(left)}"


def _gone_on(calls: int) -> str:
    if not calls:
        return "no call was in progress"
    return "its call goes on" if calls == 1 else f"its {calls} calls go on"


def _why(settings: Settings) -> str:
    if not settings.recorder.keeper:
        return "keeper in [recorder] is false. Set it, and start vaiti up anew at a quiet hour"
    return "nothing is left to a next one now. The alarm keeper_lost says why (docs/operations.md)"


def _asked_by(one: _Running, *, lasting: bool) -> int:
    """The signal at which a recorder ends only where no call does: it alone knows of those that
    have come since it last said how many there are. One that has a keeper for which the next one
    will not ask lets go of everything."""
    return signal.SIGTERM if lasting and not one.settings.recorder.keeper else signal.SIGHUP


def _left_by(one: _Running) -> int:
    """The signal at which it leaves what it has to the next one, if that one will ask for it; else
    nothing is held that would keep the next one from its ports."""
    return signal.SIGHUP if one.settings.recorder.keeper else signal.SIGTERM


def _followed(one: _Running, path: Path, pid: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The last that the one said, and the first that the next one did."""
    said = read_state(path) or {}
    last = said
    went_on: set[int] = set()

    def followed() -> bool:
        nonlocal said, last
        said = read_state(path) or said
        if said["pid"] == pid:
            last = said
            went_on.update({said["at_us"]} if said["state"] != "stopping" else ())
        if len(went_on) > STAYS:
            raise CannotReplace(
                f"{one.name} stays, for calls would end with it ({said['calls']} now): "
                f"{_why(one.settings)}"
            )
        return bool(said["pid"] != pid)

    one.wait(followed, f"no {one.name} came")
    return last, said


def _wait_on(one: _Running, path: Path, pid: int = 0) -> Mapping[str, Any]:
    """Until it has said a few times more how it is: what it says then, the same process still."""
    seen: set[int] = set()
    said: Mapping[str, Any] = {}

    def has_said() -> bool:
        nonlocal said
        said = read_state(path) or said
        if pid and said and said["pid"] != pid:
            raise CannotReplace(f"the next {one.name} has ended again; {one._look()}")
        seen.update({said["at_us"]} if said else ())
        return len(seen) > SAID

    one.wait(has_said, f"{one.name} said nothing more")
    return said


def keeper(one: _Running, number: int) -> str:
    """The recorder gives the next one everything. Raises CannotReplace."""
    _change(one)
    _given(one, state_of(one.settings.run, number))
    its = numbered("recorder", number)
    return f"{one.name} was replaced; it holds what {its} has"


def _given(one: _Running, path: Path) -> None:
    """Returns when whoever says so in that file has given the next keeper everything."""
    if not _wait_on(one, path)["lasting"]:
        one.wait(lambda: _lasting(path), f"the next {one.name} is there, and was given nothing")


def _lasting(path: Path) -> bool:
    said = read_state(path)
    return said is not None and bool(said["lasting"])


def front(one: _Running) -> str:
    """Speech does not come by way of it, and it leaves its connections to the next one where it
    has a keeper. Raises CannotReplace."""
    path = one.settings.run / FRONT_STATE
    _change(one, _left_by(one))
    said: Mapping[str, Any] = {}

    def is_there() -> bool:
        nonlocal said
        said = read_state(path) or {}
        return said.get("pid") == one.pid

    one.wait(is_there, f"the next {one.name} is not there")
    if not said["lasting"]:
        return f"{one.name} was replaced; connections over TCP and TLS come again"
    plain = f"connections over TCP go on ({said['resumed']})"
    return f"{one.name} was replaced; {plain}, those over TLS come again"


def front_keeper(one: _Running) -> str:
    """The front gives the next one everything. Raises CannotReplace."""
    _change(one)
    _given(one, one.settings.run / FRONT_STATE)
    return f"{one.name} was replaced; it holds what the front has"


def with_database(one: _Running) -> str:
    """Raises CannotReplace."""
    one.signal(0)
    if not fits_database(one.settings.folder):
        raise CannotReplace(
            f"the version that is installed changes the database, so {one.name} was not replaced: "
            "stop and start vaiti up while no line is open (docs/operating.md)"
        )
    _change(one)
    return f"{one.name} was replaced"


def _change(one: _Running, by: int = signal.SIGTERM) -> None:
    """Ends it; returns when the next one serves."""
    pid = one.signal(by)
    one.wait(lambda: one.pid not in (0, pid), f"no {one.name} came")
    ready = partial(serves, one.name, one.settings, time.time())
    one.wait(ready, f"the next {one.name} does not serve")
