"""Loading a course: the administrator gives its text, sees what it says and does, then loads it.

Nothing is kept before it is loaded: the preview's page carries the text. A file is read here and
nowhere else, and only as the text of a course (N-20).
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from vaiti.people import duties, training
from vaiti.people.course_text import LANGUAGES, Course, CourseError
from vaiti.people.training import Preview
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.staff.people import must
from vaiti.web.staff.training import last_day, paragraphs, said, term_at, words_of_section
from vaiti.web.wording import words
from vaiti.web.wording.course_faults import fault

MOST = 500_000  # bytes of a course
PAGE = "/training/course/"
KEEP, AGAIN = "keep", "again"
YEAR = 364  # days: a day typed without a year is the next such day


class NotRead(ValueError):
    """What was sent is no text of a course; the sentence, translated, says what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    course: str
    at: str
    again: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the preview, in one language."""

    title: str
    version: str
    changed: bool
    screens: list[tuple[str, list[str]]]
    questions: list[tuple[str, list[tuple[str, bool]]]]


@only("GET", "POST")
def course(request: SignedIn) -> HttpResponseBase:
    must(duties.loads_courses, request)
    if request.method != "POST":
        return _form(request)
    text = request.POST.get("text", "")
    try:
        text = _sent(request) or text
        table = _table(request, text)
        if "sure" in request.POST:
            term, by = term_at(request.moment), request.person.id.hex
            training.load_course(table, term, by=by, now=request.moment)
            return HttpResponseRedirect(f"{PAGE}?done=course")
        return _preview(
            request, text, training.preview(table, term_at(request.moment), request.moment)
        )
    except CourseError as error:
        return _form(request, text, _refused(fault(error)))
    except NotRead as error:
        return _form(request, text, _refused(str(error)))


def _refused(advice: str) -> Trouble:
    return Trouble(_("The course was not loaded"), advice)


def _sent(request: SignedIn) -> str:
    """The text of the file that was chosen, if any. Raises NotRead."""
    given = request.FILES.get("file")
    if given is None:
        return ""
    content = given.read(MOST + 1)
    if len(content) > MOST:
        raise NotRead(_("The file is too large to be a course."))
    try:
        return str(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotRead(
            _("This is no text in UTF-8. Save the course as UTF-8 and choose it again.")
        ) from error


def _table(request: SignedIn, text: str) -> dict[str, Any]:
    """The course as a table, with the day that was chosen on the page. Raises NotRead."""
    if not text.strip():
        raise NotRead(_("Choose a file, or paste the text of the course."))
    try:
        table = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise NotRead(_not_toml(str(error))) from error
    table.pop("retrain_by", None)
    if request.POST.get("old", KEEP) == AGAIN:
        table["retrain_by"] = _day(request)
    return table


def _not_toml(message: str) -> str:
    at = re.search(r"at line (\d+), column (\d+)", message)
    if at is None:
        return _("This is not TOML to its end. The form is described in docs/training.md.")
    place = {"line": at[1], "column": at[2]}
    return _("This is not TOML: look at line %(line)s, column %(column)s.") % place


def _day(request: SignedIn) -> object:
    see = Moments.at(request.moment)
    try:
        day = dates.parse_day(request.POST.get("day", "").strip(), see.today + timedelta(days=YEAR))
    except (dates.NotADay, OverflowError):
        day = None
    if day is None:
        raise NotRead(_("Write a day like %(example)s.") % {"example": see.example(7)})
    return day


def _form(request: SignedIn, text: str = "", trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    loaded = [
        Loaded(f"{name} {version}", see.day_and_time(at), last_day(see, again))
        for name, version, at, again in training.loaded_courses()
    ]
    given = {
        "loaded": loaded,
        "text": text,
        "again": request.POST.get("old", KEEP) == AGAIN,
        "day": request.POST.get("day", ""),
        "trouble": trouble,
        "said": words.done(request.GET.get("done", "")),
        "like": _("Like %(example)s.") % {"example": see.example(7)},
    }
    return render(request, "course.html", given, status=422 if trouble else 200)


def _preview(request: SignedIn, text: str, found: Preview) -> HttpResponse:
    given = {
        "title": said(found.course.title),
        "course": f"{found.course.course} {found.course.version}",
        "languages": [
            (code, words.language(code), code == get_language(), _parts(found, code))
            for code in LANGUAGES
        ],
        "consequence": _consequence(found),
        "fields": [
            ("text", text),
            ("old", request.POST.get("old", KEEP)),
            ("day", request.POST.get("day", "")),
        ],
    }
    return render(request, "course_preview.html", given)


def _consequence(found: Preview) -> str:
    course: Course = found.course
    if course.retrain_by is None:
        return _("What was passed before counts until its own end.")
    count = ngettext(
        "%(count)d passed section counts only until %(day)s: whoever passed it takes it again.",
        "%(count)d passed sections count only until %(day)s: whoever passed them takes them again.",
        found.shortened,
    )
    return count % {"count": found.shortened, "day": dates.write_day(course.retrain_by)}


def _parts(found: Preview, language: str) -> list[Part]:
    return [
        Part(
            _heading(words_of_section(one.kind), one.title[language]),
            one.version,
            one.kind in found.changed,
            [(screen.title[language], paragraphs(screen.text[language])) for screen in one.screens],
            [
                (
                    asked.text[language],
                    [(each.text[language], each.right) for each in asked.answers],
                )
                for asked in one.questions
            ],
        )
        for one in found.course.sections
    ]


def _heading(kind: str, title: str) -> str:
    """What kind of section it is, and its own title where that says something else."""
    return kind if title == kind else f"{kind}: {title}"
