"""The gap register: calls that were not recorded and should have been, and the other way round."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.destroying import may_order
from vaiti.notice import lines
from vaiti.people import book
from vaiti.register import canaries
from vaiti.register import gaps as verbs
from vaiti.register.gaps import GapCard, GapRefused, LastLook, NotYours
from vaiti.retention import order_cards
from vaiti.retention.order_rules import Asked, AskedKind, OrderState
from vaiti.web import numbers
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments, between
from vaiti.web.searching import Choice
from vaiti.web.wording import gap_words

COUNTED = frozenset({"stretch", "unjudged"})
"""Kinds of rows that tell of several calls."""
MOST_PAGES = 9999


@dataclass(frozen=True, slots=True)
class Row:
    """`calls` is empty where it is one call, or nobody knows how many."""

    id: str
    kind: str
    cause: str
    line: str
    began: str
    length: str
    calls: str
    state: str
    open: bool
    why: str
    who: str
    found_by: str


@dataclass(frozen=True, slots=True)
class Look:
    """The newest comparison, said in words."""

    at: str
    source: str
    begins: str
    ends: str
    told: int
    matched: int
    share: str
    offset: str


@dataclass(frozen=True, slots=True)
class Canary:
    """The newest test call of a line; `at` is empty where there was none yet."""

    line: str
    at: str
    well: bool
    cause: str


@only("GET")
def gaps(request: SignedIn) -> HttpResponseBase:
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    state = state if state in gap_words.STATES else ""
    kind = kind if kind in gap_words.KINDS else ""
    page = _page_number(request.GET.get("page", ""))
    try:
        found = verbs.read(request.person.id, request.moment, state=state, what=kind, page=page)
    except NotYours as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    given = {
        "rows": _rows(found.rows, see),
        "counts": [(gap_words.kind(code), found.open[code]) for code in gap_words.KINDS],
        "states": _choices(gap_words.STATES, state),
        "kinds": _choices(gap_words.KINDS, kind),
        "narrowed": bool(state or kind or page),
        "last": _look(found.last, see) if found.last else None,
        "canaries": _canaries(see),
        "newer": _address(state, kind, page - 1) if page else "",
        "older": _address(state, kind, page + 1) if found.more else "",
    }
    return render(request, "gaps.html", given)


@only("GET", "POST")
def gap(request: SignedIn, gap_id: str) -> HttpResponseBase:
    try:
        if request.method == "GET":
            return _show(request, gap_id)
        state, why = request.POST.get("state", ""), request.POST.get("why", "")
        verbs.settle(request.person.id, UUID(hex=gap_id), state, why, request.moment)
    except NotYours as error:
        raise Http404 from error
    except GapRefused as error:
        return _show(request, gap_id, _trouble(str(error)), request.POST.get("why", "")[:300])
    return HttpResponseRedirect(f"/gaps/{gap_id}/")


def _show(
    request: SignedIn, gap_id: str, trouble: Trouble | None = None, why: str = ""
) -> HttpResponse:
    card = verbs.one(request.person.id, UUID(hex=gap_id), request.moment)
    if card is None:
        raise Http404
    (row,) = _rows([card], Moments.at(request.moment))
    given: dict[str, object] = {"row": row, "trouble": trouble, "why": why}
    given |= {"ended": card.state == "closed", **_destruction(request, card.id)}
    return render(request, "gap.html", given, status=422 if trouble else 200)


def _destruction(request: SignedIn, gap_id: UUID) -> dict[str, object]:
    """The order that destroys the recording, or that one may be planned, for whoever orders."""
    person, now = request.person.id, request.moment
    if not may_order(person, now):
        return {}
    found = order_cards.of_asked(Asked(AskedKind.GAP, gap_id.hex))
    stands = [one for one in found if one.state != OrderState.REFUSED]
    if stands:
        return {"ordered": stands[0].id.hex}
    return {"may_plan": verbs.unwanted_call(person, gap_id, now) is not None}


def _trouble(code: str) -> Trouble:
    if code == "why":
        advice = _("Write why, in at most 300 characters, without names and numbers.")
        return Trouble(_("Nothing was changed"), advice)
    if code == "gone":
        advice = _("It has been closed meanwhile, or is no longer kept.")
        return Trouble(_("Nothing was changed"), advice)
    return Trouble(_("Nothing was changed"), _("Choose whether it is explained or closed."))


def _rows(cards: Sequence[GapCard], see: Moments) -> list[Row]:
    names = book.names(UUID(hex=one.by) for one in cards if _is_person(one.by))
    people = {person.hex: name for person, name in names.items()}
    return [_row(one, people, see) for one in cards]


def _row(card: GapCard, people: dict[str, str], see: Moments) -> Row:
    ended = card.ended_at
    found_later = card.state == "closed" and not card.why
    return Row(
        id=card.id.hex,
        kind=gap_words.kind(card.what),
        cause=gap_words.cause(card.cause),
        line=_named(card.label, card.line),
        began=see.day_and_time(card.started_at, seconds=True),
        length=between(card.started_at, ended) if ended else _("lasts"),
        calls=str(card.calls) if card.what in COUNTED and card.calls else "",
        state=gap_words.state(card.state),
        open=card.state == "open",
        why=_("Found in the book later.") if found_later else card.why,
        who=people.get(card.by, ""),
        found_by=gap_words.source(card.source),
    )


def _named(label: str, number: str) -> str:
    return f"{label} {numbers.write_whole(number)}".strip() if number else label


def _is_person(by: str) -> bool:
    return len(by) == 32 and not by.startswith("system:")


def _look(last: LastLook, see: Moments) -> Look:
    told = last.told - last.explained
    share = f"{100 * last.matched / told:.2f} %" if told else "–"
    return Look(
        at=see.day_and_time(last.at),
        source=last.source,
        begins=see.day_and_time(last.begins),
        ends=see.day_and_time(last.ends),
        told=last.told,
        matched=last.matched,
        share=share,
        offset=f"{-last.offset_ms / 1000:+.1f} s",
    )


def _canaries(see: Moments) -> list[Canary]:
    """The newest test call of each line; nothing where none was ever placed."""
    found = canaries.last_of(lines.standing(see.now))
    rows = [
        Canary(
            line=_named(one.label, one.line),
            at=see.day_and_time(one.placed_at) if one.placed_at else "",
            well=one.state == canaries.State.WELL,
            cause=gap_words.cause(one.cause) if one.cause else "",
        )
        for one in found
    ]
    return rows if any(one.at for one in rows) else []


def _choices(words: dict[str, str], chosen: str) -> list[Choice]:
    return [Choice(code, _(text), code == chosen) for code, text in words.items()]


def _page_number(text: str) -> int:
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    return int(text) if plain else 0


def _address(state: str, kind: str, page: int) -> str:
    query = {"state": state, "kind": kind, "page": page or ""}
    return "/gaps/?" + urlencode({name: value for name, value in query.items() if value})
