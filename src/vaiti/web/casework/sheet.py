"""One page for what is kept beside the cases: what is known of it, and forms for what comes next.

A room's page says what stands on its sheet; how that looks is said once, in `sheet.html`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.rights.errors import CaseRefused
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice

MOST_TYPED = 60_000
_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"(\d{1,2})[.:](\d{2})")

TEXT, AREA, SELECT, TICKS = "text", "area", "select", "ticks"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `kind` is a line, an area of text, a list to choose from or ticks."""

    name: str
    label: str
    kind: str = TEXT
    help: str = ""
    value: str = ""
    choices: Sequence[Choice] = ()
    required: bool = True
    most: int = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody may do: sent to the sheet's own address with `act`."""

    act: str
    button: str
    fields: Sequence[Field] = ()
    title: str = ""
    lead: str = ""
    grave: bool = False
    hidden: Sequence[tuple[str, str]] = ()

    @property
    def folded(self) -> bool:
        return bool(self.title)


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    href: str = ""
    soft: str = ""
    tag: str = ""
    mood: str = "warn"


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the sheet. `facts` are label and value; empty values are left out. `posts` are
    addresses that are asked by a button, with what it says."""

    id: str
    title: str
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    items: Sequence[Item] = ()
    empty: str = ""
    forms: Sequence[Form] = ()
    links: Sequence[tuple[str, str]] = ()
    posts: Sequence[tuple[str, str]] = ()

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(label, value) for label, value in self.facts if value]


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    address: str
    lead: str = ""
    back: tuple[str, str] = ("", "")
    cards: Sequence[Card] = field(default_factory=tuple)
    buttons: Sequence[tuple[str, str]] = ()


def show(request: SignedIn, sheet: Sheet, trouble: Trouble | None = None) -> HttpResponse:
    given = {"sheet": sheet, "trouble": trouble}
    return render(request, "sheet.html", given, status=422 if trouble else 200)


def choices(table: Mapping[str, str], chosen: Iterable[str] = ()) -> list[Choice]:
    """Codes with their words, translated here."""
    picked = set(chosen)
    return [Choice(code, _(words), code in picked) for code, words in table.items()]


def typed(request: SignedIn, name: str) -> str:
    return request.POST.get(name, "").strip()[:MOST_TYPED]


def moment_typed(text: str, see: Moments) -> datetime | None:
    """A day, with a time of the clock behind it where that is known; None when empty. Raises
    CaseRefused."""
    first, _space, rest = text.strip().partition(" ")
    day = day_typed(first, see)
    if day is None:
        return None
    if not rest.strip():
        return dates.day_begins(day, see.zone)
    found = _TIME.fullmatch(rest.strip())
    try:
        at = time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        at = None
    if at is None:
        raise CaseRefused("moment")
    return datetime.combine(day, at, see.zone)


def day_typed(text: str, see: Moments, *, ahead: bool = False) -> date | None:
    """Raises CaseRefused."""
    try:
        found = dates.parse_day(text, see.today, ahead=ahead)
    except dates.NotADay as error:
        raise CaseRefused("moment") from error
    if found is not None and not 2000 < found.year < 2200:
        raise CaseRefused("moment")
    return found


def span_typed(
    request: SignedIn, names: tuple[str, str], see: Moments
) -> tuple[datetime, datetime]:
    """From the first, until the second or, where that is a day alone, until its end. Raises
    CaseRefused."""
    first, last = (typed(request, name) for name in names)
    begins, ends = moment_typed(first, see), moment_typed(last, see)
    if begins is None or ends is None:
        raise CaseRefused("span")
    if " " not in last:
        ends = dates.day_ends(see.day_of(ends), see.zone)
    return begins, ends


def calls_typed(text: str) -> list[UUID]:
    """One a line: a call's address, or its id. Raises CaseRefused."""
    lines = [line for line in text[:MOST_TYPED].lower().splitlines() if line.strip()]
    found = [_ID.findall(line) for line in lines]
    if not all(found):
        raise CaseRefused("calls")
    return list(dict.fromkeys(UUID(hex=one) for some in found for one in some))


def written(at: datetime | None, see: Moments) -> str:
    return see.day_and_time(at) if at else ""


def example(see: Moments) -> str:
    """How a moment is typed."""
    return f"{dates.write_day(see.today)} {see.time(see.now)}"
