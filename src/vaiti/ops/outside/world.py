"""The running Vaiti that is looked at, and what was said to it."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaiti.ops.outside.fault import Fault
from vaiti.ops.outside.otp import Authenticator
from vaiti.ops.outside.page import Visitor

PATIENCE = 60.0
"""Seconds to wait for something that takes its time."""
LONGEST_START = 240.0
"""Seconds, on a busy machine that starts its servers besides."""
VAITI = (sys.executable, "-P", "-m", "vaiti")


@dataclass(slots=True)
class Said:
    """One call as the phone placed it, at `port` if not the usual one. `outcome` is what the phone
    printed; `call` the row's id."""

    customer: str
    line: str
    agent: str
    direction: str = "in"
    transport: str = "udp"
    seconds: int = 6
    extra: tuple[str, ...] = ()
    outcome: dict[str, Any] = field(default_factory=dict)
    agent_wave: Path = Path()
    customer_wave: Path = Path()
    call: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Insider:
    """Somebody of the demo: `team` is theirs, `leads` the one that they lead."""

    login: str
    name: str
    role: str
    team: str = ""
    leads: str = ""
    trained: bool = True


@dataclass(slots=True)
class World:
    """`data` is the data folder, `workshop` a folder of the checker's own.

    `tested` is a call on the test line, `lost` one of an agent whom nobody knows; at the second
    `handed_over` the call `moved` went from one agent to the other. `ahead` is how far the demo's
    clock was moved; `request` is a case about the call `lost`, filed in the browser `asker`;
    `early` is a call that is asked for when its day comes.
    `kept` are the browsers in which people are signed in, `apps` their authenticators. With `s3`
    recordings are kept in an object store. `options` are more of the demo's command line.
    """

    data: Path
    workshop: Path
    web_port: int
    sip_port: int
    password: str
    database_url: str = ""
    demo: subprocess.Popen[bytes] | None = None
    plain: Said = field(default_factory=lambda: Said("", "", ""))
    sold: Said = field(default_factory=lambda: Said("", "", ""))
    moved: Said = field(default_factory=lambda: Said("", "", ""))
    tested: Said = field(default_factory=lambda: Said("", "", ""))
    lost: Said = field(default_factory=lambda: Said("", "", ""))
    handed_over: float = 0.0
    unlisted: Said = field(default_factory=lambda: Said("", "", ""))
    people: tuple[Insider, ...] = ()
    ahead: float = 0.0
    kept: dict[str, Visitor] = field(default_factory=dict)
    apps: dict[str, Authenticator] = field(default_factory=dict)
    owner: str = "anna.astrom"
    colleague: str = "sofia.holm"
    manager: str = "mikko.makinen"
    auditor: str = "arvid.sund"
    own_passwords: dict[str, str] = field(default_factory=dict)
    sealed_key: bytes = b""
    training_ends: float = 0.0
    s3: bool = False
    options: tuple[str, ...] = ()
    object_path: Path = Path()
    request: str = ""
    early: Said = field(default_factory=lambda: Said("", "", ""))
    asker: Visitor | None = None

    @property
    def recorded(self) -> tuple[Said, ...]:
        return (self.plain, self.sold, self.moved, self.tested, self.lost)

    def visitor(self, login: str = "") -> Visitor:
        made = Visitor("127.0.0.1", self.web_port)
        if login:
            known, app = self.own_passwords.get(login, self.password), self.apps.get(login)
            self.own_passwords[login] = made.sign_in(login, known, app.code if app else None)
        return made

    def inside(self, login: str) -> Visitor:
        """This person's browser, signed in at first need and read in English."""
        if login not in self.kept:
            self.kept[login] = self.visitor(login)
            self.kept[login].read_english()
        return self.kept[login]

    def now(self) -> float:
        """What the demo's clock says."""
        return time.time() + self.ahead

    def named(self, login: str) -> str:
        """The name of whoever signs in so."""
        return next(one.name for one in self.people if one.login == login)

    def person(self, login: str) -> str:
        """The person's id as it stands in addresses."""
        ((found,),) = self.rows(f"SELECT id FROM people_person WHERE login = '{login}'")
        return str(found).replace("-", "")

    def vaiti(self, *arguments: str) -> str:
        """What a command of Vaiti prints. Raises Fault when it fails."""
        done = subprocess.run([*VAITI, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Fault(
                f"vaiti {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}"
            )
        return done.stdout

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database says, read only."""
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as server:
                return list(server.execute(statement.encode()).fetchall())
        address = f"file:{self.data}/db.sqlite3?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as file:
            return file.execute(statement).fetchall()

    def refuses(self, statement: str) -> bool:
        """Whether the database itself refuses this change; it is taken back in any case."""
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as server:
                try:
                    server.execute(statement.encode())
                except psycopg.IntegrityError:
                    return True
                finally:
                    server.rollback()
            return False
        with closing(sqlite3.connect(self.data / "db.sqlite3", timeout=PATIENCE)) as file:
            try:
                file.execute(statement)
            except sqlite3.IntegrityError:
                return True
            finally:
                file.rollback()
        return False

    def keys(self, statement: str) -> list[tuple[Any, ...]]:
        """What a copy of the key store's files says."""
        with tempfile.TemporaryDirectory(dir=self.workshop) as folder:
            for path in (self.data / "keys").iterdir():
                shutil.copy(path, folder)
            with closing(sqlite3.connect(Path(folder) / "keystore.sqlite")) as copy:
                return copy.execute(statement).fetchall()

    def move_clock(self, seconds: float) -> None:
        """Moves the demo's clock so far ahead of the machine's; who was signed in no longer is."""
        self.ahead = seconds
        self.kept.clear()
        aside = self.data / "run" / "demo-clock.part"
        aside.write_text(f"{seconds:.0f}\n")
        aside.rename(self.data / "run" / "demo-clock")

    def pids(self) -> dict[str, int]:
        """The processes that say they run, by name."""
        return {path.stem: int(path.read_text()) for path in (self.data / "run").glob("*.pid")}

    def stop(self) -> int:
        """Ends the demo as Ctrl-C does; its exit status."""
        if self.demo is None:
            return 0
        self.demo.send_signal(signal.SIGINT)
        return self.demo.wait(PATIENCE)


def start(world: World, output: Path) -> float:
    """Starts the demo as a person would; answers after how many seconds it was up."""
    began = time.monotonic()
    options = ["--data", str(world.data), "--no-calls", "--port", str(world.web_port)]
    options += ["--sip-port", str(world.sip_port), "--database-url", world.database_url]
    options += ["--second-factor", *(["--s3"] if world.s3 else [])]
    options += world.options
    with output.open("wb") as printed:
        world.demo = subprocess.Popen(
            [*VAITI, "demo", *options], stdout=printed, stderr=printed, start_new_session=True
        )
    while b"is up at" not in output.read_bytes():
        if world.demo.poll() is not None or time.monotonic() - began > LONGEST_START:
            raise Fault(f"the demo did not start: {output.read_text()[-300:]}")
        time.sleep(0.1)
    return time.monotonic() - began


def place(world: World, calls: Sequence[Said]) -> None:
    """Places the calls at the same time with the phone's command, and keeps what it printed."""
    phones = [subprocess.Popen(phone(world, said), stdout=subprocess.PIPE) for said in calls]
    for said, process in zip(calls, phones, strict=True):
        printed, _ = process.communicate(timeout=PATIENCE + said.seconds)
        said.outcome = json.loads(printed) if printed.strip() else {}


def phone(world: World, said: Said) -> list[str]:
    return [
        *(*VAITI, "call", "--json", "--to", f"127.0.0.1:{said.port or world.sip_port}"),
        *("--customer", said.customer, "--line", said.line, "--agent", said.agent),
        *("--direction", said.direction, "--transport", said.transport),
        *("--seconds", str(said.seconds), "--agent-audio", str(said.agent_wave)),
        *("--customer-audio", str(said.customer_wave), *said.extra),
    ]


def wait_for(what: str, true: Callable[[], bool], patience: float = PATIENCE) -> float:
    """Waits until it is true; answers how many seconds that took. Raises Fault."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > patience:
            raise Fault(f"{what}: not within {patience:.0f} seconds")
        time.sleep(0.2)
    return time.monotonic() - began
