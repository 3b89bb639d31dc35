"""The register of breaches as a file (Art. 33(5)): for an authority as a PDF in its language, for a
machine as CSV or JSON. It counts calls and names none."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

from vaiti.access.errors import NotVisible
from vaiti.rights.breaches import book
from vaiti.rights.breaches.book import Card
from vaiti.web.casework import breach_sheet
from vaiti.web.http.methods import only
from vaiti.web.http.middleware import LANGUAGES
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.paper import Paper, Part, as_pdf
from vaiti.web.wording import breach_words
from vaiti.web.wording.case_words import word

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula when it opens the file."""


@only("GET")
def register(request: SignedIn) -> HttpResponseBase:
    """`as` is csv, json or pdf; a PDF is in `language`. That it left is an entry of the log."""
    kind, language = request.GET.get("as", ""), request.GET.get("language", request.language)
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404
    media, made = KINDS[kind]
    try:
        found, _desk = book.listed(request.person.id, request.moment, taken_as=kind)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    name = f"breaches-{see.today.isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    with translation.override(language):
        content = made(found, see, language)
    return HttpResponse(content, media, headers=headers)


def fields_of(one: Card) -> dict[str, object]:
    """A breach for a machine: codes, and times in UTC; empty is not known or not done."""
    row = one.row
    return {
        "number": one.number,
        "state": row.state,
        "lost": list(row.lost),
        "what": row.what,
        "began": _utc(row.began_at),
        "ended": _utc(row.ended_at),
        "aware": _utc(row.aware_at),
        "hours": row.hours,
        "due": _utc(one.due_at),
        "calls": one.calls,
        "risk": row.risk,
        "why": row.why,
        "consequences": row.consequences,
        "measures": row.measures,
        "authority_told": _utc(row.notified_at),
        "authority_number": row.notified_number,
        "late_why": row.late_why,
        "authority_told_more": _utc(row.supplemented_at),
        "persons_told": _utc(row.told_at),
        "told_how": row.told_how,
        "untold": row.untold,
        "closed": _utc(row.closed_at),
    }


def _utc(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _json(found: list[Card], _see: Moments, _language: str) -> bytes:
    told = {"controller": wired().issuer.name, "breaches": [fields_of(one) for one in found]}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _csv(found: list[Card], _see: Moments, _language: str) -> bytes:
    text = io.StringIO()
    rows = [{name: _cell(value) for name, value in fields_of(one).items()} for one in found]
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["number"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    plain = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{plain}" if plain.startswith(FORMULA) else plain


def _pdf(found: list[Card], see: Moments, language: str) -> bytes:
    author = wired().issuer.name or "Vaiti"
    title = _("Register of breaches of personal data (Article 33(5))")
    return as_pdf(
        Paper(
            title=title,
            language=language,
            author=author,
            day=see.today,
            lead=[f"{author} · {see.day(see.now)}", *([] if found else [_("None was noted.")])],
            parts=[_part(one, see) for one in found],
            foot=f"{author} · {title}",
        )
    )


def _part(one: Card, see: Moments) -> Part:
    told = [
        (_("State"), word(breach_words.STATES, one.row.state)),
        *((label, value) for label, value in breach_sheet.facts(one, see) if value),
        (_("The authority is told by"), see.day_and_time(one.due_at)),
        (_("Calls that it touched"), str(one.calls)),
    ]
    return Part(one.number, (), (_("What"), _("What is known")), told)


KINDS: dict[str, tuple[str, Callable[[list[Card], Moments, str], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "json": ("application/json", _json),
    "pdf": ("application/pdf", _pdf),
}
