"""Courses, and who has passed them: what N-31 and N-32 make a condition of access.

Passing both sections gives a training record. It counts from that instant to the end of the last
day of the shorter of the two, and access asks for it at every request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people.course_text import SECTIONS, Course, CourseError, Section, digest, read_course
from vaiti.people.dated import standing
from vaiti.people.expiry import Term
from vaiti.people.models import CourseVersion, Person, SectionPass, TrainingRecord


class TrainingError(ValueError):
    """What was asked cannot be done; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class GivenCourse:
    """The course that is given now. `id` pins the version while somebody answers."""

    id: UUID
    course: Course
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Passed:
    """A section that a person has passed, and how long it counts."""

    section: str
    course: str
    version: str
    source: str
    passed_on: date
    valid_to: datetime


def load_course(table: Mapping[str, Any], term: Term, *, by: str, now: datetime) -> int:
    """Makes this course the one that is given; how many passes its deadline shortens.

    Raises CourseError, and changes nothing then.
    """
    course = read_course(table)
    deadline = _deadline(course, term, now)
    content = {key: value for key, value in table.items() if key != "retrain_by"}
    with transaction.atomic():
        _check_new(course)
        row = CourseVersion.objects.create(
            course=course.course,
            version=course.version,
            content=content,
            sha256=digest(content),
            loaded_at=now,
            retrain_by=deadline,
        )
        shortened = 0 if deadline is None else _shorten(course, deadline)
        _log(
            Kind.PEOPLE_COURSE_LOADED,
            by,
            row.id.hex,
            now,
            course=course.course,
            version=course.version,
            sha256=row.sha256,
            retrain_by=str(course.retrain_by or ""),
            shortened=shortened,
        )
    return shortened


@dataclass(frozen=True, slots=True)
class Preview:
    """What loading a course would do. `changed` are the sections whose version is a new one;
    `shortened`, how many passed sections would count only until its deadline."""

    course: Course
    changed: frozenset[str]
    shortened: int


def preview(table: Mapping[str, Any], term: Term, now: datetime) -> Preview:
    """Reads the course and changes nothing. Raises CourseError as `load_course` does."""
    course = read_course(table)
    deadline = _deadline(course, term, now)
    _check_new(course)
    given = given_course()
    before = {one.kind: one.version for one in given.course.sections} if given else {}
    changed = frozenset(one.kind for one in course.sections if before.get(one.kind) != one.version)
    rows = [] if deadline is None else _shortened(course, deadline)
    return Preview(course, changed, sum(one.count() for one in rows))


def loaded_courses() -> list[tuple[str, str, datetime, datetime | None]]:
    """Course, version, when it was loaded and its deadline, of each; the newest first."""
    rows = CourseVersion.objects.order_by("-loaded_at")
    return [(row.course, row.version, row.loaded_at, row.retrain_by) for row in rows]


def _check_new(course: Course) -> None:
    if CourseVersion.objects.filter(course=course.course, version=course.version).exists():
        raise CourseError("this version is loaded already; give the changed one another name")


def _shortened(course: Course, deadline: datetime) -> list[QuerySet[SectionPass]]:
    """For each section, what was passed of an earlier version and counts beyond the deadline."""
    return [
        SectionPass.objects.filter(section=section.kind, valid_to__gt=deadline).exclude(
            version=section.version
        )
        for section in course.sections
    ]


def _deadline(course: Course, term: Term, now: datetime) -> datetime | None:
    if course.retrain_by is None:
        return None
    deadline = term.midnight_after(course.retrain_by)
    if deadline <= now:
        raise CourseError("retrain_by is over; give a day that is to come")
    return deadline


def _shorten(course: Course, deadline: datetime) -> int:
    shortened = 0
    for section, passes in zip(course.sections, _shortened(course, deadline), strict=True):
        ids = list(passes.values_list("id", flat=True))
        shortened += SectionPass.objects.filter(id__in=ids).update(valid_to=deadline)
        records = TrainingRecord.objects.filter(valid_to__gt=deadline)
        resting = {"use_of_system": "use_of_system_id__in"}.get(section.kind, "secrets_id__in")
        records.filter(**{resting: ids}).update(valid_to=deadline)
    return shortened


def given_course() -> GivenCourse | None:
    """The course loaded last; None before the first."""
    row = CourseVersion.objects.order_by("-loaded_at").first()
    if row is None:
        return None
    return GivenCourse(row.id, read_course(row.content), row.loaded_at)


def pass_section(
    person_id: UUID,
    given: GivenCourse,
    kind: str,
    chosen: Mapping[int, int],
    *,
    term: Term,
    now: datetime,
) -> list[int]:
    """The questions not answered rightly; with none, the section is passed and recorded.

    A try that fails leaves no trace: it is for learning.
    """
    section = given.course.section(kind)
    wrong = section.wrong(chosen)
    if wrong:
        return wrong
    with transaction.atomic():
        person = present(person_id, now)
        passed = SectionPass(
            person=person,
            section=kind,
            course=given.course.course,
            version=section.version,
            sha256=_digest_of(given.id, kind),
            passed_on=term.day_of(now),
        )
        enter_pass(passed, term.end_of(passed.passed_on), by=person_id.hex, now=now)
        make_record(person, now)
    return []


def _digest_of(version_id: UUID, kind: str) -> str:
    """The hash of what the section said, so that it can be shown later (N-32)."""
    content = CourseVersion.objects.values_list("content", flat=True).get(id=version_id)
    (table,) = (one for one in content["section"] if one["kind"] == kind)
    return digest(table)


def present(person_id: UUID, now: datetime) -> Person:
    """The person's row, locked, so that two passes at a time make one record."""
    row = Person.objects.select_for_update().filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise TrainingError("there is no such person at this time")
    return row


def enter_pass(passed: SectionPass, valid_to: datetime, *, by: str, now: datetime) -> None:
    passed.recorded_at, passed.valid_to = now, valid_to
    passed.save(force_insert=True)
    _log(
        Kind.PEOPLE_SECTION_PASSED,
        by,
        passed.person_id.hex,
        now,
        section=passed.section,
        course=passed.course,
        version=passed.version,
        sha256=passed.sha256,
        passed_on=passed.passed_on.isoformat(),
        imported=bool(passed.source),
    )


def make_record(person: Person, now: datetime) -> None:
    """Makes the record of the two passes that last longest, if it lasts longer than the present."""
    best = [_longest(person, kind, now) for kind in SECTIONS]
    if None in best:
        return
    use, secrets = (one for one in best if one is not None)
    valid_to = min(use.valid_to, secrets.valid_to)
    if TrainingRecord.objects.filter(person=person, valid_to__gte=valid_to).exists():
        return
    row = TrainingRecord.objects.create(
        person=person, use_of_system=use, secrets=secrets, valid_from=now, valid_to=valid_to
    )
    facts = {"record": row.id.hex, "until": valid_to.isoformat()}
    _log(Kind.PEOPLE_TRAINING_RECORDED, "system:training", person.id.hex, now, **facts)


def _longest(person: Person, kind: str, now: datetime) -> SectionPass | None:
    passes = SectionPass.objects.filter(person=person, section=kind, valid_to__gt=now)
    return passes.order_by("-valid_to").first()


def passed_by(person_id: UUID) -> list[Passed]:
    """What the person has passed, newest first; what counts no more is among it."""
    rows = SectionPass.objects.filter(person_id=person_id).order_by("-recorded_at", "section")
    return [
        Passed(row.section, row.course, row.version, row.source, row.passed_on, row.valid_to)
        for row in rows
    ]


def withdraw(person_id: UUID, *, by: str, now: datetime) -> None:
    """The person's training counts no more from `now` on, as when evidence was wrong."""
    with transaction.atomic():
        ended = 0
        for model in (SectionPass, TrainingRecord):
            ended += model.objects.filter(person_id=person_id, valid_to__gt=now).update(
                valid_to=now
            )
        if not ended:
            raise TrainingError("this person has no training that counts now")
        _log(Kind.PEOPLE_TRAINING_WITHDRAWN, by, person_id.hex, now)


def cap(section: Section | str, version: str, passed_on: date, term: Term) -> datetime | None:
    """The deadline that a later course sets to a section passed on this day; None for none."""
    kind = section if isinstance(section, str) else section.kind
    deadlines = []
    for row in CourseVersion.objects.filter(retrain_by__isnull=False):
        changed = read_course(row.content).section(kind).version != version
        if changed and term.day_of(row.loaded_at) > passed_on and row.retrain_by is not None:
            deadlines.append(row.retrain_by)
    return min(deadlines, default=None)


def _log(kind: Kind, by: str, subject: str, now: datetime, **facts: Fact) -> None:
    log.append(kind, actor=by, subject=subject, facts=facts, now=now)
