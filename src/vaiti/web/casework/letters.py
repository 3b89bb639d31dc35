"""Letters of a case: drafted, changed paragraph by paragraph, looked at as a PDF, and sent."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.rights import letters as verbs
from vaiti.rights.authorities import COUNTRIES
from vaiti.rights.law import telling
from vaiti.rights.letter_rules import OF_DISCLOSURES, REQUIRED, LetterRefused
from vaiti.rights.letters import Card
from vaiti.rights.matters import Matter
from vaiti.web.casework.case_letters import draft_for, recipients_told
from vaiti.web.casework.copies import case_page
from vaiti.web.casework.letter_paper import pdf
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.middleware import LANGUAGES
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import copy_words, letter_words

PDF = "letter.pdf"
MOST_TYPED = 20_000  # characters of one paragraph


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    title: str
    kind: str
    language: str
    made: str
    sent: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One of a draft; `law` is the article that asks for it."""

    element: str
    text: str
    law: str
    rows: int
    wrong: bool


@only("GET", "POST")
def letters(request: SignedIn, matter_id: str) -> HttpResponseBase:
    """All of a case. A POST drafts one."""
    case = case_page(request, matter_id)
    if request.method == "GET":
        return _list(request, case)
    try:
        made = _begin(request, case)
    except LetterRefused as error:
        return _list(request, case, _trouble(error))
    return HttpResponseRedirect(f"/letters/{matter_id}/{made.hex}/")


@only("GET", "POST")
def letter(request: SignedIn, matter_id: str, letter_id: str) -> HttpResponseBase:
    """A draft is changed, sent or dropped by a POST; what was sent only looked at."""
    case = case_page(request, matter_id)
    found = _letter(case, letter_id)
    if request.method == "GET":
        return _show(request, case, found)
    by, now, act = request.person.id.hex, request.moment, request.POST.get("act", "")
    try:
        if act == "drop":
            verbs.drop(found.id, by=by, now=now)
            return HttpResponseRedirect(f"/letters/{matter_id}/")
        verbs.change(found.id, _typed(request, found))
        if act == "send":
            _send(request, case, found)
            if case.received:
                return HttpResponseRedirect(f"/cases/{matter_id}/")
    except LetterRefused as error:
        return _show(request, case, _letter(case, letter_id), error)
    return HttpResponseRedirect(f"/letters/{matter_id}/{letter_id}/")


def _send(request: SignedIn, case: Matter, found: Card) -> None:
    how, now = request.POST.get("how", ""), request.moment
    if found.kind in OF_DISCLOSURES:
        telling.send(case.id, found.id, how, request.person.id, now)
    else:
        verbs.send(found.id, how, by=request.person.id.hex, now=now)


@only("GET")
def on_paper(request: SignedIn, matter_id: str, letter_id: str) -> HttpResponseBase:
    case = case_page(request, matter_id)
    found = _letter(case, letter_id)
    headers = {"Content-Disposition": f'attachment; filename="{PDF}"'}
    ordered = found.kind in OF_DISCLOSURES
    to = telling.addressee(case.id, found.kind) if ordered else None
    made = pdf(found, Moments.at(request.moment), to)
    return HttpResponse(made, "application/pdf", headers=headers)


def _begin(request: SignedIn, case: Matter) -> UUID:
    form = request.POST
    language = form.get("language", "")
    if language not in LANGUAGES:
        raise LetterRefused("kind")
    return draft_for(request, case, form.get("kind", ""), language, form.get("country", ""))


def _typed(request: SignedIn, found: Card) -> dict[str, str]:
    form = request.POST
    return {
        part.element: form[f"part-{part.element}"][:MOST_TYPED].replace("\r\n", "\n")
        for part in found.parts
        if f"part-{part.element}" in form
    }


def _letter(case: Matter, letter_id: str) -> Card:
    found = verbs.card(UUID(hex=letter_id))
    if found is None or found.reference != case.reference:
        raise Http404
    return found


def _list(request: SignedIn, case: Matter, trouble: Trouble | None = None) -> HttpResponse:
    see, form = Moments.at(request.moment), request.POST
    language = form.get("language", case.language or request.language)
    country = form.get("country", case.country or wired().region)
    given = {
        "case": _head(case),
        "letters": [_line(one, see) for one in verbs.cards(case.reference)],
        "kinds": [Choice(one, letter_words.kind(one), False) for one in case.kinds],
        "languages": [
            Choice(code, copy_words.language(code), code == language) for code in LANGUAGES
        ],
        "countries": [Choice(code, code, code == country) for code in COUNTRIES],
        "trouble": trouble,
    }
    return render(request, "letters.html", given, status=422 if trouble else 200)


def _head(case: Matter) -> dict[str, object]:
    told = {"id": case.id.hex, "reference": case.reference}
    return {**told, "page": case.received, "home": case.home}


def _line(one: Card, see: Moments) -> Line:
    return Line(
        id=one.id.hex,
        title=one.title,
        kind=letter_words.kind(one.kind),
        language=copy_words.language(one.language),
        made=see.day_and_time(one.made_at),
        sent=see.day_and_time(one.sent_at) if one.sent_at else "",
    )


def _show(
    request: SignedIn, case: Matter, found: Card, error: LetterRefused | None = None
) -> HttpResponse:
    see = Moments.at(request.moment)
    wrong = error.element if error else ""
    given = {
        "case": _head(case),
        "letter": _line(found, see),
        "lang": found.language,
        "parts": [
            Paragraph(
                part.element,
                _as_known(case, found, part.text),
                REQUIRED[found.kind].get(part.element, ""),
                min(12, 1 + len(part.text) // 90 + part.text.count("\n")),
                part.element == wrong,
            )
            for part in found.parts
        ],
        "hows": [Choice(code, letter_words.how(code), False) for code in verbs.HOW],
        "how": letter_words.how(found.sent_how) if found.sent_how else "",
        "trouble": _trouble(error) if error else None,
    }
    return render(request, "letter.html", given, status=422 if error else 200)


def _as_known(case: Matter, found: Card, text: str) -> str:
    """Of a draft from before it was said who else had the data: they are filled in now."""
    told = "" if found.sent_at else recipients_told(case, found.language)
    return text.replace(f"[{verbs.blanks(found.language)['recipients']}]", told) if told else text


def _trouble(error: LetterRefused) -> Trouble:
    return Trouble(_("The letter was not sent"), letter_words.refused(error.code))
