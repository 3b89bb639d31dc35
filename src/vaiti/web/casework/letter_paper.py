"""A letter on paper: a tagged PDF in the letter's own language, whatever the page's.

The letter that tells of an erasure has the certificate within it, on pages of its own, and the file
that is verified: nobody has to find it and put it into the envelope.
"""

from collections.abc import Iterator
from dataclasses import replace

from django.utils import translation
from django.utils.translation import gettext as _

from vaiti.retention import certificates
from vaiti.retention.certificates import NotIssued, NotSigned
from vaiti.rights import letters, noting
from vaiti.rights.letter_rules import Letter
from vaiti.rights.letters import Card
from vaiti.web import certificates as sheets
from vaiti.web import dates
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.paper import Attached, Paper, Part, as_pdf

IN_PACKAGE = "copy"


def pdf(found: Card, see: Moments, to: tuple[str, ...] | None = None) -> bytes:
    """`to`: who gets it, as lines, where it is not the person of the case."""
    issuer, day = wired().issuer, see.day_of(found.sent_at or see.now)
    head = " · ".join(one for one in (issuer.name, dates.write_day(day)) if one)
    said = (line for part in found.parts for line in part.text.splitlines() if line)
    with translation.override(found.language):
        proofs = list(_certificates(found, see))
    return as_pdf(
        Paper(
            title=found.title,
            language=found.language,
            author=issuer.name or "Vaiti",
            day=day,
            lead=[head, *said],
            parts=[part for parts, _file in proofs for part in parts],
            foot=" · ".join(one for one in (issuer.name, found.reference) if one),
            address=letters.addressee(found) if to is None else to,
            attached=[file for _parts, file in proofs if file],
        )
    )


def beside_copies(reference: str, see: Moments) -> bytes:
    """The newest letter of the case that is sent within its copies; nothing where there is none."""
    sent = (one for one in letters.cards(reference) if one.sent_how == IN_PACKAGE)
    newest = next(sent, None)
    return pdf(newest, see) if newest else b""


def _certificates(found: Card, see: Moments) -> Iterator[tuple[list[Part], Attached | None]]:
    """Of each erasure that is proven; of a draft those that are there already."""
    if found.kind is not Letter.ERASURE:
        return
    issuer = wired().issuer
    for number, order in enumerate(noting.orders_done(found.reference), 1):
        facts = certificates.of_order(order)
        if facts is None:
            continue
        try:
            sheet = sheets.paper(facts, certificates.issued(facts, issuer), issuer, see)
        except (NotIssued, NotSigned):
            yield [Part(sheets.title(facts), [_missing()], apart=True)], None
            continue
        (file,) = sheet.attached
        name = file.name if number == 1 else f"certificate-{number}.json"
        yield [Part(sheet.title, sheet.lead, apart=True), *sheet.parts], replace(file, name=name)


def _missing() -> str:
    return _(
        "The certificate cannot be printed now: it is not signed yet, or the controller’s name or "
        "the periods of backups were changed since. Issue it anew on the order’s page."
    )
