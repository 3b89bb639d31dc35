"""The course, its sections and records: what counts, from when, and to which midnight."""

import copy
import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cast import NOW, READY_UNTIL, Cast
from vaiti.audit.models import Leaf
from vaiti.ops.first.training import COURSE
from vaiti.people import training
from vaiti.people.course_text import SECTIONS, CourseError, Section, read_course
from vaiti.people.expiry import Term, days_left, warns
from vaiti.people.models import SectionPass, TrainingRecord
from vaiti.people.readiness import readiness
from vaiti.people.training import GivenCourse, TrainingError

HELSINKI = ZoneInfo("Europe/Helsinki")
TERM = Term(12, HELSINKI)
BY = "system:test"
USE, SECRETS = SECTIONS
LATER = NOW + timedelta(days=40)


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    return tomllib.loads(COURSE.read_text())


def right(section: Section) -> dict[int, int]:
    return {
        number: [answer.right for answer in question.answers].index(True)
        for number, question in enumerate(section.questions)
    }


def load(table: dict[str, Any], now: datetime = NOW, **changes: Any) -> GivenCourse:  # noqa: ANN401
    training.load_course(table | changes, TERM, by=BY, now=now)
    given = training.given_course()
    assert given is not None
    return given


def do_pass(cast: Cast, given: GivenCourse, kind: str, now: datetime = NOW) -> None:
    chosen = right(given.course.section(kind))
    wrong = training.pass_section(cast.anna.id, given, kind, chosen, term=TERM, now=now)
    assert wrong == []


def forget(cast: Cast) -> None:
    training.withdraw(cast.anna.id, by=BY, now=NOW - timedelta(minutes=1))


def test_n31_n32_the_course_that_comes_along_has_both_sections_in_three_languages(
    table: dict[str, Any],
) -> None:
    course = read_course(table)
    assert tuple(section.kind for section in course.sections) == SECTIONS
    assert sum(len(section.screens) for section in course.sections) == 6
    assert sum(len(section.questions) for section in course.sections) == 10
    for section in course.sections:
        places = set(right(section).values())
        assert len(places) > 1, "the right answer always stands in the same place"


def without(table: dict[str, Any], *path: str | int) -> dict[str, Any]:
    changed = copy.deepcopy(table)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (("title", "fi"), "title of the course is given in sv, fi and en"),
        (("version",), "version of the course is a text"),
        (("section", 1), "two sections"),
        (("section", 0, "version"), "version of section 1"),
        (("section", 0, "screen"), "section 1 lacks its screens"),
        (("section", 1, "question", 2, "text", "sv"), "text of question 3 of section 2"),
        (("section", 0, "question", 0, "answer", 1, "right"), "exactly one answer"),
        (("section", 0, "question", 0, "answer", 0, "why"), "why of answer 1 of question 1"),
    ],
)
def test_a_course_that_lacks_something_is_refused_with_the_place(
    table: dict[str, Any], path: tuple[str | int, ...], sentence: str
) -> None:
    with pytest.raises(CourseError, match=sentence):
        read_course(without(table, *path))


def test_a_misspelt_key_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(CourseError, match="unknown key retrain"):
        read_course(table | {"retrain": "2027-01-01"})
    with pytest.raises(CourseError, match="without quotes"):
        read_course(table | {"retrain_by": "2027-01-01"})


def test_n31_passing_both_sections_gives_a_record_to_the_end_of_its_last_day(
    cast: Cast, table: dict[str, Any]
) -> None:
    forget(cast)
    given = load(table)
    do_pass(cast, given, USE)
    assert not readiness(cast.anna.id, NOW).trained
    do_pass(cast, given, SECRETS)
    until = datetime(2027, 11, 23, 22, tzinfo=UTC)  # midnight after the 23rd in Helsinki
    ready = readiness(cast.anna.id, NOW)
    assert ready.trained_until == until
    assert readiness(cast.anna.id, until - timedelta(microseconds=1)).trained
    assert not readiness(cast.anna.id, until).trained
    kinds = Leaf.objects.filter(subject=cast.anna.id.hex).values_list("kind", flat=True)
    assert sorted(kinds)[-4:] == [
        "people:section:passed",
        "people:section:passed",
        "people:training:recorded",
        "people:training:withdrawn",
    ]


def test_n32_a_record_without_the_section_on_secrets_is_no_training(
    cast: Cast, table: dict[str, Any]
) -> None:
    forget(cast)
    given = load(table)
    do_pass(cast, given, USE)
    do_pass(cast, given, USE)
    assert not readiness(cast.anna.id, NOW).trained


def test_n32_a_pass_keeps_the_version_and_the_hash_of_what_the_section_said(
    cast: Cast, table: dict[str, Any]
) -> None:
    do_pass(cast, load(table), SECRETS)
    changed = copy.deepcopy(table)
    changed["section"][1]["title"]["en"] = "Another instruction"
    changed["section"][1]["version"] = "2"
    do_pass(cast, load(changed, LATER, version="2"), SECRETS, LATER)
    first, second = SectionPass.objects.filter(source="", section=SECRETS).order_by("recorded_at")
    assert (first.version, second.version) == ("1", "2")
    assert first.sha256 != second.sha256
    assert len(first.sha256) == 64


def test_a_wrong_answer_is_told_and_leaves_no_trace(cast: Cast, table: dict[str, Any]) -> None:
    given = load(table)
    section = given.course.section(USE)
    chosen = right(section) | {2: (right(section)[2] + 1) % 3}
    before = Leaf.objects.count()
    for tried, wrong in ((chosen, [2]), ({}, [0, 1, 2, 3, 4]), (chosen | {2: 99}, [2])):
        found = training.pass_section(cast.anna.id, given, USE, tried, term=TERM, now=NOW)
        assert found == wrong
    assert Leaf.objects.count() == before
    assert not SectionPass.objects.filter(source="").exists()


def test_n32_a_new_instruction_version_starts_a_deadline(cast: Cast, table: dict[str, Any]) -> None:
    forget(cast)
    first = load(table)
    do_pass(cast, first, USE)
    do_pass(cast, first, SECRETS)
    changed = copy.deepcopy(table)
    changed["section"][1]["version"] = "2"
    deadline = TERM.midnight_after(date(2027, 1, 31))
    second = load(changed, LATER, version="2", retrain_by=date(2027, 1, 31))
    assert readiness(cast.anna.id, LATER).trained_until == deadline
    assert not readiness(cast.anna.id, deadline).trained
    do_pass(cast, second, SECRETS, LATER)
    assert readiness(cast.anna.id, LATER).trained_until == datetime(2027, 11, 23, 22, tzinfo=UTC)


def test_a_course_without_a_deadline_leaves_what_was_passed(
    cast: Cast, table: dict[str, Any]
) -> None:
    load(table)
    load(table, LATER, version="2")
    assert readiness(cast.anna.id, LATER).trained_until == READY_UNTIL


def test_a_loaded_version_never_changes(cast: Cast, table: dict[str, Any]) -> None:
    load(table)
    with pytest.raises(CourseError, match="loaded already"):
        load(table, LATER)
    with pytest.raises(CourseError, match="retrain_by is over"):
        load(table, LATER, version="2", retrain_by=date(2026, 11, 1))


def test_withdrawn_training_counts_no_more_from_that_instant(cast: Cast) -> None:
    training.withdraw(cast.anna.id, by=BY, now=NOW)
    assert not readiness(cast.anna.id, NOW).trained
    assert readiness(cast.anna.id, NOW - timedelta(microseconds=1)).trained
    assert TrainingRecord.objects.filter(person=cast.anna).count() == 1
    with pytest.raises(TrainingError, match="no training"):
        training.withdraw(cast.anna.id, by=BY, now=NOW)


@pytest.mark.parametrize(
    ("passed", "months", "last"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 3, 27), 12, date(2027, 3, 27)),
    ],
)
def test_a_section_counts_for_calendar_months_to_midnight(
    passed: date, months: int, last: date
) -> None:
    end = Term(months, HELSINKI).end_of(passed).astimezone(HELSINKI)
    assert (end.date(), end.hour, end.minute) == (last + timedelta(days=1), 0, 0)


def test_the_person_is_warned_thirty_and_seven_days_before() -> None:
    end = Term(12, HELSINKI).end_of(date(2026, 11, 23))
    local = datetime(2027, 11, 23, 23, 59, tzinfo=HELSINKI)
    days = [days_left(end, local - timedelta(days=n), HELSINKI) for n in (31, 30, 8, 7, 0)]
    assert days == [31, 30, 8, 7, 0]
    assert [warns(one) for one in days] == [0, 30, 30, 7, 7]


def test_the_log_holds_no_name_and_no_source(cast: Cast, table: dict[str, Any]) -> None:
    do_pass(cast, load(table), USE)
    (entry,) = Leaf.objects.filter(kind="people:section:passed")
    facts = json.loads(entry.body)["facts"]
    assert set(facts) == {"section", "course", "version", "sha256", "passed_on", "imported"}
    assert facts["imported"] is False
