"""The form of a request, as a person fills it in or somebody for them: read, and shown again.

The number that is typed loses its last digits before anything else happens to it, and is never
shown again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.notice import lines
from vaiti.notice.lines import LineCard
from vaiti.register.call_reference import MOST_TYPED
from vaiti.rights import intake
from vaiti.rights.asking import Channel
from vaiti.rights.errors import CaseRefused
from vaiti.rights.intake import Asked
from vaiti.values.masked import NOT_AVAILABLE
from vaiti.web import dates, numbers
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import case_words, words

MOST_WORDS = 450
_WAITED = (Channel.LETTER, Channel.EMAIL)
TONGUES = ("fi", "sv", "en")


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form. There is no field for the number: it is typed anew."""

    rights: list[Choice]
    capacities: list[Choice]
    languages: list[Choice]
    lines: list[Choice]
    directions: list[Choice]
    documents: list[Choice]
    signatures: list[Choice]
    withheld: bool
    reference: str = ""
    country: str = ""
    arrived: str = ""
    about_from: str = ""
    about_to: str = ""
    about: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    example: str = ""


def read(request: HttpRequest, channel: str, see: Moments, region: str, language: str) -> Asked:
    """Raises CaseRefused."""
    form = request.POST
    arrived = _day(form.get("arrived", ""), see.today) or see.today
    return Asked(
        channel=channel,
        asked=tuple(form.getlist("asked")[:20]),
        arrived_on=arrived if channel in _WAITED else see.today,
        language=form.get("language", "") or language,
        country=(form.get("country", "").strip().upper() or region)[:2],
        capacity=form.get("capacity", "") or "customer",
        line_number=form.get("line", "")[:20],
        direction=form.get("direction", "")[:3],
        customer=_number(form, region),
        call_reference=intake.reference_in(form.get("reference", "")[:MOST_TYPED]),
        about_from=_day(form.get("about_from", ""), see.today),
        about_to=_day(form.get("about_to", ""), see.today),
        about=form.get("about", "").replace("\r\n", "\n"),
        name=form.get("name", ""),
        contact=form.get("contact", "").replace("\r\n", "\n"),
        signature=form.get("signature", "")[:7] if channel == Channel.LETTER else "",
        identity_seen=form.get("document", "")[:16] if channel == Channel.DESK else "",
    )


def _number(form: Mapping[str, str], region: str) -> str:
    """Masked where it comes in. Raises CaseRefused."""
    if form.get("withheld"):
        return NOT_AVAILABLE
    try:
        found = numbers.without_last_digits(form.get("number", ""), region)
    except numbers.NotANumber as error:
        raise CaseRefused("number") from error
    return found.masked if found else ""


def _day(text: str, today: date) -> date | None:
    try:
        return dates.parse_day(text, today)
    except dates.NotADay as error:
        raise CaseRefused("day") from error


def shown(request: HttpRequest, see: Moments, language: str) -> Form:
    """The form as it was sent, or empty. Nothing that is wanted is chosen beforehand (D-01)."""
    form = request.POST
    chosen = form.get
    return Form(
        rights=_choices(case_words.RIGHTS, form.getlist("asked")),
        capacities=_choices(case_words.CAPACITIES, [chosen("capacity", "customer")]),
        languages=[
            Choice(one, words.language(one), one == chosen("language", language)) for one in TONGUES
        ],
        lines=[_line(one, chosen("line", "")) for one in _customers_lines(see)],
        directions=_directions(chosen("direction", "")),
        documents=_choices(case_words.DOCUMENTS, [chosen("document", "")]),
        signatures=_choices(case_words.SIGNATURES, [chosen("signature", "")]),
        withheld=bool(chosen("withheld")),
        reference=chosen("reference", "")[:MOST_TYPED],
        country=chosen("country", "")[:2],
        arrived=chosen("arrived", "")[:20],
        about_from=chosen("about_from", "")[:20],
        about_to=chosen("about_to", "")[:20],
        about=chosen("about", "")[:MOST_WORDS],
        name=chosen("name", "")[:100],
        contact=chosen("contact", "")[:300],
        example=dates.write_day(see.today),
    )


def _choices(table: Mapping[str, str], chosen: Iterable[str]) -> list[Choice]:
    taken = set(chosen)
    return [Choice(code, _(text), code in taken) for code, text in table.items()]


def _directions(chosen: str) -> list[Choice]:
    """From where the customer stands."""
    told = (("in", _("The customer called us")), ("out", _("We called the customer")))
    return [Choice(code, text, code == chosen) for code, text in told]


def _customers_lines(see: Moments) -> list[LineCard]:
    return [one for one in lines.standing(see.now) if one.recorded and one.function != "test"]


def _line(one: LineCard, chosen: str) -> Choice:
    label = f"{one.said(get_language() or '')} · {numbers.write_whole(one.number)}"
    return Choice(one.number, label, one.number == chosen)
