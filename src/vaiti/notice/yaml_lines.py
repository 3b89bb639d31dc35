"""A small part of YAML, read with the place of each thing, so that a fault can be pointed at. Pure.

Maps, lists and plain words; no anchors, tags or second documents. Every value is text: what looks
like a number or a yes is read by whoever knows what it should be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import yaml
from yaml import events

MAX_LETTERS = 1_000_000
MAX_DEPTH = 8


class _Mark(Protocol):
    """Where the parser stands; both of PyYAML's have it."""

    @property
    def index(self) -> int: ...


class YamlRefused(Exception):
    """It cannot be read; the sentence says where and what to change."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")
        self.line, self.sentence = line, sentence


@dataclass(frozen=True, slots=True)
class Word:
    """A value; `begins` and `ends` are where it stands in the text, quotes included."""

    text: str
    line: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Items:
    parts: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` and `places` say for each key where it stands: its line, its letter in the text."""

    parts: "dict[str, Node]"
    lines: dict[str, int]
    places: dict[str, int]
    line: int


Node = Word | Items | Table


def parse(text: str) -> Node:
    """The one document in the text. Raises YamlRefused."""
    if len(text) > MAX_LETTERS:
        raise YamlRefused(1, f"a notice has at most {MAX_LETTERS} letters")
    if "\r" in text:
        raise YamlRefused(1, "save it with line ends of one letter (LF)")
    try:
        return _document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise YamlRefused(line, f"this is no YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise YamlRefused(1, "it holds a letter that YAML does not allow") from error


def _document(stream: Iterator[events.Event]) -> Node:
    found: Node | None = None
    for event in stream:
        if isinstance(event, events.DocumentStartEvent):
            if found is not None:
                raise YamlRefused(_line(event), "one file holds one notice; take the second away")
            found = _node(next(stream), stream, 1)
    if found is None:
        raise YamlRefused(1, "the file is empty")
    return found


def _node(event: events.Event, stream: Iterator[events.Event], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise YamlRefused(_line(event), f"no more than {MAX_DEPTH} things stand in each other")
    if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
        raise YamlRefused(_line(event), "write it out; anchors (& and *) are not read")
    if getattr(event, "tag", None):
        raise YamlRefused(_line(event), "tags (with !) are not read; take it away")
    if isinstance(event, events.ScalarEvent):
        return Word(event.value, _line(event), _at(event.start_mark), _at(event.end_mark))
    if isinstance(event, events.SequenceStartEvent):
        return Items(tuple(_items(stream, depth)), _line(event))
    return _table(event, stream, depth)


def _items(stream: Iterator[events.Event], depth: int) -> Iterator[Node]:
    while not isinstance(event := next(stream), events.SequenceEndEvent):
        yield _node(event, stream, depth + 1)


def _table(start: events.Event, stream: Iterator[events.Event], depth: int) -> Table:
    found = Table({}, {}, {}, _line(start))
    while not isinstance(event := next(stream), events.MappingEndEvent):
        key = _node(event, stream, depth + 1)
        if not isinstance(key, Word):
            raise YamlRefused(_line(event), "a key is one word")
        if key.text in found.parts:
            raise YamlRefused(key.line, f"{key.text} stands here for the second time")
        found.parts[key.text] = _node(next(stream), stream, depth + 1)
        found.lines[key.text] = key.line
        found.places[key.text] = key.begins
    return found


def _line(event: events.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _at(mark: _Mark | None) -> int:
    return mark.index if mark else 0
