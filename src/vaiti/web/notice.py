"""The notice as callers read it, its versions, and the next one signed by who answers for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access.errors import NotVisible
from vaiti.access.notices import see_versions
from vaiti.notice import proposals, versions
from vaiti.notice.differing import Difference, difference
from vaiti.notice.proposals import NEEDED, NotWaiting, Proposal
from vaiti.notice.versions import LANGUAGES, Notice, NoticeError
from vaiti.people import book
from vaiti.promises.papers import assessment
from vaiti.promises.papers import joint as essence
from vaiti.promises.papers import notice as papers
from vaiti.promises.papers.assessment import StaleAssessment
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.sheet import Sheet
from vaiti.register.tally import tally_all
from vaiti.web.documents import facts_of
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.lines import STALE
from vaiti.web.moments import Moments
from vaiti.web.periods import months_told
from vaiti.web.sheets import pdf, shown
from vaiti.web.wording.words import role

HERE = "/notice/versions/"
HEX = 32  # characters of a person in the log; others are programs of ours
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
MONTH = timedelta(days=30)
NAMES = {"sv": "Svenska", "fi": "Suomi", "en": "English"}


@dataclass(frozen=True, slots=True)
class Other:
    version: str
    since: str


@only("GET")
def notice(request: Request) -> HttpResponseBase:
    """For anybody: the version in force, in the language of the page (N-35)."""
    return _read(request, versions.in_force(request.moment))


@only("GET")
def of_version(request: Request, version: str) -> HttpResponseBase:
    found = next((one for one in versions.archive() if one.version == version), None)
    if found is None:
        raise Http404
    return _read(request, found)


@only("GET")
def on_paper(request: Request, version: str, language: str) -> HttpResponseBase:
    """One version as a tagged PDF in the language of its address."""
    found = next((one for one in versions.archive() if one.version == version), None)
    if found is None or found.wording is None or language not in LANGUAGES:
        raise Http404
    sheet = papers.sheet(found.wording, found.valid_from, language)
    return _file(request, sheet, found, found.wording.controller.name)


def _file(request: Request, sheet: Sheet, of: Notice, author: str) -> HttpResponse:
    name = f"{sheet.name}-{of.version}-{sheet.language}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    day = Moments.at(request.moment).day_of(of.valid_from)
    return HttpResponse(pdf(sheet, author, day), "application/pdf", headers=headers)


@only("GET")
def joint(request: Request) -> HttpResponseBase:
    """For anybody: the essence of what joint controllers arranged (Article 26(2)); 404 for one."""
    _found, _author, sheet = _essence(request, request.language)
    languages = [(code, NAMES[code]) for code in LANGUAGES]
    return render(request, "joint.html", {"sheet": shown(sheet), "languages": languages})


@only("GET")
def joint_on_paper(request: Request, language: str) -> HttpResponseBase:
    found, author, sheet = _essence(request, language)
    return _file(request, sheet, found, author)


def _essence(request: Request, language: str) -> tuple[Notice, str, Sheet]:
    """The notice in force, who answers for it, and its essence in the language. Raises Http404."""
    found = versions.in_force(request.moment)
    wording = found.wording if found else None
    if found is None or wording is None or not wording.joint or language not in LANGUAGES:
        raise Http404
    sheet = essence.sheet(Facts(request.moment, wording), language)
    return found, wording.controller.name, sheet


def _read(request: Request, shown: Notice | None) -> HttpResponse:
    see = Moments.at(request.moment)
    others = [
        Other(one.version, see.day(one.valid_from))
        for one in reversed(versions.archive())
        if shown is None or one.version != shown.version
    ]
    given = {
        "version": shown.version if shown else "",
        "since": see.day(shown.valid_from) if shown else "",
        "language": request.language,
        "lines": list(_lines(shown, request.language)) if shown else [],
        "others": others,
        "paper": _paper(shown, request.language) if shown and shown.file else "",
        "joint": shown.wording.joint if shown and shown.wording else (),
    }
    return render(request, "notice.html", given)


def _paper(shown: Notice, language: str) -> str:
    return f"/notice/of/{quote(shown.version)}/{language}.pdf"


def _lines(shown: Notice, language: str) -> Iterator[tuple[str, str, str]]:
    """Heading, text and id of each sentence; an older version has only texts."""
    wording = shown.wording
    if wording is None:
        yield from (("", text, "") for text in shown.texts[language].splitlines())
        return
    for one in wording.sentences:
        heading = wording.headings.get(one.id, {})
        yield heading.get(language, ""), one.text[language], one.id


@only("GET", "POST")
def notice_versions(request: SignedIn) -> HttpResponseBase:
    """A POST names the version and says `act`; signing asks once more."""
    try:
        roles = see_versions(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    if request.method != "POST":
        return _page(request, roles)
    if not roles:
        raise Http404
    act, version = request.POST.get("act", ""), request.POST.get("version", "")
    if act == "sign" and "sure" not in request.POST:
        return _ask(request, roles, version)
    try:
        _carry_out(request, act, version, roles)
    except NotWaiting:
        return _page(request, roles, _gone())
    except NoticeError as error:
        return _page(request, roles, Trouble(_("Nothing was signed"), str(error)))
    except StaleAssessment:
        return _page(request, roles, Trouble(_("Nothing was signed"), _(STALE)))
    return HttpResponseRedirect(HERE)


def _carry_out(request: SignedIn, act: str, version: str, roles: frozenset[str]) -> None:
    """Raises NotWaiting, NoticeError, StaleAssessment."""
    who, now = request.person.id.hex, request.moment
    if act == "sign":
        assessment.require_current(facts_of(request))
        proposals.sign(version, person=who, roles=roles, now=now)
    elif act == "withdraw":
        proposals.withdraw(version, by=who, now=now)


def _gone() -> Trouble:
    return Trouble(
        _("Nothing was signed"),
        _("This version does not wait for you any more. Look at what stands now."),
    )


def _ask(request: SignedIn, roles: frozenset[str], version: str) -> HttpResponse:
    waits = proposals.waiting()
    if waits is None or waits.wording.version != version:
        return _page(request, roles, _gone())
    given = {
        "title": _("Sign version %(version)s?") % {"version": version},
        "sentence": _(
            "You answer for it that its words are true and lawful. When all have signed, it holds "
            "from its day on and cannot be changed."
        ),
        "button": _("Sign it"),
        "act": HERE,
        "back": HERE,
        "fields": [("version", version), ("act", "sign")],
    }
    return render(request, "person_confirm.html", given)


def _page(request: SignedIn, roles: frozenset[str], trouble: Trouble | None = None) -> HttpResponse:
    see, every, waits = Moments.at(request.moment), versions.archive(), proposals.waiting()
    given: dict[str, Any] = {
        "trouble": trouble,
        "versions": list(reversed(list(_published(every, see)))),
        "acts": bool(roles),
    }
    if waits is not None:
        last = every[-1].wording if every else None
        given |= {
            "waits": _waiting(waits, see),
            "signs": bool(waits.may_sign(request.person.id.hex, roles)),
            **_differing(difference(last, waits.wording), request.language),
        }
    return render(request, "notice_versions.html", given, status=422 if trouble else 200)


def _published(every: list[Notice], see: Moments) -> Iterator[dict[str, Any]]:
    ends = [*(one.valid_from for one in every[1:]), EVER[1]]
    spans = [(one.valid_from, end) for one, end in zip(every, ends, strict=True)]
    tallies = tally_all(spans)
    for one, span, tally in zip(every, spans, tallies, strict=True):
        told = ngettext("%(count)d call", "%(count)d calls", tally.count)
        yield {
            "version": one.version,
            "since": see.day(one.valid_from),
            "months": months_told(one.retention_months),
            "calls": told % {"count": tally.count},
            "now": span[0] <= see.now < span[1],
        }


def _waiting(waits: Proposal, see: Moments) -> dict[str, Any]:
    kept, month = tally_all([EVER, (see.now - MONTH, see.now)])
    by = [*(one.person for one in waits.signatures), waits.proposed_by]
    names = book.names({UUID(one) for one in by if len(one) == HEX})
    signed = {one.role: one for one in waits.signatures}
    return {
        "version": waits.wording.version,
        "since": see.day(waits.valid_from),
        "at": see.day_and_time(waits.proposed_at),
        "by": _name(waits.proposed_by, names),
        "kept": kept.count,
        "month": month.count,
        "signatures": [
            {
                "role": role(code),
                "name": _name(signed[code].person, names) if code in signed else "",
                "at": see.day_and_time(signed[code].at) if code in signed else "",
            }
            for code in NEEDED
        ],
    }


def _name(person: str, names: dict[UUID, str]) -> str:
    return names.get(UUID(person), "") if len(person) == HEX else ""


def _differing(found: Difference, language: str) -> dict[str, Any]:
    """The words in the reader's language first."""
    order = sorted(("sv", "fi", "en"), key=lambda one: one != language)
    words = [
        {
            "id": one.id,
            "texts": [
                (lang, one.before[lang], one.after[lang])
                for lang in order
                if one.before[lang] != one.after[lang]
            ],
        }
        for one in found.words
    ]
    return {"settings": found.settings, "words": words}
