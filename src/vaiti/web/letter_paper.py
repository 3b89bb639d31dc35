"""A letter on paper: a tagged PDF in the letter's own language, whatever the page's."""

from vaiti.rights import letters
from vaiti.rights.letters import Card
from vaiti.web import dates
from vaiti.web.moments import Moments
from vaiti.web.paper import Paper, as_pdf
from vaiti.web.wiring import wired

IN_PACKAGE = "copy"


def pdf(found: Card, see: Moments) -> bytes:
    issuer, day = wired().issuer, see.day_of(found.sent_at or see.now)
    head = " · ".join(one for one in (issuer.name, dates.write_day(day)) if one)
    said = (line for part in found.parts for line in part.text.splitlines() if line)
    return as_pdf(
        Paper(
            title=found.title,
            language=found.language,
            author=issuer.name or "Vaiti",
            day=day,
            lead=[head, *said],
            parts=[],
            foot=" · ".join(one for one in (issuer.name, found.reference) if one),
        )
    )


def beside_copies(reference: str, see: Moments) -> bytes:
    """The newest letter of the case that is sent within its copies; nothing where there is none."""
    sent = (one for one in letters.cards(reference) if one.sent_how == IN_PACKAGE)
    newest = next(sent, None)
    return pdf(newest, see) if newest else b""
