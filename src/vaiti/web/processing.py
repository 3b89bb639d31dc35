"""The register of processors: filed by the officer with what Article 28(3) wants of a contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.promises.checks.residency import countries
from vaiti.promises.papers import instructions, processor_sheet
from vaiti.promises.papers import processors as verbs
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.instructions import Told
from vaiti.promises.papers.processors import MAX_NAME, MAX_TEXT, POINTS, Draft, ProcessorRefused
from vaiti.promises.papers.words import Words
from vaiti.web import dates
from vaiti.web.documents import facts_of, require_signer, see
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import MAX_FIELD

HERE = "/promises/processors/"
REFUSALS = (
    gettext_noop("Write name, task and contract, each in one line."),
    gettext_noop("The notice in force names no such country: data may not go there."),
    gettext_noop("The contract is of a day to come: nothing is handed over before."),
    gettext_noop("Name the further processors in at most 2,000 characters."),
    gettext_noop("No processor of this name stands."),
    gettext_noop("The instruction was given on a day that has been."),
    gettext_noop("Write what the processor was told, in at most 2,000 characters."),
)
UNDATED = date.max
"""A day that cannot be read is refused as one to come."""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    does: str
    contract: str
    mark: str
    mood: str
    drilled: str


@dataclass(frozen=True, slots=True)
class Point:
    code: str
    told: str
    ticked: bool


@only("GET", "POST")
def register(request: SignedIn) -> HttpResponseBase:
    """A POST files a processor; `act=end` ends one, `act=instruct` records what it was told."""
    if request.method != "POST":
        return _page(request, facts_of(request), signs=see(request))
    require_signer(request)
    facts, form, who = facts_of(request), request.POST, request.person.id
    try:
        if form.get("act") == "end":
            verbs.end(form.get("name", ""), by=who, now=request.moment)
        elif form.get("act") == "instruct":
            told = _instruction(form, Moments.at(request.moment))
            instructions.give(told, by=who, now=request.moment)
        else:
            allowed = countries(facts.wording.promised.places)
            draft = _draft(form, Moments.at(request.moment))
            verbs.file(draft, by=who, allowed=allowed, now=request.moment)
    except ProcessorRefused as error:
        trouble = Trouble(_("Nothing was filed"), _(str(error)))
        return _page(request, facts, signs=True, trouble=trouble)
    return HttpResponseRedirect(HERE)


def _day(form: QueryDict, see_at: Moments) -> date:
    try:
        return dates.parse_day(form.get("on", "").strip()[:MAX_FIELD], see_at.today) or UNDATED
    except dates.NotADay:
        return UNDATED


def _instruction(form: QueryDict, see_at: Moments) -> Told:
    text = form.get("text", "")[: instructions.MAX_TEXT + 1]
    return Told(form.get("name", ""), text, _day(form, see_at))


def _draft(form: QueryDict, see_at: Moments) -> Draft:
    return Draft(
        name=" ".join(form.get("name", "").split())[: MAX_NAME + 1],
        country=form.get("country", "").strip().upper()[:3],
        does=" ".join(form.get("does", "").split())[: MAX_TEXT + 1],
        contract=" ".join(form.get("contract", "").split())[: MAX_TEXT + 1],
        contract_on=_day(form, see_at),
        points=form.getlist("point"),
        further=" ".join(form.get("further", "").split()),
    )


def _page(
    request: SignedIn, facts: Facts, *, signs: bool, trouble: Trouble | None = None
) -> HttpResponse:
    form, see_at = request.POST, Moments.at(request.moment)
    say = Words(processor_sheet.NAME, request.language)
    ticked: Sequence[str] = form.getlist("point")
    names = ("name", "country", "does", "contract", "on", "further", "text")
    given = {
        "rows": [_row(one, see_at) for one in facts.processors],
        "instructions": [(one, dates.write_day(one.given_on)) for one in facts.instructions],
        "instructing": form.get("act") == "instruct",
        "missing": processor_sheet.unfiled(facts),
        "points": [Point(one, say(f"points.{one}"), one in ticked) for one in POINTS],
        "typed": {name: form.get(name, "")[: 10 * MAX_TEXT] for name in names},
        "example": see_at.example(-30),
        "signs": signs,
        "trouble": trouble,
    }
    return render(request, "processors.html", given, status=422 if trouble else 200)


def _row(one: verbs.Filed, see_at: Moments) -> Row:
    lacking = ", ".join(f"({point})" for point in one.lacking)
    mark = _("lacks %(points)s") % {"points": lacking} if lacking else _("has all of it")
    return Row(
        name=one.name,
        does=f"{one.does} · {one.country}",
        contract=f"{one.contract}, {dates.write_day(one.contract_on)}",
        mark=mark,
        mood="bad" if lacking else "good",
        drilled=see_at.day(one.drilled_at) if one.drilled_at else "",
    )
