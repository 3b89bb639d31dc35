"""My training: where I stand, the course screen by screen, and its questions."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.people import duties, readiness, secrecy, training
from vaiti.people.course_text import Question, Section, Words
from vaiti.people.expiry import Term
from vaiti.people.training import GivenCourse
from vaiti.web import dates, places
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import people_words


@dataclass(frozen=True, slots=True)
class SectionCard:
    """A section of the course, and whether the person has passed it and until when it counts."""

    kind: str
    title: str
    passed: bool
    says: str


@dataclass(frozen=True, slots=True)
class PassLine:
    section: str
    course: str
    passed_on: str
    until: str
    source: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Choice:
    number: int
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    number: int
    text: str
    choices: list[Choice]
    wrong: str


def term_at(now: datetime) -> Term:
    return Term(wired().training_months, Moments.at(now).zone)


@only("GET")
def my_training(request: SignedIn) -> HttpResponseBase:
    see = Moments.at(request.moment)
    ready = readiness.readiness(request.person.id, request.moment)
    given = training.given_course()
    passed = training.passed_by(request.person.id)
    named = {one.kind: said(one.title) for one in given.course.sections} if given else {}
    shown = {
        "ready": ready,
        "until": _("Counts until %(until)s, that day included")
        % {"until": last_day(see, ready.trained_until)},
        "course": said(given.course.title) if given else "",
        "version": given.course.version if given else "",
        "sections": [_card(one, passed, see) for one in given.course.sections] if given else [],
        "passed": [_line(one, named, see) for one in passed],
        "promises": _promises(request, see),
        "just_passed": named.get(request.GET.get("passed", ""), ""),
        "just_sworn": "sworn" in request.GET,
        "loads": duties.loads_courses(request.person.roles),
        "oversees": places.OVERSEES & request.person.roles,
    }
    return render(request, "training.html", shown)


def last_day(see: Moments, valid_to: datetime | None) -> str:
    """The last day on which it counts; it ends at the midnight after."""
    return "" if valid_to is None else dates.write_day(dates.day_before(valid_to, see.zone))


def _card(section: Section, passed: list[training.Passed], see: Moments) -> SectionCard:
    counting = [one for one in passed if one.section == section.kind and one.valid_to > see.now]
    best = max(counting, key=lambda one: one.valid_to, default=None)
    if best is None:
        counts = {"screens": len(section.screens), "questions": len(section.questions)}
        says = _("Pages to read: %(screens)d. Questions: %(questions)d.") % counts
    else:
        days = {"day": dates.write_day(best.passed_on), "until": last_day(see, best.valid_to)}
        says = _("Passed on %(day)s, counts until %(until)s") % days
    return SectionCard(section.kind, said(section.title), best is not None, says)


def _line(one: training.Passed, named: dict[str, str], see: Moments) -> PassLine:
    return PassLine(
        section=named.get(one.section) or words_of_section(one.section),
        course=f"{one.course} {one.version}".strip(),
        passed_on=dates.write_day(one.passed_on),
        until=last_day(see, one.valid_to),
        source=one.source or _("this system"),
        counts=one.valid_to > see.now,
    )


def words_of_section(kind: str) -> str:
    return _(people_words.SECTIONS[kind])


def _promises(request: SignedIn, see: Moments) -> list[dict[str, object]]:
    return [
        {
            "version": one.version,
            "day": dates.write_day(one.signed_on),
            "source": one.source or _("this system"),
            "until": last_day(see, one.valid_to),
            "counts": one.valid_to is None or one.valid_to > see.now,
        }
        for one in secrecy.promises_of(request.person.id)
    ]


def said(words: Words) -> str:
    """The text in the page's language."""
    return words[get_language() or "en"]


@only("GET")
def screen(request: SignedIn, kind: str, number: int) -> HttpResponseBase:
    _given, section = _section(kind)
    if not 1 <= number <= len(section.screens):
        raise Http404
    one = section.screens[number - 1]
    questions = f"/training/{kind}/questions"
    shown = {
        "section": said(section.title),
        "title": said(one.title),
        "paragraphs": paragraphs(said(one.text)),
        "place": _("page %(number)d of %(of)d") % {"number": number, "of": len(section.screens)},
        "before": f"/training/{kind}/{number - 1}" if number > 1 else "/training/",
        "after": f"/training/{kind}/{number + 1}" if number < len(section.screens) else questions,
        "last": number == len(section.screens),
    }
    return render(request, "training_screen.html", shown)


def _section(kind: str) -> tuple[GivenCourse, Section]:
    """Raises Http404."""
    given = training.given_course()
    if given is None:
        raise Http404
    try:
        return given, given.course.section(kind)
    except KeyError as error:
        raise Http404 from error


def paragraphs(text: str) -> list[str]:
    return [one.strip() for one in text.split("\n\n") if one.strip()]


@only("GET", "POST")
def questions(request: SignedIn, kind: str) -> HttpResponseBase:
    """All questions of a section in one form: nothing of a try is kept but a passed one."""
    given, section = _section(kind)
    if request.method == "GET":
        return _ask(request, given, section)
    if request.POST.get("course", "") != given.id.hex:
        return _ask(
            request,
            given,
            section,
            trouble=Trouble(
                _("The course has changed meanwhile"), _("Read it again, then answer again.")
            ),
        )
    chosen = _chosen(request, section)
    wrong = training.pass_section(
        request.person.id,
        given,
        kind,
        chosen,
        term=term_at(request.moment),
        now=request.moment,
    )
    if wrong:
        return _ask(request, given, section, chosen=chosen, wrong=wrong, trouble=_not_yet())
    return HttpResponseRedirect(f"/training/?passed={kind}")


def _not_yet() -> Trouble:
    return Trouble(
        _("Not all answers are right yet"),
        _("Each wrong one is explained below. Change them and send the answers again."),
    )


def _chosen(request: SignedIn, section: Section) -> dict[int, int]:
    found = {}
    for number in range(len(section.questions)):
        typed = request.POST.get(f"q{number}", "")
        if typed.isascii() and typed.isdigit() and len(typed) <= 2:
            found[number] = int(typed)
    return found


def _ask(
    request: SignedIn,
    given: GivenCourse,
    section: Section,
    *,
    chosen: dict[int, int] | None = None,
    wrong: list[int] | None = None,
    trouble: Trouble | None = None,
) -> HttpResponse:
    asked = [
        _asked(number, one, (chosen or {}).get(number), number in (wrong or []))
        for number, one in enumerate(section.questions)
    ]
    shown = {
        "course": given.id.hex,
        "kind": section.kind,
        "section": said(section.title),
        "asked": asked,
        "trouble": trouble,
        "back": f"/training/{section.kind}/{len(section.screens)}",
    }
    return render(request, "training_questions.html", shown, status=422 if trouble else 200)


def _asked(number: int, question: Question, chosen: int | None, wrong: bool) -> Asked:
    """What is wrong is explained by the answer that was chosen; the right one is not given away."""
    why = ""
    if wrong:
        known = chosen is not None and chosen < len(question.answers)
        why = said(question.answers[chosen or 0].why) if known else _("Choose an answer.")
    return Asked(
        number=number,
        text=said(question.text),
        choices=[
            Choice(n, said(answer.text), n == chosen) for n, answer in enumerate(question.answers)
        ],
        wrong=why,
    )
