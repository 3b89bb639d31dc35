"""What the doctor looks at of the recorders."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vaiti.ops.finding import FAIL, OK, WARN, Finding
from vaiti.ops.recorder_limits import keeper_fault
from vaiti.ops.recorders import FRONT, FRONT_KEEPER, Beside, group_of, said_at
from vaiti.ops.settings import FILE, Settings, WeakSettings, load_settings

STALE = timedelta(seconds=30)


def look_at_recorder(settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.recorder.processes > 1:
        yield look_at_front(group_of(settings).front(), settings, now)
    group = group_of(settings)
    beside = {one.name: one.folder / "logs" / "recorder.log" for one in group.beside}
    for name, state in group.states().items():
        log = beside.get(name, settings.logs / f"{name}.log")
        yield look_at_one(name, state, log, now)
    for one in group.beside:
        yield from look_at_shared(one, settings)
    if says := keeper_fault(settings.recorder):
        yield Finding(WARN, "keeper", says)


def look_at_one(name: str, state: dict[str, Any] | None, log: Path, now: datetime) -> Finding:
    if state is None:
        return Finding(FAIL, name, f"has never run here; see {log}")
    if now - said_at(state) > STALE:
        return Finding(FAIL, name, f"has said nothing for half a minute; see {log}")
    if state["state"] != "accepting":
        return Finding(FAIL, name, f"takes no calls: {state['reason'] or state['state']}")
    return Finding(OK, name, f"{state['recording']} calls now, {state['recorded']} since start")


def look_at_front(state: dict[str, Any] | None, settings: Settings, now: datetime) -> Finding:
    """What passes SIP on to several recorders."""
    if state is None:
        return Finding(FAIL, FRONT, f"has never run here; see {settings.logs / 'front.log'}")
    if now - said_at(state) > STALE:
        return Finding(FAIL, FRONT, "has said nothing for half a minute; no call is taken")
    there, of = len(state["recorders"]), settings.recorder.processes
    if there < of:
        return Finding(FAIL, FRONT, f"{there} of {of} recorders are there for new calls")
    if state.get("lasting") is False:
        says = f"connections would end with it: {FRONT_KEEPER} does not run"
        return Finding(WARN, FRONT, f"{says}; see {settings.logs / FRONT_KEEPER}.err")
    return Finding(OK, FRONT, f"{there} of {of} recorders are there for new calls")


def _processes(folder: Path) -> int:
    """As many as its settings ask for; 1 where they cannot be read, which it says itself."""
    try:
        return load_settings(folder).recorder.processes
    except WeakSettings:
        return 1


def look_at_shared(one: Beside, settings: Settings) -> Iterator[Finding]:
    """Whether a recorder beside has what makes its calls the register's, and is the only one of
    its folder: no other would be asked to pause, or watched."""
    if (processes := _processes(one.folder)) > 1:
        says = (
            f"{one.folder / FILE} has processes = {processes}; one beside is one process: write 1"
        )
        yield Finding(FAIL, one.name, f"{says}, and list further folders for more")
    for name, ours, why in (
        ("journal", settings.journal, "its calls never come into the book, and no pause holds"),
        ("run/orders.json", settings.run / "orders.json", "it follows other lines and peers"),
    ):
        theirs = one.folder / name
        if theirs.resolve() != ours.resolve():
            says = f"{theirs} is not ours: {why}; make it a link to {ours}"
            yield Finding(FAIL, one.name, says)
