"""docs/operations.md says what to do for each alarm that can be raised, and for no other."""

import ast
import importlib
import re
from collections.abc import Iterator

from house.sources import ROOT, Module, modules
from vaiti.capture.recorder import judging, process
from vaiti.capture.session import reports
from vaiti.web.wording import words

PAGE = (ROOT / "docs" / "operations.md").read_text()
HEADED = re.compile(r"^### `([a-z_:.]+)`\n((?:(?!#).+\n)+)", re.MULTILINE)
RAISING = {"raise_alarm", "settle", "_raise", "_alarm", "_settle"}
WRITTEN_BY_THE_RECORDER = {
    *reports.SENTENCES,
    *(
        value
        for room in (process, judging)
        for name, value in vars(room).items()
        if name.isupper() and isinstance(value, str)
    ),
    "orders_refused",
}
KIND = re.compile(r"[a-z_]+([:.][a-z_]+)?")
NAMED = re.compile(r"\b[a-z_]+/test_\w+")


def kinds_raised() -> Iterator[str]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and name_of(node.func) in RAISING and node.args:
                yield from told(module, node.args[0])


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def told(module: Module, given: ast.expr) -> Iterator[str]:
    """The constant that stands there, by its text or by its name in the module; what a function
    was given itself is found where it is called."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.Name) and given.id.isupper():
        yield str(getattr(importlib.import_module(module.name), given.id))
    elif isinstance(given, ast.Attribute) and given.attr.isupper():
        room = importlib.import_module(module.name)
        yield str(getattr(getattr(room, ast.unparse(given.value)), given.attr))


def test_every_alarm_says_what_to_do() -> None:
    sections = dict(HEADED.findall(PAGE))
    raised = {kind for kind in kinds_raised() if KIND.fullmatch(kind)}
    wanted = raised | WRITTEN_BY_THE_RECORDER | set(words.ALARMS)
    assert len(raised) > 30
    assert sorted(wanted - words.ALARMS.keys()) == [], "the pages have no words for it"
    assert sorted(wanted - sections.keys()) == [], "docs/operations.md does not say what to do"
    assert sorted(sections.keys() - wanted) == [], "docs/operations.md has what is never raised"
    assert all(len(text) > 40 for text in sections.values())


def test_each_test_that_it_names_is_there() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 20
    assert [one for one in named if not (ROOT / "tests" / f"{one}.py").is_file()] == []
