"""Where a notice is weaker than the law: the one in force, and one that somebody pastes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.errors import NotVisible
from vaiti.access.promising import see_promises
from vaiti.promises import lint, standing
from vaiti.promises.lint import MAX_PASTED, Answered, Finding
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.searching import Choice

LANGUAGES = (("sv", "Svenska"), ("fi", "Suomi"), ("en", "English"))


@dataclass(frozen=True, slots=True)
class Found:
    """A finding; `at` and `text` are the sentence at which it stands, empty where there is none."""

    item: str
    at: str
    text: str
    problem: str
    proposal: str
    source: str


@dataclass(frozen=True, slots=True)
class Point:
    """What an article asks for; `sentences` are where it is answered."""

    article: str
    asks: str
    sentences: tuple[str, ...]
    applies: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A notice with what was found: its sentences by their ids or numbers, in one language."""

    language: str
    sentences: Mapping[str, str]
    found: list[Found]
    points: list[Point]


@only("GET", "POST")
def linting(request: SignedIn) -> HttpResponseBase:
    """A POST judges what was pasted, and keeps nothing of it."""
    try:
        see_promises(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    if request.method == "GET":
        return _page(request, _in_force(request), pasted=False)
    text = request.POST.get("text", "")[:MAX_PASTED]
    if not lint.split(text):
        advice = _("Paste the text of a privacy notice into the field, then press the button.")
        trouble = Trouble(_("There was no text to look at"), advice)
        return _page(request, _in_force(request), pasted=False, trouble=trouble)
    return _page(request, _pasted(text, request), pasted=True)


def _in_force(request: SignedIn) -> Judged:
    wording = standing.wording_at(request.moment)
    here = request.language
    said = {one.id: one.text[here] for one in wording.sentences}
    found, points = lint.findings(wording), lint.answered(wording)
    return Judged(here, said, list(_found(found, said, here, here)), list(_points(points, here)))


def _pasted(text: str, request: SignedIn) -> Judged:
    """What to say instead is proposed in the language of the text."""
    chosen, here = request.POST.get("its", ""), request.language
    known = {code for code, _name in LANGUAGES}
    its = chosen if chosen in known else lint.guess_language(text)
    said = {f"{at}": one for at, one in enumerate(lint.split(text), 1)}
    found, points = lint.findings_in(text, its), lint.answered_in(text, its)
    return Judged(its, said, list(_found(found, said, here, its)), list(_points(points, here)))


def _found(
    every: Iterable[Finding], said: Mapping[str, str], here: str, its: str
) -> Iterator[Found]:
    for one in every:
        text = said.get(one.sentence, "")
        at = one.sentence if text else ""
        yield Found(one.item, at, text, one.problem[here], one.proposal[its], one.source)


def _points(every: Iterable[Answered], here: str) -> Iterator[Point]:
    for one in every:
        yield Point(one.article, one.asks[here], one.sentences, one.applies)


def _page(
    request: SignedIn, judged: Judged, *, pasted: bool, trouble: Trouble | None = None
) -> HttpResponse:
    chosen = request.POST.get("its", "")
    given = {
        "judged": judged,
        "pasted": pasted,
        "trouble": trouble,
        "most": MAX_PASTED,
        "text": request.POST.get("text", "")[:MAX_PASTED],
        "languages": [
            Choice("", _("as the text reads"), chosen == ""),
            *(Choice(code, name, chosen == code) for code, name in LANGUAGES),
        ],
    }
    return render(request, "linting.html", given, status=422 if trouble else 200)
