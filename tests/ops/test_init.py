"""`vaiti init` and the commands that enter lines, peers and people, each as a process."""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nursery import Nursery
from vaiti.ops.commands import course as command_course
from vaiti.ops.commands import person as command_person
from vaiti.ops.commands import scim as command_scim
from vaiti.ops.commands import token as command_token

GIVEN = {
    "controller": 'Posti "Group" Abp',
    "business-id": "1531864-4",
    "privacy-contact": "tietosuoja@example.fi",
    "postal-address": "PB 6, 00011 Posti",
    "visiting-address": "Postvägen 1, Helsingfors",
    "telephone": "+358 9 4245 0100",
    "web": "www.example.fi/samtal",
    "email": "kundtjanst@example.fi",
    "zone": "Europe/Helsinki",
    "retention-months": "6",
    "admin-name": "Aino Laine",
    "admin-login": "aino.laine",
}


NURSERY = Nursery(
    *("vaiti.ops.cli", "vaiti.ops.arguments", "vaiti.ops.settings", "django.core.management"),
    *("django.contrib.auth.hashers", "django.db.backends.sqlite3.base", "django.template.loader"),
    *("django.db.migrations.loader", "django.core.checks", "django.views.debug"),
    strict=False,
)
MAIN = "import sys; from vaiti.ops.cli import main; sys.exit(main(sys.argv[1:]))"


def vaiti(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Each command in a process of its own; `python -m vaiti` is what the scenarios start."""
    return NURSERY.run(MAIN, arguments, typed)


def init(folder: Path, password: str = "grey moon over ice", **changes: str) -> str:
    secret = folder.parent / "password"
    secret.write_text(password + "\n")
    told = GIVEN | {name.replace("_", "-"): value for name, value in changes.items()}
    options = [part for name, value in told.items() for part in (f"--{name}", value)]
    done = vaiti("init", "--data", str(folder), *options, "--admin-password-file", str(secret))
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init") / "data"
    assert init(folder) == ""
    shutil.copy(folder / "db.sqlite3", first_database(folder))
    return folder


def first_database(data: Path) -> Path:
    """As a first start leaves it, whatever other tests have entered since."""
    return data.with_name("first.sqlite3")


def test_everything_made_is_its_owners_alone(data: Path) -> None:
    for path in (data, *data.rglob("*")):
        public = path.suffix == ".pub"
        assert public or stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_first_notice_and_the_first_administrator_are_there_and_no_line(data: Path) -> None:
    with closing(sqlite3.connect(first_database(data))) as file:
        ((months, zone),) = file.execute("SELECT retention_months, zone FROM notice_noticeversion")
        ((login, role),) = file.execute(
            "SELECT login, kind FROM people_person p JOIN people_role r ON r.person_id = p.id"
        )
        lines = file.execute("SELECT count(*) FROM notice_line").fetchall()
    assert (months, zone) == (6, "Europe/Helsinki")
    assert (login, role) == ("aino.laine", "administrator")
    assert lines == [(0,)]


def test_a_password_is_hashed_with_the_whole_work(data: Path) -> None:
    """The tests' own process hashes with little (tests/quick_plugin.py); a command does not."""
    with closing(sqlite3.connect(first_database(data))) as file:
        ((stored,),) = file.execute("SELECT password FROM people_person")
    name, work, _salt, block, parallel, _hash = stored.split("$")
    assert (name, int(work), int(block), int(parallel)) == ("scrypt", 1 << 14, 8, 5)


@pytest.mark.parametrize(
    ("password", "changes", "sentence"),
    [
        ("short", {}, "at least 12 characters"),
        ("aino.laine for ever", {}, "Leave your name"),
        ("grey moon over ice", {"zone": "Europe/Atlantis"}, "time zone"),
        ("grey moon over ice", {"retention_months": "0"}, "months"),
        ("grey moon over ice", {"retention_months": "six"}, "whole number"),
        ("grey moon over ice", {"country": "Finland"}, "two capital letters"),
        ("grey moon over ice", {"web_port": "70000"}, "from 1 to 65535"),
    ],
)
def test_weak_answers_are_refused_and_nothing_is_left(
    tmp_path: Path, password: str, changes: dict[str, str], sentence: str
) -> None:
    folder = tmp_path / "data"
    assert sentence in init(folder, password, **changes)
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "mine").write_text("kept")
    assert "is not empty" in init(folder)
    assert (folder / "mine").read_text() == "kept"


def test_lines_peers_and_people_are_entered_from_the_command_line(data: Path) -> None:
    folder = ("--data", str(data))
    service = ("--label", "Customer service", "--function", "service", "--record")
    early = vaiti("line", "add", *folder, "--number", "+358207100000", *service)
    assert early.returncode == 1 and "vaiti paper dialogue" in early.stderr
    talk = ("--parties", "shop stewards", "--subject", "Why.", "--outcome", "Agreed.")
    held = ("--on", "2026-09-01", "--login", "aino.laine")
    assert "on record" in vaiti("paper", "dialogue", *folder, *talk, *held).stdout
    added = vaiti("line", "add", *folder, "--number", "+358207100000", *service, "--only", "in")
    assert "recorded, in)" in added.stdout
    twice = vaiti("line", "add", *folder, "--number", "+358207100000", *service)
    assert "end its entry first" in twice.stderr
    assert vaiti("line", "end", *folder, "--number", "+358207100000").stdout == ""
    assert (
        "pbx  10.0.0.5"
        in vaiti("peer", "add", *folder, "--name", "pbx", "--address", "10.0.0.5").stdout
    )
    before = (data / "vaiti.toml").read_bytes()
    world = vaiti("peer", "add", *folder, "--name", "all", "--address", "0.0.0.0/0")
    assert "whole world" in world.stderr
    assert (data / "vaiti.toml").read_bytes() == before
    vaiti("peer", "add", *folder, "--name", "old", "--address", "10.0.0.9")
    moved = ("--name", "pbx", "--address", "10.0.0.6", "--transport", "tcp")
    assert "pbx  10.0.0.6  (tcp)" in vaiti("peer", "change", *folder, *moved).stdout
    assert "old" not in vaiti("peer", "end", *folder, "--name", "old").stdout
    assert "has this name" in vaiti("peer", "end", *folder, "--name", "old").stderr
    secret = ("--password-file", str(data.parent / "password"))
    person = ("--login", "anna.astrom", "--name", "Anna Åström", "--role", "service_agent")
    entered = vaiti("person", "add", *folder, *person, "--team", "One", "--device", "2001", *secret)
    assert "anna.astrom  Anna Åström  (service_agent)" in entered.stdout
    anna = (*folder, "--login", "anna.astrom")
    changed = vaiti("person", "change", *anna, "--end", "service_agent", "--grant", "sales_agent")
    assert "(sales_agent)" in changed.stdout
    refused = vaiti("person", "change", *anna, "--grant", "trainer", "--grant", "sales_agent")
    assert "has this role already" in refused.stderr
    endless = vaiti("person", "change", *anna, "--grant", "auditor")
    assert "write its last day" in endless.stderr
    listed = vaiti("person", "companies", *folder, "--add", "Posti Freight Ab")
    assert listed.stdout.splitlines() == ['Posti "Group" Abp  (2)', "Posti Freight Ab  (0)"]
    today = datetime.now(ZoneInfo("Europe/Helsinki")).date().isoformat()
    left = vaiti("person", "leave", *folder, "--login", "anna.astrom")
    assert "anna.astrom" not in left.stdout
    told = vaiti("person", "access-on", today, *folder, "--json")
    found = {one["login"]: one for one in json.loads(told.stdout)["people"]}
    assert set(found) == {"aino.laine", "anna.astrom"}
    assert found["anna.astrom"]["could_hear"][0].startswith("their own calls [")
    assert "no call" not in told.stdout


def test_scim_tokens_links_and_lost_factors_are_seen_to_from_the_command_line(data: Path) -> None:
    folder, admin = ("--data", str(data)), ("--login", "aino.laine")
    made = vaiti("scim", "token", *folder, "--name", "entra")
    assert made.stdout.startswith("vaiti-scim-")
    assert "not shown again" in made.stderr
    assert "end it first" in vaiti("scim", "token", *folder, "--name", "entra").stderr
    assert "last used never" in vaiti("scim", "list", *folder).stdout
    assert vaiti("scim", "end", *folder, "--name", "entra").returncode == 0
    assert "has no second factor" in vaiti("person", "lost", *folder, *admin).stderr
    link = ("--provider", "firm", "--subject", "s-1")
    assert "no [[provider]]" in vaiti("person", "link", *folder, *admin, *link).stderr


def test_n27_tokens_of_the_api_are_granted_listed_and_ended_from_the_command_line(
    data: Path,
) -> None:
    folder, until = (
        ("--data", str(data)),
        ("--until", f"{datetime.now(tz=UTC) + timedelta(days=30):%Y-%m-%d}"),
    )
    log = ("token", "add", *folder, "--name", "log-collector", "--scope", "log:read")
    made = vaiti(*log, *until)
    assert made.stdout.startswith("vaiti-api-"), made.stderr
    assert "stands already" in vaiti(*log, *until).stderr
    listed = vaiti("token", "list", *folder).stdout
    assert "log-collector  a machine  log:read" in listed and "never used" in listed
    assert made.stdout.strip() not in listed
    assert vaiti("token", "end", *folder, "--id", listed.split()[0]).returncode == 0
    assert "does not stand" in vaiti("token", "list", *folder).stdout
    calls = ("token", "add", *folder, "--name", "x", "--scope", "calls:read", *until)
    assert "named person" in vaiti(*calls).stderr


def test_the_log_of_a_new_register_verifies_and_is_exported_once(tmp_path: Path) -> None:
    """A register of its own: nothing runs here that gives older entries their place in the tree."""
    data = tmp_path / "data"
    assert init(data) == ""
    folder = ("--data", str(data))
    whole = vaiti("audit", "verify", *folder)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    with closing(sqlite3.connect(data / "db.sqlite3")) as book:
        told = book.execute("SELECT count(*) FROM audit_leaf WHERE kind = 'audit:log:verified'")
        assert told.fetchone() == (1,), "it stands in the log itself"
    export = data.parent / "log.jsonl"
    assert vaiti("audit", "export", *folder, "--to", str(export)).returncode == 0
    assert "is there already" in vaiti("audit", "export", *folder, "--to", str(export)).stderr


def test_a_doctor_names_what_does_not_run_and_what_others_can_read(data: Path) -> None:
    (data / "secrets" / "grant.key").chmod(0o644)
    said = vaiti("doctor", "--data", str(data))
    (data / "secrets" / "grant.key").chmod(0o600)
    assert said.returncode == 1
    assert "chmod 600" in said.stdout
    assert "the key process does not answer" in said.stdout
    assert "vaiti up --data" in said.stdout


def test_an_unknown_command_is_told_which_there_are() -> None:
    done = vaiti("recrod")
    assert done.returncode == 2
    assert "there is no command recrod" in done.stderr


DUMPABLE = """
import ctypes, os, resource
import vaiti.ops.wsgi
PR_GET_DUMPABLE = 3
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(PR_GET_DUMPABLE))
"""


def test_n17_no_core_dump_is_made_of_the_process_that_hears(data: Path) -> None:
    """The soft limit is raised before, as an operator may have it."""
    hear = f"ulimit -c unlimited 2>/dev/null || true; exec {sys.executable} -c '{DUMPABLE}'"
    told = subprocess.run(
        ["bash", "-c", hear],
        env=os.environ | {"VAITI_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "(0, 0) 0"


def test_teams_change_and_people_return_from_the_command_line(data: Path) -> None:
    folder = ("--data", str(data))
    renamed = vaiti("person", "teams", *folder, "--rename", "One", "Desk North")
    assert renamed.stdout == "Desk North  (0 members; led by nobody)\n"
    assert "no team One now" in vaiti("person", "teams", *folder, "--end", "One").stderr
    assert vaiti("person", "teams", *folder, "--end", "Desk North").stdout == "\n"
    back = vaiti("person", "return", *folder, "--login", "anna.astrom")
    assert "anna.astrom  Anna Åström  (no role)" in back.stdout
    again = vaiti("person", "return", *folder, "--login", "anna.astrom")
    assert "has not left" in again.stderr


COMMANDS = {
    "person": command_person.main,
    "scim": command_scim.main,
    "token": command_token.main,
    "course": command_course.main,
    "undertaking": command_course.undertaking_main,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_commands_about_people_says_what_it_is(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    def told(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            COMMANDS[command]([*arguments, "--help"])
        return capsys.readouterr().out

    verbs = re.findall(r"^    (\S+)", told(), re.MULTILINE)
    assert verbs
    for verb in verbs:
        for option in re.split(r"\n  (?=-)", told(verb).partition("options:")[2])[1:]:
            assert re.search(r"\S\s{2,}\S", option), f"{command} {verb}: {option}"
