"""The board's report of a year: on a page, and as a tagged PDF."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from vaiti.promises.papers import approvals, year
from vaiti.web.documents import LANGUAGES, facts_of, see
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.sheets import pdf, shown

OLDEST = 2018
"""The first year of the regulation."""


@only("GET")
def report(request: SignedIn) -> HttpResponseBase:
    """`?year=2026`, else the one that runs; `as=pdf&language=sv` is the same as a file."""
    see(request)
    today = Moments.at(request.moment).today
    wanted = request.GET.get("year", str(today.year))
    if not wanted.isdecimal() or not OLDEST <= int(wanted) <= today.year:
        raise Http404
    facts, language = facts_of(request), request.GET.get("language", request.language)
    if language not in dict(LANGUAGES):
        raise Http404
    sheet = year.sheet(facts, int(wanted), language)
    if request.GET.get("as") == "pdf":
        version, who = facts.wording.version, request.person.id.hex
        approvals.note_made(sheet, version, by=who, now=request.moment)
        name = f"accountability-{wanted}-{language}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        content = pdf(sheet, facts.wording.controller.name, today)
        return HttpResponse(content, "application/pdf", headers=headers)
    given = {
        "sheet": shown(sheet),
        "languages": LANGUAGES,
        "year": wanted,
        "years": [str(one) for one in range(today.year, max(OLDEST, today.year - 3) - 1, -1)],
    }
    return render(request, "year.html", given)
