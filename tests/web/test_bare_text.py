"""No sentence reaches a page past the catalogue: neither from a view nor from a room's refusal.

In web every text that reads like words goes through gettext, or is one of the catalogue already (a
sentence of a room, translated where it is shown), or is listed here as a name. A text reads like
words when it has two words after one another, or is one word with a capital letter.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from web.catalogues import LANGUAGES, WEB, catalogue

SAYS = frozenset({"_", "gettext", "ngettext", "gettext_noop"})
WORDS = re.compile(r"[^\W\d_]{2,}[,.;:]? +[^\W\d_]{2,}|[A-ZÅÄÖ][a-zåäö]{2,}(?:\b|$)")
MACHINES = frozenset(
    {
        *("scim", "scim_groups", "scim_schema", "sso_client", "answers", "origins"),
        "cookies",
        "problems",
        "spelling",
    }
)
"""Modules that no person reads, whose answers are English, and those of browsers' names and of
spelling alphabets, which each language has its own of."""
NAMES = frozenset(
    {
        *("Location", "Range", "Allow", "Accept", "Authorization", "Content-Range"),
        "ETag",
        *("Strict", "Lax", "Suomi", "Svenska", "English", "Moments", "Stays", "Vaiti"),
    }
)
"""Headers, values of cookies, languages in themselves, and types."""
HEADERS = frozenset(
    {
        *('attachment; filename="', 'inline; filename="', "max-age=31536000; includeSubDomains"),
        "text/csv; charset=utf-8",
    }
)
REFUSES = frozenset({"MandateError", "CorrectionRefused", "FactorError", "EnrolmentError"})
"""What rooms raise with a sentence that a page shows."""
ROOMS = ("access", "register", "people")
QUIET = {"people": {"scim", "sso", "tokens", "scim_document", "scim_groups", "feed"}}
"""Modules whose refusals only the command line and machines see."""


def known() -> set[str]:
    """Every text of the catalogue, singular and plural."""
    entries = catalogue(LANGUAGES[0])
    return {text for one in entries for text in (one.msgid, one.msgid_plural) if text}


def said(tree: ast.AST) -> Iterator[ast.AST]:
    """What a call of gettext holds, documents, goes up as an exception, or is a table's key."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS:
            yield from ast.walk(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        if isinstance(node, ast.Raise) and called(node.exc) not in REFUSES:
            yield from ast.walk(node)


def called(node: ast.AST | None) -> str:
    return getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""


def bare(source: str, translated: set[str]) -> list[str]:
    """The texts of a module of web that would be shown as they stand."""
    tree = ast.parse(source)
    apart = {id(node) for node in said(tree)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart
    ]
    wordy = [text for text in texts if WORDS.search(text)]
    return [text for text in wordy if text not in translated and not is_name(text)]


def is_name(text: str) -> bool:
    drawing = "<svg " in text or "<rect " in text
    address = " " not in text and re.search(r"/|\.\w", text) is not None
    pattern = re.search(r"\\[dswS]", text) is not None
    header = text in HEADERS
    command = text.startswith("./vaiti ")
    return (
        header
        or command
        or drawing
        or (
            address
            or pattern
            or text in NAMES
            or bool(re.fullmatch(r"[A-Z][\w]*(-[A-Z][\w]*)+", text))
        )
    )


def refused(source: str) -> Iterator[str]:
    """What the module refuses with; a sentence put together at the time is never translated."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in REFUSES and node.args:
            first = node.args[0]
            if isinstance(first, ast.JoinedStr):
                yield f"line {node.lineno}: put together"
            elif isinstance(first, ast.Constant):
                yield str(first.value)
            elif isinstance(first, ast.Name) and first.id in constants:
                yield str(constants[first.id])


def modules_of(room: str) -> list[Path]:
    quiet = QUIET.get(room, set())
    return [one for one in (WEB.parent / room).glob("*.py") if one.stem not in quiet]


def test_no_module_of_the_pages_says_anything_past_the_catalogue() -> None:
    translated = known()
    found = {
        module.name: texts
        for module in sorted(WEB.rglob("*.py"))
        if "api" not in module.parts
        and module.stem not in MACHINES
        and (texts := bare(module.read_text(), translated))
    }
    assert found == {}


def test_every_refusal_that_a_page_shows_is_in_the_catalogue() -> None:
    sentences = {
        one for room in ROOMS for file in modules_of(room) for one in refused(file.read_text())
    }
    assert len(sentences) > 60
    assert sentences <= known()


@pytest.mark.parametrize(
    "source",
    [
        'page = {"heading": "My calls"}',
        'label = "Listen"',
        'text = f"{count} of them"',
        'raise MandateError("It has no words.")',
    ],
)
def test_a_bare_text_is_found(source: str) -> None:
    assert bare(source, set())


@pytest.mark.parametrize(
    "source",
    [
        'page = {"heading": _("My calls")}',
        '"""Only a word for builders."""',
        'raise ValueError("a mistake of ours")',
        'href = "/calls/"; headers = {"X-Frame-Options": "DENY"}',
    ],
)
def test_what_is_no_text_for_people_is_not_found(source: str) -> None:
    assert bare(source, set()) == []
