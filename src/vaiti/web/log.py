"""The log, for the auditor and the data protection officer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import overview
from vaiti.access.doors import NotVisible
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import BadCursor, LogEntry
from vaiti.people import book
from vaiti.people.book import PersonCard
from vaiti.web import history
from vaiti.web.history import Told
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import words

MAX_NAME = 100  # characters
NOBODY = "nobody"  # whose entries there are none of


@dataclass(frozen=True, slots=True)
class Who:
    """Whose entries are looked for: `found` is an id or nothing, `text` stands in the field."""

    found: str
    text: str = field(repr=False)
    wrong: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `number` is its place in the signed tree; None while it waits for one."""

    at: str
    kind: str
    act: str
    who: str
    subject: str
    facts: list[Told]
    removed: bool
    number: int | None


@only("GET")
def log(request: SignedIn) -> HttpResponseBase:
    asked = {name: request.GET.get(name, "") for name in ("kind", "actor", "before")}
    actor = asked["actor"].strip()[:MAX_NAME]
    who = person_typed(actor, book.persons(request.moment)) if actor else Who("", "", "")
    chosen = {"kind": asked["kind"] if asked["kind"] in set(Kind) else "", "actor": who.found}
    try:
        page = overview.read_log(
            request.person.id,
            request.moment,
            kind=chosen["kind"] or None,
            actor=NOBODY if who.wrong else chosen["actor"] or None,
            before=asked["before"] or None,
        )
    except NotVisible as error:
        raise Http404 from error
    except BadCursor:
        return errors.show(request, "bad")
    given = {
        "entries": _lines(page.entries, Moments.at(request.moment)),
        "kinds": _kinds(chosen["kind"]),
        "actor": who,
        "used": any(asked.values()),
        "older": _address(chosen, page.before) if page.before else "",
        "newest": _address(chosen, "") if asked["before"] else "",
    }
    return render(request, "log.html", given)


def person_typed(text: str, people: Sequence[PersonCard]) -> Who:
    """Somebody by id, login or whole name. Nobody at all where it fits none, or several."""
    key = text.casefold()
    found = [
        card for card in people if key in (card.id.hex, card.login.casefold(), card.name.casefold())
    ]
    if len(found) == 1:
        return Who(found[0].id.hex, found[0].name, "")
    several = _("Several people have this name. Write the login.")
    nobody = _("Nobody here is called so. Write the whole name, or the login.")
    return Who("", text, several if found else nobody)


def _address(chosen: dict[str, str], before: str) -> str:
    query = {name: value for name, value in {**chosen, "before": before}.items() if value}
    return "/log/" + (f"?{urlencode(query)}" if query else "")


def _kinds(chosen: str) -> list[Choice]:
    found = [Choice(kind.value, words.act(kind.value), kind.value == chosen) for kind in Kind]
    return sorted(found, key=lambda choice: choice.label.casefold())


def _lines(entries: Iterable[LogEntry], see: Moments) -> list[Line]:
    shown = list(entries)
    names = history.names_in(shown)
    return [_line(entry, names, see) for entry in shown]


def _line(entry: LogEntry, names: dict[str, str], see: Moments) -> Line:
    who = names.get(entry.actor) or words.doer(entry.actor)
    return Line(
        at=see.day_and_time(entry.at, seconds=True),
        kind=entry.kind,
        act=words.act(entry.kind),
        who=who if who != "unknown" else _("somebody unknown"),
        subject=entry.subject,
        facts=history.told(entry, names, see),
        removed=entry.removed,
        number=entry.seq,
    )
