"""The papers that follow from the notice: as pages, as tagged PDFs, and approved by the officer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from vaiti.access.errors import NotVisible
from vaiti.access.promising import may_sign, see_promises
from vaiti.people import book
from vaiti.promises.papers import approvals
from vaiti.promises.papers.approvals import Changed
from vaiti.promises.papers.facts import Facts, gather
from vaiti.promises.papers.index import PAPERS, Paper
from vaiti.promises.papers.sheet import Sheet, digest
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.sheets import Shown, pdf, shown
from vaiti.web.wording import check_words

HERE = "/promises/papers/"
LANGUAGES = (("fi", "Suomi"), ("sv", "Svenska"), ("en", "English"))
ABOUT = {
    "announcements": gettext_noop("What callers hear before recording begins, line by line."),
    "staff": gettext_noop("What those of us are told who speak on recorded calls."),
    "record": gettext_noop("What an authority asks for first."),
    "dpia": gettext_noop("Each risk with its measures, and how each measure stands now."),
    "processors": gettext_noop("Who handles data for us, on which contract, and how one leaves."),
    "joint": gettext_noop("Who decides together, and what people may see of it."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A paper in the list: who answers for it, and whether that is for what it says now."""

    name: str
    title: str
    about: str
    word: str
    mark: str
    mood: str


def facts_of(request: Request) -> Facts:
    return gather(request.moment, wired().places(request.moment), tells)


def tells(check: str, language: str) -> str:
    """What a check looks at, in the words of a paper's language."""
    with override(language):
        return check_words.looks_at(check)


@only("GET")
def papers(request: SignedIn) -> HttpResponseBase:
    see(request)
    facts = facts_of(request)
    lines = [_line(name, paper, facts, request) for name, paper in PAPERS.items()]
    return render(request, "documents.html", {"papers": lines, "version": facts.wording.version})


def see(request: SignedIn) -> bool:
    """Whether the reader may also approve. Raises Http404."""
    try:
        return see_promises(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error


def require_signer(request: SignedIn) -> None:
    """Raises Http404."""
    try:
        may_sign(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error


def _line(name: str, paper: Paper, facts: Facts, request: SignedIn) -> Line:
    every = paper.every(facts)
    mine = next(one for one in every if one.language == request.language)
    mark, mood, word = approval(every, request)
    return Line(name, mine.title, _(ABOUT[name]), word, mark, mood)


def approval(every: Sequence[Sheet], request: Request) -> tuple[str, str, str]:
    """A mark, its mood, and who approved it when."""
    found = approvals.standing(every)
    if found is None:
        return _("not approved"), "warn", ""
    told = {
        "who": book.names([found.by]).get(found.by, "–"),
        "day": Moments.at(request.moment).day(found.at),
    }
    word = _("%(who)s approved it on %(day)s.") % told
    return (
        (_("approved as it stands"), "good", word)
        if found.current
        else (_("changed since"), "warn", word)
    )


@only("GET", "POST")
def paper(request: SignedIn, name: str) -> HttpResponseBase:
    """A POST approves what was looked at. `?as=pdf&language=sv` is the same as a file."""
    signs = see(request)
    found = PAPERS.get(name)
    if found is None:
        raise Http404
    facts = facts_of(request)
    every = found.every(facts)
    if request.method == "POST":
        require_signer(request)
        return _approve(request, every, facts)
    if request.GET.get("as") == "pdf":
        return _as_file(request, every, facts)
    return page_of(request, every, facts, signs=signs)


def _approve(request: SignedIn, every: Sequence[Sheet], facts: Facts) -> HttpResponseBase:
    seen, by = request.POST.get("seen", ""), request.person.id
    try:
        approvals.approve(every, facts.wording.version, seen, by=by, now=request.moment)
    except Changed:
        trouble = Trouble(
            _("Nothing was approved"),
            _("It says something else now than what you looked at. Read it once more."),
        )
        return page_of(request, every, facts, signs=True, trouble=trouble)
    return HttpResponseRedirect(f"{HERE}{every[0].name}/")


def _as_file(request: SignedIn, every: Sequence[Sheet], facts: Facts) -> HttpResponse:
    """A dated paper that leaves is an entry of the log (L-20)."""
    wanted = request.GET.get("language", request.language)
    sheet = next((one for one in every if one.language == wanted), None)
    if sheet is None:
        raise Http404
    version, by = facts.wording.version, request.person.id.hex
    approvals.note_made(sheet, version, by=by, now=request.moment)
    day = Moments.at(request.moment).today
    name = f"{sheet.name}-{day.isoformat()}-{sheet.language}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = pdf(sheet, facts.wording.controller.name, day)
    return HttpResponse(content, "application/pdf", headers=headers)


def page_of(
    request: SignedIn,
    every: Sequence[Sheet],
    facts: Facts,
    *,
    signs: bool,
    trouble: Trouble | None = None,
    **more: Any,  # noqa: ANN401 - what the page of one paper has besides
) -> HttpResponse:
    mine: Shown = shown(next(one for one in every if one.language == request.language))
    mark, mood, word = approval(every, request)
    given = {
        "sheet": mine,
        "mark": mark,
        "mood": mood,
        "word": word,
        "signs": signs,
        "seen": digest(every),
        "languages": LANGUAGES,
        "trouble": trouble,
        **more,
    }
    return render(request, "document.html", given, status=422 if trouble else 200)
