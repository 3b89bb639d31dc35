"""A notice as a file: each sentence in the controller's own words, and what it promises. Pure.

The file is YAML (docs/promises.md). What a sentence promises as a setting (how long, which digits,
for what) stands under `states`, and the system reads it from there and from nowhere else.
"""

import difflib
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vaiti.notice.due import MAX_MONTHS
from vaiti.notice.filling import UnknownWord, fill
from vaiti.notice.sentences import (
    LANGUAGES,
    Controller,
    Joint,
    Kind,
    Lang,
    Promised,
    Sentence,
    Wording,
)
from vaiti.notice.yaml_lines import Items, Node, Table, Word, YamlRefused, parse

__all__ = [
    "Controller",
    "Kind",
    "Lang",
    "Promised",
    "Sentence",
    "Wording",
    "WordingRefused",
    "change",
    "read",
]

MAX_TEXT = 4000
FIELDS = (
    *("begins", "ends", "length", "own_number", "customer_number", "agent", "sound"),
)  # fmt: skip
PURPOSES = ("verify", "rights", "training", "security")
ROLES = (
    *("service_agent", "sales_agent", "manager", "administrator", "dpo", "rights_handler"),
    *("security_lead", "trainer", "auditor", "assigner"),
)
LINES = ("service", "telesales")
CHANNELS = ("web", "desk", "letter", "email", "telephone", "portal")
RECIPIENTS = ("data_subject", "authority", "processor")
GROUNDS = ("legitimate_interest", "consent", "contract", "legal_obligation")
TOPICS = (
    *("recording", "register", "masking", "retention", "access", "training", "purposes"),
    *("residency", "recipients", "channels", "rights", "audit", "schema", "security"),
)
PLACE = "EEA, EU, or two capital letters of a country such as FI"
SETTINGS = tuple(one.name for one in fields(Promised))

_ID = re.compile(r"[A-Z]{1,3}-[0-9]{1,3}")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_CHECK = re.compile(rf"(?:{'|'.join(TOPICS)})\.[a-z][a-z0-9_]{{0,40}}")
_Y_TUNNUS = re.compile(r"[0-9]{7}-[0-9]")


class WordingRefused(Exception):
    """The file is no notice yet; the sentence says where, and what to change."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")


@lru_cache(maxsize=16)
def read(text: str) -> Wording:
    """Raises WordingRefused."""
    try:
        top = _table(parse(text), "the notice")
    except YamlRefused as error:
        raise WordingRefused(error.line, error.sentence) from error
    _keys(top, ("notice", "version", "controller", "states", "sentences"), ("headings", "joint"))
    controller = _controller(_table(top.parts["controller"], "controller"))
    promised = _promised(_table(top.parts["states"], "states"))
    sentences = _sentences(_items(top.parts["sentences"], "sentences"), controller, promised)
    return Wording(
        name=_word(top, "notice", _NAME, "small letters, digits and -"),
        version=_word(top, "version", re.compile(r"[^\s/]{1,32}"), "1 to 32 letters, no space"),
        controller=controller,
        promised=promised,
        sentences=sentences,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        headings=_headings(top, {one.id for one in sentences}),
        joint=_joint(top),
    )


def change(text: str, values: Mapping[str, str]) -> str:
    """The file with other values, each named by its path such as `controller.name`.

    Nothing else of the text changes. What is not there is put below what it belongs to.
    """
    top = _table(parse(text), "the notice")
    cuts: list[tuple[int, int, str]] = []
    for path, value in values.items():
        section, _, key = path.rpartition(".")
        table = _table(top.parts[section], section) if section else top
        found = table.parts.get(key)
        if isinstance(found, Word):
            cuts.append((found.begins, found.ends, _quoted(value)))
        else:
            first = min(table.places.values())
            cuts.append((first, first, f"{key}: {_quoted(value)}\n  "))
    for begins, ends, new in sorted(cuts, reverse=True):
        text = text[:begins] + new + text[ends:]
    return text


def _quoted(value: str) -> str:
    escaped = "".join(
        f"\\U{ord(one):08x}" if not one.isprintable() or one in '"\\' else one for one in value
    )
    return f'"{escaped}"'


def _controller(table: Table) -> Controller:
    must = ("name", "business_id", "privacy_contact")
    _keys(table, must, tuple(one.name for one in fields(Controller) if one.name not in must))
    found = {key: _text(node, key).strip() for key, node in table.parts.items()}
    for key in must:
        if not found[key]:
            raise WordingRefused(table.lines[key], f"{key} of the controller is empty; write it")
    if not business_id_holds(found["business_id"]):
        raise WordingRefused(
            table.lines["business_id"], "business_id: its last digit does not fit the others"
        )
    return Controller(**found)


def business_id_holds(written: str) -> bool:
    """Whether a Finnish business id has the right check digit; of others nothing is known."""
    if not _Y_TUNNUS.fullmatch(written):
        return bool(written.strip())
    weights = zip((7, 9, 10, 5, 8, 4, 2), written, strict=False)
    rest = sum(weight * int(digit) for weight, digit in weights) % 11
    return rest != 1 and int(written[-1]) == (11 - rest if rest else 0)


def _promised(table: Table) -> Promised:
    _keys(table, SETTINGS, ())
    purposes = _words(table, "purposes", PURPOSES)
    return Promised(
        period_months=_number(table, "period_months", 1, MAX_MONTHS),
        zone=_zone(table),
        mask=_number(table, "mask", 1, 15),
        fields=_words(table, "fields", FIELDS),
        purposes=purposes,
        roles=_words(table, "roles", ROLES),
        lines=_words(table, "lines", LINES),
        places=_places(table),
        channels=_words(table, "channels", CHANNELS),
        recipients=_words(table, "recipients", RECIPIENTS),
        basis=_basis(table, purposes),
    )


def _zone(table: Table) -> str:
    name = _text(table.parts["zone"], "zone")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        line = table.lines["zone"]
        raise WordingRefused(line, "zone: name a time zone such as Europe/Helsinki") from error


def _places(table: Table) -> tuple[str, ...]:
    found = _list(table, "places")
    for one in found:
        if one.text not in ("EEA", "EU") and not re.fullmatch(r"[A-Z]{2}", one.text):
            raise WordingRefused(one.line, f"places: write {PLACE}")
    return tuple(one.text for one in found)


def _basis(table: Table, purposes: tuple[str, ...]) -> Mapping[str, str]:
    grounds = _table(table.parts["basis"], "basis")
    _keys(grounds, purposes, ())
    return MappingProxyType(
        {one: _one_of(grounds.parts[one], f"basis of {one}", GROUNDS) for one in purposes}
    )


def _sentences(items: Items, controller: Controller, promised: Promised) -> tuple[Sentence, ...]:
    found: dict[str, Sentence] = {}
    for node in items.parts:
        table = _table(node, "a sentence")
        sentence = _sentence(table, controller, promised)
        if sentence.id in found:
            raise WordingRefused(table.line, f"{sentence.id} stands here for the second time")
        found[sentence.id] = sentence
    said = {setting for one in found.values() for setting in one.states}
    for setting in SETTINGS:
        if setting not in said:
            raise WordingRefused(
                items.line, f"no sentence states {setting}; write it to the states of the one"
                " that does, so that what breaks it can be shown"
            )  # fmt: skip
    return tuple(found.values())


def _sentence(table: Table, controller: Controller, promised: Promised) -> Sentence:
    _keys(
        table,
        ("id", "kind", "text"),
        ("checks", "attests", "lasts_months", "states", "requirements"),
    )
    name = _word(table, "id", _ID, "a name such as N-18")
    kind = Kind(_one_of(table.parts["kind"], "kind", tuple(Kind)))
    _fits(table, kind, name)
    return Sentence(
        id=name,
        kind=kind,
        text=_texts(table, name, lambda lang, said: fill(said, lang, controller, promised)),
        checks=tuple(_matching(table, "checks", _CHECK, "a check such as masking.database")),
        attests=_word(table, "attests", _NAME, "small letters, digits and _", ""),
        lasts_months=_number(table, "lasts_months", 1, 36) if kind is Kind.ATTESTED else 0,
        states=_words(table, "states", SETTINGS) if "states" in table.parts else (),
        requirements=tuple(_matching(table, "requirements", _ID, "such as N-18")) or (name,),
    )


def _fits(table: Table, kind: Kind, name: str) -> None:
    """Whether the sentence has what its kind needs and nothing of another."""
    needed = {Kind.PROVEN: {"checks"}, Kind.ATTESTED: {"attests", "lasts_months"}}
    must = needed.get(kind, set())
    for key in ("checks", "attests", "lasts_months"):
        if key in must and key not in table.parts:
            raise WordingRefused(table.line, f"{name} is {kind}, so it needs {key}")
        if key not in must and key in table.parts:
            raise WordingRefused(
                table.lines[key], f"{name} is {kind}, so {key} says nothing; take it away"
            )


def _headings(top: Table, ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    if "headings" not in top.parts:
        return MappingProxyType({})
    table = _table(top.parts["headings"], "headings")
    _known(table, ids)
    return MappingProxyType({one: _texts_of(table.parts[one], one) for one in table.parts})


def _joint(top: Table) -> tuple[Joint, ...]:
    if "joint" not in top.parts:
        return ()
    found = []
    for node in _items(top.parts["joint"], "joint").parts:
        table = _table(node, "a joint controller")
        _keys(table, ("name", "business_id", "contact", "does"), ())
        plain = {key: _text(table.parts[key], key).strip() for key in ("name", "contact")}
        number = _text(table.parts["business_id"], "business_id").strip()
        if not all(plain.values()) or not business_id_holds(number):
            raise WordingRefused(table.line, "joint: name, contact and a business id that holds")
        does = MappingProxyType(_texts_of(table.parts["does"], "does"))
        found.append(Joint(business_id=number, does=does, **plain))
    return tuple(found)


def _texts(table: Table, name: str, filled: Callable[[str, str], str]) -> Mapping[str, str]:
    texts = _table(table.parts["text"], f"text of {name}")
    found = {}
    for lang, said in _texts_of(texts, name).items():
        try:
            found[lang] = filled(lang, said)
        except UnknownWord as error:
            raise WordingRefused(texts.lines[lang], f"{name}: {error}") from error
    return MappingProxyType(found)


def _texts_of(node: Node, name: str) -> Mapping[str, str]:
    texts = _table(node, f"text of {name}")
    _keys(texts, LANGUAGES, ())
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        said = " ".join(_text(texts.parts[lang], f"text of {name}").split())
        if not said or len(said) > MAX_TEXT or not said.isprintable():
            line = texts.lines[lang]
            raise WordingRefused(
                line, f"{name}: {lang} has at least a word, and {MAX_TEXT} letters"
            )
        found[lang] = said
    return found


def _keys(table: Table, must: Collection[str], may: Collection[str]) -> None:
    _known(table, (*must, *may))
    for key in must:
        if key not in table.parts:
            raise WordingRefused(table.line, f"{key} is missing; write it")


def _known(table: Table, known: Collection[str]) -> None:
    for key in table.parts:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            meant = f"; did you mean {near[0]}?" if near else "; take it away"
            raise WordingRefused(table.lines[key], f"{_short(key)} is not known here{meant}")


def _table(node: Node, name: str) -> Table:
    if isinstance(node, Table):
        return node
    raise WordingRefused(node.line, f"{name} is a table: `key: value` on lines of their own")


def _items(node: Node, name: str) -> Items:
    if isinstance(node, Items) and node.parts:
        return node
    raise WordingRefused(node.line, f"{name} is a list with at least one thing in it")


def _text(node: Node, name: str) -> str:
    if isinstance(node, Word):
        return node.text
    raise WordingRefused(node.line, f"{name} is a text, and not a list or table")


def _list(table: Table, key: str) -> list[Word]:
    found: list[Word] = []
    for node in _items(table.parts[key], key).parts:
        if not isinstance(node, Word):
            raise WordingRefused(node.line, f"{key}: each is one word")
        if node.text in (one.text for one in found):
            raise WordingRefused(node.line, f"{key}: {_short(node.text)} is there twice")
        found.append(node)
    return found


def _words(table: Table, key: str, known: Collection[str]) -> tuple[str, ...]:
    return tuple(_one_of(one, key, known) for one in _list(table, key))


def _one_of(node: Node, name: str, known: Collection[str]) -> str:
    text = _text(node, name)
    if text not in known:
        raise WordingRefused(node.line, f"{name}: write one of {', '.join(known)}")
    return text


def _matching(table: Table, key: str, form: re.Pattern[str], meant: str) -> Iterator[str]:
    for one in _list(table, key) if key in table.parts else ():
        if not form.fullmatch(one.text):
            raise WordingRefused(one.line, f"{key}: write {meant}")
        yield one.text


def _word(
    table: Table, key: str, form: re.Pattern[str], meant: str, usual: str | None = None
) -> str:
    if usual is not None and key not in table.parts:
        return usual
    text = _text(table.parts[key], key)
    if not form.fullmatch(text):
        raise WordingRefused(table.lines[key], f"{key}: write {meant}")
    return text


def _number(table: Table, key: str, least: int, most: int) -> int:
    text = _text(table.parts[key], key)
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise WordingRefused(table.lines[key], f"{key}: a whole number from {least} to {most}")
    return int(text)


def _short(text: str) -> str:
    return text[:40] if text.isprintable() else "what stands here"
