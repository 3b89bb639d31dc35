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


class CourseError(ValueError):
    """The course cannot be given as it is; the sentence says where and what to change."""


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
    _only(table, {"course", "version", "title", "section", "retrain_by"}, "the course")
    retrain_by = table.get("retrain_by")
    if retrain_by is not None and type(retrain_by) is not date:
        raise CourseError("retrain_by is a day without quotes, such as 2027-01-31")
    sections = tuple(
        _section(one, f"section {number}")
        for number, one in enumerate(_tables(table, "section", "the course"), 1)
    )
    if sorted(one.kind for one in sections) != sorted(SECTIONS):
        raise CourseError(f"a course has two sections, of the kinds {' and '.join(SECTIONS)}")
    return Course(
        course=_name(table, "course", 40, "the course"),
        version=_name(table, "version", 32, "the course"),
        title=_words(table, "title", "the course"),
        sections=tuple(sorted(sections, key=lambda one: SECTIONS.index(one.kind))),
        retrain_by=retrain_by,
    )


def _section(table: Mapping[str, Any], where: str) -> Section:
    _only(table, {"kind", "version", "title", "screen", "question"}, where)
    screens = _tables(table, "screen", where, MAX_SCREENS)
    questions = _tables(table, "question", where, MAX_QUESTIONS)
    return Section(
        kind=_name(table, "kind", 30, where),
        version=_name(table, "version", 32, where),
        title=_words(table, "title", where),
        screens=tuple(
            _screen(one, f"screen {number} of {where}") for number, one in enumerate(screens, 1)
        ),
        questions=tuple(
            _question(one, f"question {number} of {where}")
            for number, one in enumerate(questions, 1)
        ),
    )


def _screen(table: Mapping[str, Any], where: str) -> Screen:
    _only(table, {"title", "text"}, where)
    return Screen(_words(table, "title", where), _words(table, "text", where))


def _question(table: Mapping[str, Any], where: str) -> Question:
    _only(table, {"text", "answer"}, where)
    answers = tuple(
        _answer(one, f"answer {number} of {where}")
        for number, one in enumerate(_tables(table, "answer", where, MAX_ANSWERS), 1)
    )
    if len(answers) < 2:
        raise CourseError(f"{where} has at least two answers")
    if sum(one.right for one in answers) != 1:
        raise CourseError(f"{where} has exactly one answer with right = true")
    return Question(_words(table, "text", where), answers)


def _answer(table: Mapping[str, Any], where: str) -> Answer:
    _only(table, {"text", "why", "right"}, where)
    right = table.get("right", False)
    if type(right) is not bool:
        raise CourseError(f"right in {where} is true or false, without quotes")
    return Answer(_words(table, "text", where), _words(table, "why", where), right)


def _only(table: object, known: set[str], where: str) -> None:
    if not isinstance(table, Mapping):
        raise CourseError(f"{where} is a table of keys and values")
    for key in table:
        if key not in known:
            raise CourseError(f"{where} has the unknown key {key}; it may have {sorted(known)}")


def _tables(
    table: Mapping[str, Any], key: str, where: str, most: int = len(SECTIONS)
) -> list[Mapping[str, Any]]:
    found = table.get(key)
    if not isinstance(found, list) or not found:
        raise CourseError(f"{where} lacks its {key}s; each begins with a line in [[two brackets]]")
    if len(found) > most:
        raise CourseError(f"{where} has {len(found)} of {key}, and at most {most} are allowed")
    return found


def _name(table: Mapping[str, Any], key: str, most: int, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise CourseError(f"{key} of {where} is a text of 1 to {most} characters, in quotes")
    return value


def _words(table: Mapping[str, Any], key: str, where: str) -> Words:
    value = table.get(key)
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        raise CourseError(f"{key} of {where} is given in sv, fi and en, each once")
    for language in LANGUAGES:
        text = value[language]
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise CourseError(
                f"{key} of {where} in {language} is a text of 1 to {MAX_TEXT} characters"
            )
    return {language: value[language].strip() for language in LANGUAGES}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256, hex, over the content as JSON with sorted keys and no white space, UTF-8."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
