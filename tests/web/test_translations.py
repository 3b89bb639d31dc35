"""Nothing is said in one language only, and the compiled catalogues are those of the sources."""

import ast
import re
from pathlib import Path
from string import ascii_letters

import polib
import pytest
from django.utils.translation import override

from vaiti.access import alerts, balancing, misuse, spot_checks
from vaiti.access.correcting import FOR_ONESELF, NO_AGENT
from vaiti.access.decide import RULES, Part
from vaiti.access.purposes import Purpose
from vaiti.audit.kinds import Kind
from vaiti.capture.session.reports import SENTENCES
from vaiti.ops import following, steps, watch
from vaiti.people import recertify, widening
from vaiti.people.models import RoleKind
from vaiti.people.strength import MAX_PASSWORD, weakness
from vaiti.promises.approved import approved
from vaiti.register import arrivals, reported
from vaiti.register.corrections import NO_LINE, STALE, TEST_LINE
from vaiti.retention import days, overdue, remains
from vaiti.web.staff import refusals
from vaiti.web.wording import access_words, alarm_shapes, alert_words, words
from web.catalogues import LANGUAGES, LOCALE, WEB, catalogue

ALARMS = (
    alerts.ALARM,
    spot_checks.ALARM,
    balancing.ALARM,
    recertify.OVERDUE,
    recertify.REPORTED,
    widening.ALARM,
    steps.ALARM,
    following.ALARM,
    watch.SILENT,
    watch.REFUSING,
    days.ALARM,
    remains.ALARM,
    overdue.KEYS_ALARM,
    overdue.BYTES_ALARM,
    arrivals.ALARM_CALL,
    arrivals.ALARM_KEYS,
    arrivals.ALARM_JOURNAL,
    reported.ALARM_EVENT,
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
ADMITTED = {"Vaiti", "s", "K", "J", "L", "C", "S", "R", "N", "P", "Enter", "Esc", "door", "page"}
"""The name, the unit of seconds, keys, and two classes that fill a block."""


def stored(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_the_sources_say_and_nothing_else(language: str) -> None:
    fresh = {(one.msgid, one.msgid_plural) for one in catalogue(language)}
    kept = {(one.msgid, one.msgid_plural) for one in stored(language)}
    assert kept == fresh, "run tests/web/catalogues.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_a_guess(language: str) -> None:
    for entry in stored(language):
        assert entry.translated(), entry.msgid
        assert not entry.fuzzy, entry.msgid
        assert not entry.obsolete, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    for entry in stored(language):
        said = list(entry.msgstr_plural.values()) or [entry.msgstr]
        for text in said:
            wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            assert set(PLACEHOLDER.findall(text)) == wanted, entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_stored_one(language: str) -> None:
    compiled = LOCALE / language / "LC_MESSAGES" / "django.mo"
    assert compiled.read_bytes() == stored(language).to_binary(), "run tests/web/catalogues.py"


@pytest.mark.parametrize(
    "template", sorted(WEB.rglob("templates/**/*.html")), ids=lambda path: path.name
)
def test_no_template_says_anything_past_the_catalogue(template: Path) -> None:
    text = template.read_text()
    assert "{% plural %}" not in text, "the catalogue holds no plurals of templates"
    text = re.sub(r"{% blocktranslate.*?endblocktranslate %}", " ", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)
    named = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    bare = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
    said = re.findall(rf"[{ascii_letters}åäöÅÄÖ]+", " ".join([bare, *named]))
    assert set(said) <= ADMITTED


def test_every_code_of_the_rooms_below_has_words() -> None:
    assert set(words.ACTS) == {kind.value for kind in Kind}
    assert set(words.ROLES) == set(words.ALLOWANCES) == set(RoleKind.values)
    assert set(alert_words.RULES) == set(alert_words.TITLES) == set(misuse.Rule)
    assert set(words.PURPOSES) == {purpose.value for purpose in Purpose}
    assert set(words.ALARMS) >= {*SENTENCES, *ALARMS}
    assert set(alarm_shapes.SENTENCES) == set(SENTENCES.values())
    assert set(alarm_shapes.SILENCES) == {
        f"the {who} says nothing; {what}"
        for who in ("recorder", "front")
        for what in (watch.NO_CALL, watch.OTHERS)
    }
    assert set(access_words.WAYS_TO_HEAR) == {*words.LISTENERS, "unassigned_leg"}
    rules = {rule.name for rule in RULES if rule.corrects}
    assert set(access_words.CORRECTORS) == rules
    assert set(access_words.CORRECTED) == set(access_words.PARTS) == set(Part)
    assert set(access_words.CORRECTIONS) >= {STALE, NO_LINE, TEST_LINE, NO_AGENT, FOR_ONESELF}
    assert set(words.LISTENERS) == {rule.name for rule in RULES if rule.heard}


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * (MAX_PASSWORD + 1),
        "ababababababab",
        "anna.astrom är bra",
        "qwertyuiop1234567",
    ],
)
def test_every_sentence_that_refuses_a_password_has_words(password: str) -> None:
    sentence = weakness(password, "anna.astrom", "Anna Åström")
    assert sentence is None or sentence in refusals.PASSWORDS


NO_PAGE = frozenset({"feed", "scim", "sso", "tokens"})
"""Modules of people whose refusals only the command line and machines see, in English."""


def refusing(source: str) -> set[str]:
    """The sentences that a module of people can refuse with."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "EnrolmentError" and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
            assert node.func.id != "EnrolmentError" or not isinstance(node.args[0], ast.JoinedStr)
    return found


def test_every_refusal_about_people_that_a_page_can_show_has_words() -> None:
    modules = [one for one in (WEB.parent / "people").glob("*.py") if one.stem not in NO_PAGE]
    said = set[str]().union(*(refusing(module.read_text()) for module in modules))
    assert len(said) > 30
    assert said <= set(refusals.SENTENCES)


def facts_named(source: str) -> set[str]:
    """The names of facts that a module writes into entries, where they stand in plain sight."""
    found: set[str] = set()
    told: list[ast.AST | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and "Facts" in ast.unparse(node.annotation):
            told.append(node.value)
        if isinstance(node, ast.FunctionDef) and "Facts" in ast.unparse(node.returns or node.args):
            told += [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
        if isinstance(node, ast.Call):
            told += [one.value for one in node.keywords if one.arg == "facts"]
            if isinstance(node.func, ast.Name) and node.func.id == "enter":
                found |= {one.arg for one in node.keywords if one.arg} - {"by", "now"}
    dicts = [one for tree in told if tree for one in ast.walk(tree) if isinstance(one, ast.Dict)]
    keys = [key for one in dicts for key in one.keys]
    return found | {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def test_every_fact_of_an_entry_has_words() -> None:
    """The log's page names facts in the reader's language, those too that only programs write."""
    rooms = [one for one in WEB.parent.rglob("*.py") if not {"web", "demo"} & set(one.parts)]
    named = {
        name
        for module in rooms
        if not module.name.startswith("bench")
        for name in facts_named(module.read_text())
    }
    assert len(named) > 150
    assert named | approved().facts <= set(words.FACTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_names_every_act_and_fact_in_the_readers_language(language: str) -> None:
    """Through the very functions that the page uses: none is left in English by accident."""
    with override(language):
        told = [words.act(kind.value) for kind in Kind]
        told += [words.fact(name) for name in approved().facts]
    kept = {one.msgid: one.msgstr for one in stored(language)}
    sources = [words.ACTS[kind.value] for kind in Kind]
    sources += [words.FACTS[name] for name in approved().facts]
    assert told == [kept[source] for source in sources]
