"""Certificates of destruction, day by day: on a page, as a file to be verified, and on paper."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from vaiti.access.proving import may_see_proof
from vaiti.audit.certificate import Certificate, as_text
from vaiti.audit.verifier import NAME, verifier
from vaiti.retention import certificates
from vaiti.retention.certificates import Facts, Issuer, NotIssued, NotSigned, Ordered
from vaiti.retention.order_rules import AskedKind
from vaiti.values.clock import from_micros
from vaiti.web import dates, sound_notes
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.paper import Attached, Paper, Part, as_pdf
from vaiti.web.wording import destruction_words

MOST_ON_PAPER = 400
"""Calls listed on paper; the file inside lists all."""
JSON = "certificate.json"


@dataclass(frozen=True, slots=True)
class Told:
    label: str
    value: str


@only("GET", "POST")
def certificate(request: SignedIn, day: str) -> HttpResponseBase:
    facts = _facts(request, day)
    if request.method == "POST":
        by = request.person.id.hex
        certificates.issue(facts, wired().issuer, by=by, now=request.moment)
        return HttpResponseRedirect(f"/proof/{day}/")
    see, issued, waits = Moments.at(request.moment), None, False
    try:
        issued = certificates.issued(facts, wired().issuer)
    except NotSigned:
        waits = True
    except NotIssued:
        pass
    given = {
        "title": title(facts),
        "told": told(facts, wired().issuer, see),
        "notes": notes(facts, wired().issuer, see),
        "address": f"/proof/{day}/",
        "waits": waits,
        "issued": moment_of(issued, see) if issued else "",
    }
    return render(request, "certificate.html", given)


@only("GET")
def as_file(request: SignedIn, day: str) -> HttpResponseBase:
    return file_of(
        as_text(_issued(_facts(request, day))).encode(), "application/json", f"{day}.json"
    )


@only("GET")
def on_paper(request: SignedIn, day: str) -> HttpResponseBase:
    facts = _facts(request, day)
    found, see = _issued(facts), Moments.at(request.moment)
    made = as_pdf(paper(facts, found, wired().issuer, see))
    return file_of(made, "application/pdf", f"{day}.pdf")


@only("GET")
def program(request: SignedIn) -> HttpResponseBase:
    _require(request)
    return HttpResponse(verifier(), "application/zip", headers=_saved(NAME))


@only("GET")
def key(request: SignedIn) -> HttpResponseBase:
    _require(request)
    public = wired().log_public
    return HttpResponse(public, "application/octet-stream", headers=_saved("checkpoint.pub"))


def title(facts: Facts) -> str:
    if facts.order:
        return _("Certificate of destruction on order")
    if facts.day is None:
        return _("Certificate of destruction of listed calls")
    return _("Certificate of destruction for %(day)s") % {"day": dates.write_day(facts.day)}


def told(facts: Facts, issuer: Issuer, see: Moments) -> list[Told]:
    found = [
        Told(_("Calls destroyed"), str(len(facts.calls))),
        Told(_("Of them later than a day after they were due"), str(facts.late)),
        Told(_("Calls that are still there"), str(facts.open)),
    ]
    if facts.calls:
        due = [one.due_us for one in facts.calls]
        done = [one.done_us for one in facts.calls]
        found += [
            Told(_("Due"), _span(min(due), max(due), see)),
            Told(_("Proven gone"), _span(min(done), max(done), see)),
        ]
    for kbits, since_us, calls in lossy(facts):
        form = sound_notes.lossy_form({"kbits": kbits, "since_us": since_us}, see)
        found.append(Told(_("Kept in a lossy form at last"), f"{calls} · {form}"))
    if facts.ended_at:
        found.append(Told(_("Key of the day destroyed"), see.day_and_time(facts.ended_at)))
    if facts.order:
        found[:0] = ordered(facts.order)
    if issuer.name:
        found.insert(0, Told(_("Controller"), f"{issuer.name} {issuer.business_id}".strip()))
    return found


def lossy(facts: Facts) -> list[tuple[int, int, int]]:
    """Bit rates in which calls were kept that were not kept as they were received, since when the
    first, and how many."""
    told = [one.lossy for one in facts.calls if one.lossy]
    rates = sorted({int(one["kbits"]) for one in told})
    since = {rate: [one["since_us"] for one in told if one["kbits"] == rate] for rate in rates}
    return [(rate, min(found), len(found)) for rate, found in since.items()]


def ordered(order: Ordered) -> list[Told]:
    """Why the calls went before their day, and on whose word."""
    gap = order.asked == AskedKind.GAP
    return [
        Told(_("Reason"), destruction_words.reason(order.reason)),
        Told(_("Recording gap") if gap else _("Reference"), order.reference),
    ]


def notes(facts: Facts, issuer: Issuer, see: Moments) -> list[str]:
    """The method, and from when on nobody can bring anything back."""
    said = [
        _(
            "Method: the key of each call was destroyed, then the sealed recording, the journal "
            "and the rows. Each place was then asked whether anything was left."
        )
    ]
    if facts.ended_at:
        moment = see.day_and_time(facts.ended_at)
        said.append(
            _(
                "Since %(moment)s the key of the day is dead: no copy of these recordings in any "
                "backup of register or store can be opened."
            )
            % {"moment": moment}
        )
    elif facts.day:
        said.append(_("The key of the day is still alive: the day is not over, or calls are left."))
    return [*said, *horizons(issuer)]


def horizons(issuer: Issuer) -> list[str]:
    """Until when anything could bring back what was destroyed: copies that no program here reaches,
    as whoever runs the machine declares them."""
    said = [_horizon(issuer)]
    if issuer.archive_days:
        said.append(
            ngettext(
                "The archive of the database’s log lives for %(count)d day, as declared: so long "
                "rows of the call may stand in it, and never a key.",
                "The archive of the database’s log lives for %(count)d days, as declared: so long "
                "rows of the call may stand in it, and never a key.",
                issuer.archive_days,
            )
            % {"count": issuer.archive_days}
        )
    if issuer.machine_days:
        said.append(
            ngettext(
                "Snapshots of the machine live for %(count)d day, as declared: so long somebody "
                "could open the recording from one.",
                "Snapshots of the machine live for %(count)d days, as declared: so long somebody "
                "could open the recording from one.",
                issuer.machine_days,
            )
            % {"count": issuer.machine_days}
        )
    else:
        said.append(_("Whoever runs the machine declares no snapshots of it."))
    return said


def _horizon(issuer: Issuer) -> str:
    if issuer.backup_days:
        return ngettext(
            "Backups of the keys live for %(count)d day: after that nothing brings a key back.",
            "Backups of the keys live for %(count)d days: after that nothing brings a key back.",
            issuer.backup_days,
        ) % {"count": issuer.backup_days}
    return _(
        "The register makes no backup of its keys. Copies that somebody made of the whole machine "
        "are beyond its reach and open until they are deleted."
    )


def paper(facts: Facts, found: Certificate, issuer: Issuer, see: Moments) -> Paper:
    rows = [
        (one.call, _at(one.due_us, see), _at(one.done_us, see))
        for one in facts.calls[:MOST_ON_PAPER]
    ]
    more = len(facts.calls) - len(rows)
    told_more = _("The file inside this document lists %(count)d more.") % {"count": more}
    return Paper(
        title=title(facts),
        language=get_language() or "en",
        author=issuer.name or "Vaiti",
        day=see.day_of(from_micros(certificates.issued_at(found))),
        lead=[_("Issued on %(moment)s.") % {"moment": moment_of(found, see)}],
        parts=[
            Part(
                _("What was destroyed"),
                notes(facts, issuer, see),
                (_("What"), _("Value")),
                [(one.label, one.value) for one in told(facts, issuer, see)],
            ),
            Part(
                _("Calls, by their opaque ids"),
                [told_more] if more > 0 else [],
                (_("Call"), _("Due"), _("Proven gone")),
                rows,
            ),
            Part(_("How it is verified"), _how()),
            Part(_("Signed checkpoint of the log"), found.evidence.note.splitlines()),
        ],
        foot=title(facts),
        attached=[Attached(JSON, _("Certificate to be verified"), as_text(found))],
    )


def _how() -> list[str]:
    return [
        _(
            "This document holds the file certificate.json. It names the entry of the log for each "
            "call, and proves that the entry is in the log that the checkpoint signs."
        ),
        _(
            "The verifier, one file that runs offline, and the log’s public key are on the page "
            "“Proof”. Compare the key with the one that you were given earlier."
        ),
    ]


def _facts(request: SignedIn, day: str) -> Facts:
    _require(request)
    try:
        facts = certificates.of_day(date.fromisoformat(day))
    except ValueError as error:
        raise Http404 from error
    if not facts.calls:
        raise Http404
    return facts


def _issued(facts: Facts) -> Certificate:
    try:
        return certificates.issued(facts, wired().issuer)
    except (NotIssued, NotSigned) as error:
        raise Http404 from error


def _require(request: SignedIn) -> None:
    if not may_see_proof(request.person.id, request.moment):
        raise Http404


def moment_of(found: Certificate, see: Moments) -> str:
    return see.day_and_time(from_micros(certificates.issued_at(found)))


def _at(micros: int, see: Moments) -> str:
    return _instant(from_micros(micros), see)


def _instant(instant: datetime, see: Moments) -> str:
    return see.day_and_time(instant, seconds=True)


def _span(first: int, last: int, see: Moments) -> str:
    begins, ends = see.day_and_time(from_micros(first)), see.day_and_time(from_micros(last))
    return begins if begins == ends else f"{begins} – {ends}"


def file_of(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, kind, headers=_saved(f"certificate-{name}"))


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
