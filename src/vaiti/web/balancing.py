"""Balancing of interests: for each purpose and line a record with its day of review (N-10)."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access import balancing as verbs
from vaiti.access.balancing import MAX_ANSWER, QUESTIONS, Draft, Record
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.purposes import Purpose
from vaiti.notice import lines
from vaiti.people import book
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import MAX_FIELD, Choice
from vaiti.web.wording import words

REVIEW = timedelta(days=183)  # from today on, unless another day is given
TITLES = {
    "interest": gettext_noop("Whose interest, and which"),
    "why_line": gettext_noop("Why on this line"),
    "why_all": gettext_noop("Why all calls, and not a part of them"),
    "alternatives": gettext_noop("What else was considered, and why it does not do"),
    "period": gettext_noop("Why for this time, where others manage with one month"),
    "affected": gettext_noop("Whom it touches: customers, children, others named, agents"),
    "expectations": gettext_noop("What callers expect after the announcement"),
    "safeguards": gettext_noop("What protects them: masking, access, training, caps"),
    "objection": gettext_noop("What an objection does"),
}
REFUSALS = (
    gettext_noop("Choose a purpose of the notice."),
    gettext_noop("Choose a line of the register."),
    gettext_noop("Answer every question in at most 1,000 characters, without a number."),
    gettext_noop("The day of review is to come, and within a year."),
)


@dataclass(frozen=True, slots=True)
class Shown:
    title: str
    answers: list[tuple[str, str]]
    carries: bool
    overdue: bool
    suspends: bool
    filed: str
    review: str


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    title: str
    typed: str


@only("GET", "POST")
def balancing(request: SignedIn) -> HttpResponseBase:
    """A POST files the next record of a purpose and line."""
    if request.method == "GET":
        return _page(request)
    see = Moments.at(request.moment)
    try:
        verbs.file(request.person.id, _draft(request.POST, see), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, Trouble(_("Nothing was changed"), _(str(error))))
    return HttpResponseRedirect("/promises/balancing/")


def _draft(form: QueryDict, see: Moments) -> Draft:
    """What cannot be read is nothing, so that the refusal says what to give."""
    try:
        day = dates.parse_day(form.get("review", "").strip()[:MAX_FIELD], see.today)
        review = dates.day_begins(day, see.zone) if day else see.now
    except (dates.NotADay, OverflowError):
        review = see.now
    return Draft(
        purpose=form.get("purpose", ""),
        line=form.get("line", ""),
        answers={one: form.get(one, "").strip()[: MAX_ANSWER + 1] for one in QUESTIONS},
        carries=form.get("result") == "carries",
        review=review,
    )


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    see, form = Moments.at(request.moment), request.POST
    try:
        found = verbs.records(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    every = lines.standing(see.now)
    labels = {one.number: one.said(request.language) for one in every}
    recorded = [one.number for one in every if one.recorded and one.function != "test"]
    names = {who.hex: name for who, name in book.names({one.by for one in found}).items()}
    filed = {(one.draft.purpose, one.draft.line) for one in found}
    given = {
        "records": [_shown(one, labels, names, see) for one in found],
        "missing": [
            _title(purpose.value, line, labels)
            for line in recorded
            for purpose in Purpose
            if (purpose.value, line) not in filed
        ],
        "files": verbs.may_file(request.person.id, request.moment),
        "purposes": [
            Choice(one.value, words.purpose(one.value), form.get("purpose") == one.value)
            for one in Purpose
        ],
        "lines": [
            Choice(number, label, form.get("line") == number) for number, label in labels.items()
        ],
        "questions": [
            Question(one, _(TITLES[one]), form.get(one, "")[:MAX_ANSWER]) for one in QUESTIONS
        ],
        "speaks_against": form.get("result") == "against",
        "review": form.get("review", dates.write_day(see.today + REVIEW))[:20],
        "trouble": trouble,
    }
    return render(request, "balancing.html", given, status=422 if trouble else 200)


def _shown(one: Record, labels: dict[str, str], names: dict[str, str], see: Moments) -> Shown:
    draft = one.draft
    told = {"at": see.day(one.at), "who": names.get(one.by.hex, "")}
    return Shown(
        title=_title(draft.purpose, draft.line, labels),
        answers=[(_(TITLES[name]), draft.answers.get(name, "")) for name in QUESTIONS],
        carries=draft.carries,
        overdue=one.overdue,
        suspends=draft.purpose == Purpose.TRAINING.value and (one.overdue or not draft.carries),
        filed=_("Filed on %(at)s by %(who)s") % told,
        review=see.day(draft.review),
    )


def _title(purpose: str, line: str, labels: dict[str, str]) -> str:
    return f"{words.purpose(purpose)} · {labels.get(line, line)}"
