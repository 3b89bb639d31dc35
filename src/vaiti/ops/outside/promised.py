"""Checks that every sentence of the notice is kept, and that each kind of look sees what is not."""

import json
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.world import PATIENCE, VAITI, World

SENTENCES = 48
ALARM = "promise_broken"
WAS, SAID = "people:device:assigned", "people:factor:added"
"""Kinds of entry that nothing but the log itself is held against."""

Broken = Mapping[str, frozenset[str]]
"""The sentences that are broken, each with the checks that break it."""


def all_kept(world: World) -> str:
    """The command holds every sentence of the notice against the running register: all are kept."""
    sentences = looked(world)
    demand(len(sentences) == SENTENCES, f"the notice has {len(sentences)} sentences")
    wrong = [one for one in sentences if not one["kept"]]
    demand(not wrong, f"not all is kept: {', '.join(map(told, wrong))}")
    kinds = [one["kind"] for one in sentences]
    return f"{kinds.count('proven')} proven, {kinds.count('attested')} vouched for"


def told(one: Mapping[str, Any]) -> str:
    return f"{one['id']} {one['state']} {' '.join(why['check'] for why in one['broken_by'])}"


def red_and_back(world: World) -> str:
    """One sabotage a kind of look: its sentences are broken and no others; then all are kept."""
    with ExitStack() as sabotage:
        for act, _checks in SABOTAGE.values():
            sabotage.enter_context(act(world))
        red = check_red(world)
    check_back(world)
    return f"{', '.join(SABOTAGE)}: {red} sentences broken, and kept again"


def check_red(world: World) -> int:
    """Exactly the checks that must see it do; how many sentences are broken, all with an alarm."""
    wanted = frozenset().union(*(checks for _act, checks in SABOTAGE.values()))
    found = broken(world)
    seen = frozenset().union(*found.values())
    blind = [kind for kind, (_act, checks) in SABOTAGE.items() if not checks <= seen]
    demand(not blind, f"nobody has seen what was done to the {', '.join(blind)}")
    demand(seen == wanted, f"broken besides: {', '.join(sorted(seen - wanted))}")
    demand(alarmed(world) == set(found), "the alarms are not those of the broken sentences")
    return len(found)


def check_back(world: World) -> None:
    found = broken(world)
    demand(not found, f"broken afterwards: {', '.join(sorted(found))}")
    demand(not alarmed(world), "an alarm is left of what was mended")


def broken(world: World) -> Broken:
    return {
        one["id"]: frozenset(why["check"] for why in one["broken_by"])
        for one in looked(world)
        if not one["kept"]
    }


def looked(world: World) -> list[dict[str, Any]]:
    """What the command says of each sentence. Raises Fault where it ends otherwise than it says."""
    command = [*VAITI, "promises", "check", "--json", "--details", "--data", str(world.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip()[-300:]
    demand(done.returncode in (0, 1), f"the look ended with {done.returncode}: {said}")
    answer = json.loads(done.stdout)
    sentences: list[dict[str, Any]] = answer["sentences"]
    demand(answer["ok"] is (done.returncode == 0), "the look says one thing and ends with another")
    return sentences


def alarmed(world: World) -> set[str]:
    """The sentences for which an alarm stands."""
    alarms = f"SELECT key FROM due_alarm WHERE kind = '{ALARM}' AND cleared_at IS NULL"
    return {str(key) for (key,) in world.rows(alarms)}


@contextmanager
def number_in_a_log(world: World) -> Iterator[None]:
    path = world.data / "logs" / "stray.log"
    path.write_text(f"call from {world.plain.customer}\n")
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def named_object(world: World) -> Iterator[None]:
    """An object under a name that tells something."""
    path = world.data / "store" / "complaint-of-today.vs"
    path.write_bytes(b"\x28" + bytes(range(256)) * 16)
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def further_column(world: World) -> Iterator[None]:
    change(world, "ALTER TABLE register_call ADD COLUMN mood text")
    try:
        yield
    finally:
        change(world, "ALTER TABLE register_call DROP COLUMN mood")


@contextmanager
def nobody_answers(world: World) -> Iterator[None]:
    """The settings name an address of the pages at which nobody answers."""
    path = world.data / "vaiti.toml"
    before = path.read_text()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        named = f"port = {silent.getsockname()[1]}\n"
        write(path, before.replace(f"port = {world.web_port}\n", named))
        try:
            yield
        finally:
            write(path, before)


def write(path: Path, text: str) -> None:
    """At once, for the recorder reads the settings again and again."""
    aside = path.with_suffix(".part")
    aside.touch()
    shutil.copymode(path, aside)
    aside.write_text(text)
    aside.rename(path)


@contextmanager
def changed_entry(world: World) -> Iterator[None]:
    its = f"SELECT id FROM audit_leaf WHERE kind = '{WAS}' ORDER BY seq LIMIT 1"
    ((leaf,),) = world.rows(its)
    change(world, f"UPDATE audit_leaf SET kind = '{SAID}' WHERE id = '{leaf}'")
    try:
        yield
    finally:
        change(world, f"UPDATE audit_leaf SET kind = '{WAS}' WHERE id = '{leaf}'")


Sabotage = Callable[[World], AbstractContextManager[None]]
SABOTAGE: Mapping[str, tuple[Sabotage, frozenset[str]]] = {
    "disk": (number_in_a_log, frozenset({"masking.logs"})),
    "store": (named_object, frozenset({"schema.store_metadata"})),
    "database": (further_column, frozenset({"schema.database"})),
    "network": (
        nobody_answers,
        frozenset({"channels.notice_public", "channels.web_form", "recipients.no_list_leaves"}),
    ),
    "log": (changed_entry, frozenset({"audit.log_whole"})),
}
"""What is done to each kind of thing that is looked at, and the checks that must see it."""


def change(world: World, statement: str) -> None:
    """Behind Vaiti's back."""
    if world.database_url:
        import psycopg

        with psycopg.connect(world.database_url) as server:
            server.execute(statement.encode())
        return
    with closing(sqlite3.connect(world.data / "db.sqlite3", timeout=PATIENCE)) as file, file:
        file.execute(statement)
