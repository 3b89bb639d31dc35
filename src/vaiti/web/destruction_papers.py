"""The certificate of an order of destruction: issued on record, to be verified, and on paper."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponseBase, HttpResponseRedirect

from vaiti.access.destroying import may_order
from vaiti.audit.certificate import Certificate, as_text
from vaiti.retention import certificates
from vaiti.retention.certificates import Facts, NotIssued, NotSigned
from vaiti.retention.order_cards import OrderCard
from vaiti.web.certificates import file_of, moment_of, notes, paper
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.paper import as_pdf


@dataclass(frozen=True, slots=True)
class Paperwork:
    """`issued` says when it was; `waits`: the log has not signed that yet."""

    issued: str
    waits: bool
    notes: tuple[str, ...]


def paperwork(card: OrderCard, see: Moments) -> Paperwork | None:
    """Of an order that is done; of another there is none."""
    facts, issuer = certificates.of_order(card.id), wired().issuer
    if facts is None:
        return None
    told = tuple(notes(facts, issuer, see))
    try:
        return Paperwork(moment_of(certificates.issued(facts, issuer), see), False, told)
    except NotSigned:
        return Paperwork("", True, told)
    except NotIssued:
        return Paperwork("", False, told)


@only("POST")
def issue(request: SignedIn, order_id: str) -> HttpResponseBase:
    facts, by = _done(request, order_id), request.person.id.hex
    certificates.issue(facts, wired().issuer, by=by, now=request.moment)
    return HttpResponseRedirect(f"/destruction/{order_id}/")


@only("GET")
def as_file(request: SignedIn, order_id: str) -> HttpResponseBase:
    text = as_text(_issued(_done(request, order_id)))
    return file_of(text.encode(), "application/json", f"{order_id[:8]}.json")


@only("GET")
def on_paper(request: SignedIn, order_id: str) -> HttpResponseBase:
    facts = _done(request, order_id)
    made = as_pdf(paper(facts, _issued(facts), wired().issuer, Moments.at(request.moment)))
    return file_of(made, "application/pdf", f"{order_id[:8]}.pdf")


def _done(request: SignedIn, order_id: str) -> Facts:
    facts = certificates.of_order(UUID(hex=order_id))
    if not may_order(request.person.id, request.moment) or facts is None:
        raise Http404
    return facts


def _issued(facts: Facts) -> Certificate:
    try:
        return certificates.issued(facts, wired().issuer)
    except (NotIssued, NotSigned) as error:
        raise Http404 from error
