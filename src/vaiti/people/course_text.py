"""What a course says: screens and questions in three languages, checked before it is given. Pure.

A course is a table as TOML makes it (docs/training.md). It has both sections of the notice's
sentence, the use of the system, and business secrets and customer data (N-31, N-32).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

LANGUAGES = ("sv", "fi", "en")
SECTIONS = ("use_of_system", "secrets_and_customer_data")
MAX_TEXT = 4000  # in characters
MAX_SCREENS = 30
MAX_QUESTIONS = 40
MAX_ANSWERS = 8

Words = Mapping[str, str]
"""One text by language."""


Place = tuple[tuple[str, int], ...]
"""Where in a course: from the outside in, such as (("section", 1), ("question", 3))."""


class CourseError(ValueError):
    """The course cannot be given as it is; the sentence says where and what to change.

    `sentence` has placeholders for `facts`, and for `where`, which stands in `place`.
    """

    def __init__(self, sentence: str, place: Place = (), **facts: object) -> None:
        super().__init__(sentence % {"where": named(place), **facts})
        self.sentence, self.place, self.facts = sentence, place, facts


def named(place: Place) -> str:
    """The place in English, from the inside out."""
    return " of ".join(f"{kind} {number}" for kind, number in reversed(place)) or "the course"


@dataclass(frozen=True, slots=True)
class Screen:
    title: Words
    text: Words


@dataclass(frozen=True, slots=True)
class Answer:
    """`why` says what is right or wrong with it, to whoever has chosen it."""

    text: Words
    why: Words
    right: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Exactly one answer is right."""

    text: Words
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Section:
    kind: str
    version: str
    title: Words
    screens: tuple[Screen, ...]
    questions: tuple[Question, ...]

    def wrong(self, chosen: Mapping[int, int]) -> list[int]:
        """The questions, counted from 0, that are not answered or not rightly."""
        return [
            number
            for number, question in enumerate(self.questions)
            if not _is_right(question, chosen.get(number))
        ]


def _is_right(question: Question, chosen: int | None) -> bool:
    return (
        chosen is not None
        and 0 <= chosen < len(question.answers)
        and (question.answers[chosen].right)
    )


@dataclass(frozen=True, slots=True)
class Course:
    """`retrain_by`: the last day on which what changed sections said before still counts."""

    course: str
    version: str
    title: Words
    sections: tuple[Section, ...]
    retrain_by: date | None = None

    def section(self, kind: str) -> Section:
        """Raises KeyError."""
        for one in self.sections:
            if one.kind == kind:
                return one
        raise KeyError(kind)


def read_course(table: Mapping[str, Any]) -> Course:
    """Raises CourseError."""
    _only(table, {"course", "version", "title", "section", "retrain_by"}, ())
    retrain_by = table.get("retrain_by")
    if retrain_by is not None and type(retrain_by) is not date:
        raise CourseError("retrain_by is a day without quotes, such as 2027-01-31")
    sections = tuple(_section(*one) for one in _tables(table, "section", (), len(SECTIONS)))
    if sorted(one.kind for one in sections) != sorted(SECTIONS):
        raise CourseError(
            "a course has two sections, of the kinds %(kinds)s", kinds=" and ".join(SECTIONS)
        )
    return Course(
        course=_name(table, "course", 40, ()),
        version=_name(table, "version", 32, ()),
        title=_words(table, "title", ()),
        sections=tuple(sorted(sections, key=lambda one: SECTIONS.index(one.kind))),
        retrain_by=retrain_by,
    )


def _section(table: Mapping[str, Any], place: Place) -> Section:
    _only(table, {"kind", "version", "title", "screen", "question"}, place)
    screens = _tables(table, "screen", place, MAX_SCREENS)
    questions = _tables(table, "question", place, MAX_QUESTIONS)
    return Section(
        kind=_name(table, "kind", 30, place),
        version=_name(table, "version", 32, place),
        title=_words(table, "title", place),
        screens=tuple(_screen(*one) for one in screens),
        questions=tuple(_question(*one) for one in questions),
    )


def _screen(table: Mapping[str, Any], place: Place) -> Screen:
    _only(table, {"title", "text"}, place)
    return Screen(_words(table, "title", place), _words(table, "text", place))


def _question(table: Mapping[str, Any], place: Place) -> Question:
    _only(table, {"text", "answer"}, place)
    answers = tuple(_answer(*one) for one in _tables(table, "answer", place, MAX_ANSWERS))
    if len(answers) < 2:
        raise CourseError("%(where)s has at least two answers", place)
    if sum(one.right for one in answers) != 1:
        raise CourseError("%(where)s has exactly one answer with right = true", place)
    return Question(_words(table, "text", place), answers)


def _answer(table: Mapping[str, Any], place: Place) -> Answer:
    _only(table, {"text", "why", "right"}, place)
    right = table.get("right", False)
    if type(right) is not bool:
        raise CourseError("right in %(where)s is true or false, without quotes", place)
    return Answer(_words(table, "text", place), _words(table, "why", place), right)


def _only(table: object, known: set[str], place: Place) -> None:
    if not isinstance(table, Mapping):
        raise CourseError("%(where)s is a table of keys and values", place)
    for key in table:
        if key not in known:
            facts = {"key": str(key)[:40], "known": ", ".join(sorted(known))}
            raise CourseError(
                "%(where)s has the unknown key %(key)s; it may have %(known)s", place, **facts
            )


def _tables(
    table: Mapping[str, Any], key: str, place: Place, most: int
) -> list[tuple[Mapping[str, Any], Place]]:
    """The tables under `key`, each with its own place."""
    found = table.get(key)
    if not isinstance(found, list) or not found:
        raise CourseError(
            "%(where)s lacks its %(key)ss; each begins with a line in [[two brackets]]",
            place,
            key=key,
        )
    if len(found) > most:
        facts = {"count": len(found), "key": key, "most": most}
        raise CourseError(
            "%(where)s has %(count)d of %(key)s, and at most %(most)d are allowed", place, **facts
        )
    return [(one, (*place, (key, number))) for number, one in enumerate(found, 1)]


def _name(table: Mapping[str, Any], key: str, most: int, place: Place) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise CourseError(
            "%(key)s of %(where)s is a text of 1 to %(most)d characters, in quotes",
            place,
            key=key,
            most=most,
        )
    return value


def _words(table: Mapping[str, Any], key: str, place: Place) -> Words:
    value = table.get(key)
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        raise CourseError(
            "%(key)s of %(where)s is given in sv, fi and en, each once", place, key=key
        )
    for language in LANGUAGES:
        text = value[language]
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise CourseError(
                "%(key)s of %(where)s in %(language)s is a text of 1 to %(most)d characters",
                place,
                key=key,
                language=language,
                most=MAX_TEXT,
            )
    return {language: value[language].strip() for language in LANGUAGES}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256, hex, over the content as JSON with sorted keys and no white space, UTF-8."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
