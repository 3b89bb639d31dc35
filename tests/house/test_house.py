"""The house rules that no import checker and no linter sees."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import TypeGuard

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from house.sources import ROOT, Module, files_of_tests, floors, modules, texts

MAX_LINES = 400  # a file
MAX_FUNCTION = 40  # lines of a function, from its name to its last line
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "services"}

RIMS = {
    "vaiti.ops": "starts the processes, owns their clock and reads settings and environment",
    "vaiti.capture.recorder": "the recorder's event loop: sockets and the clock",
}
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "monotonic"),
    ("time", "localtime"),
    ("timezone", "now"),
}
OPEN = {"_meta", "_default_manager", "_replace", "_exit", "_Hash"}
"""Public in all but their spelling: of Django, named tuples, the system and `hashlib`."""
AMBIENT = {("os", "environ"), ("os", "getenv"), ("conf", "settings")}


def in_rim(name: str) -> bool:
    return any(name == rim or name.startswith(f"{rim}.") for rim in RIMS)


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def ambient_reads(module: Module) -> Iterator[str]:
    """Where the module reads the clock, the settings or the environment."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (owner, node.attr) in CLOCKS | AMBIENT:
                yield f"{module.name}:{node.lineno} {owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in {"time", "os", "django.conf"}:
            owner = node.module.split(".")[-1]
            for alias in node.names:
                if (owner, alias.name) in CLOCKS | AMBIENT:
                    yield f"{module.name}:{node.lineno} from {node.module} import {alias.name}"


def reaches(module: Module) -> Iterator[str]:
    """Where the module uses a private name that is another module's."""
    own = {node.name for node in ast.walk(module.tree) if isinstance(node, DEFINED)}
    own |= {node.attr for node in ast.walk(module.tree) if _is_own(node) and _stored(node)}
    own |= {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and not _is_own(node) and node.attr not in own | OPEN:
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vaiti"):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (f"{module.name}:{node.lineno} {name}" for name in names if _private(name))


DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _is_own(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Of the object itself, or of what it inherits."""
    if not isinstance(node, ast.Attribute):
        return False
    of = node.value.func if isinstance(node.value, ast.Call) else node.value
    return isinstance(of, ast.Name) and of.id in {"self", "cls", "super"}


def _stored(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("vaiti.")]


def room_of(model: type[models.Model]) -> str:
    return model.__module__.split(".")[1]


def test_imports_go_down_the_floors() -> None:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_foreign_key_runs_upward() -> None:
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and isinstance(target := field.related_model, type)
        and room_of(target) != room_of(model)
        and floors()[room_of(target)] >= floors()[room_of(model)]
    ]
    assert upward == []


def test_no_row_of_a_lower_room_has_an_accessor_for_those_of_a_higher() -> None:
    visible = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and isinstance(target := field.related_model, type)
        and room_of(target) != room_of(model)
        and not field.remote_field.hidden
    ]
    assert visible == []


def test_clock_settings_and_environment_are_read_in_the_rims_only() -> None:
    outside = [
        read for module in modules() if not in_rim(module.name) for read in ambient_reads(module)
    ]
    assert outside == []


def test_every_rim_is_needed() -> None:
    reading = {one.name for one in modules() if list(ambient_reads(one))}
    needed = {rim for rim in RIMS for name in reading if name == rim or name.startswith(f"{rim}.")}
    assert needed == set(RIMS)


@pytest.mark.parametrize(
    "text",
    [
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import monotonic",
        "from django.utils import timezone\ntimezone.now()",
        "from django.conf import settings",
        "import os\nos.environ['X']",
        "from os import getenv",
    ],
)
def test_a_planted_read_of_the_clock_or_the_settings_is_seen(text: str) -> None:
    assert list(ambient_reads(Module("planted", ROOT, text, ast.parse(text))))


def test_no_module_uses_the_private_names_of_another() -> None:
    assert [each for module in modules() for each in reaches(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(session): return session._lives",
        "class A:\n def f(self): self.other._lives.clear()",
        "from vaiti.capture.session.call import _newly_said",
    ],
)
def test_a_planted_use_of_a_private_name_is_seen(text: str) -> None:
    assert list(reaches(Module("planted", ROOT, text, ast.parse(text))))


def test_modules_are_named_for_what_they_are_about() -> None:
    assert [one.name for one in modules() if NO_NAMES & set(one.name.split("."))] == []


def test_files_and_functions_stay_small() -> None:
    long_files = [one.name for one in modules() if len(one.text.splitlines()) >= MAX_LINES]
    long_functions = [
        f"{one.name}.{function.name}"
        for one in modules()
        for function in functions(one)
        if (function.end_lineno or function.lineno) - function.lineno >= MAX_FUNCTION
    ]
    assert (long_files, long_functions) == ([], [])


def test_who_catches_everything_says_why() -> None:
    silent = [
        f"{path}:{number}"
        for path in [*(one.path for one in modules()), *files_of_tests()]
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"^\s*except(\s+(Base)?Exception\b.*)?:", line)
        and not re.search(r"# noqa: BLE001 - \w+", line)
        and not _reraises(path.read_text().splitlines(), number)
    ]
    assert silent == []


def _reraises(lines: list[str], number: int) -> bool:
    """Whether the handler that begins on this line ends by raising the same again."""
    indent = len(lines[number - 1]) - len(lines[number - 1].lstrip())
    body = []
    for line in lines[number:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        body.append(line.strip())
    return "raise" in body


def test_nothing_names_the_machine_it_was_written_on() -> None:
    places = re.compile("|".join(["/" + "work/", "bash" + "_jobs", "/" + "root/"]))
    assert [str(path) for path, text in texts() if places.search(text)] == []


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, skip_checks=True, verbosity=0)
