"""Orders of destruction: calls destroyed before their day, planned, approved and proven."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import destroying as doors
from vaiti.access.destroying import Unseen
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.people import book
from vaiti.register import gaps
from vaiti.register.gaps import NotYours
from vaiti.retention import order_cards
from vaiti.retention import orders as verbs
from vaiti.retention.order_cards import OrderCard
from vaiti.retention.order_look import CallLook, Look, look
from vaiti.retention.order_rules import OF_A_PERSON, Asked, AskedKind, OrderRefused, OrderState
from vaiti.web.certificates import horizons
from vaiti.web.destruction_papers import Paperwork, paperwork
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import destruction_words

_ID = re.compile(r"[0-9a-f]{32}")
MOST_TYPED = 60_000  # characters: 500 addresses of calls


@dataclass(frozen=True, slots=True)
class Row:
    """One order in words. `gap` is the row of the gap register that it comes from, if it does."""

    id: str
    reference: str
    gap: str
    reason: str
    code: str
    state: str
    waits: bool
    done: bool
    planned: str
    planner: str
    decided: str
    decider: str
    why: str
    proven: str
    left: str
    calls: int
    second: bool


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call of an order; `there` is what there is of it still; None: nobody could be asked."""

    id: str
    began: str
    due: str
    gone: str
    there: tuple[str, ...] | None


@only("GET")
def orders(request: SignedIn) -> HttpResponseBase:
    found = order_cards.newest()
    try:
        doors.note_look(request.person.id, "", len(found), request.moment)
    except NotVisible as error:
        raise Http404 from error
    rows = rows_of(found, Moments.at(request.moment))
    given = {
        "open": [row for row in rows if row.code not in ("done", "refused")],
        "over": [row for row in rows if row.code in ("done", "refused")],
    }
    return render(request, "destruction.html", given)


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    try:
        doors.require_orderer(request.person.id, request.moment)
        if request.method == "GET":
            return _form(request)
        made = _plan(request)
    except (NotVisible, NotYours) as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except OrderRefused as error:
        return _form(request, _trouble(_("Nothing is planned yet"), error))
    return HttpResponseRedirect(f"/destruction/{made.hex}/")


def _plan(request: SignedIn) -> UUID:
    """By a row of the gap register, or by a case and the calls that the person sees."""
    form, person, now = request.POST, request.person.id, request.moment
    if gap := form.get("gap", ""):
        call = gaps.unwanted_call(person, UUID(hex=gap), now) if _ID.fullmatch(gap) else None
        if call is None:
            raise OrderRefused("not_kept")
        asked = Asked(AskedKind.GAP, gap)
        return verbs.plan([call], "unwanted", asked, by=person.hex, now=now)
    calls = _calls(form.get("calls", ""))
    try:
        by = doors.require_seen(person, calls, now)
    except Unseen as error:
        raise OrderRefused("not_kept") from error
    asked = Asked(AskedKind.CASE, form.get("reference", "").strip())
    return verbs.plan(calls, form.get("reason", ""), asked, by=by, now=now)


def _calls(text: str) -> list[UUID]:
    lines = [line for line in text[:MOST_TYPED].lower().splitlines() if line.strip()]
    found = [_ID.findall(line) for line in lines]
    if not all(found):
        raise OrderRefused("call_id")
    return list(dict.fromkeys(UUID(hex=one) for some in found for one in some))


def _form(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    form, call = request.POST, request.GET.get("call", "")
    reason = form.get("reason", "")
    given = {
        "trouble": trouble,
        "reasons": [
            Choice(code, destruction_words.reason(code), code == reason)
            for code in sorted(OF_A_PERSON)
        ],
        "reference": form.get("reference", "")[:40],
        "calls": form.get("calls", call if _ID.fullmatch(call) else "")[:MOST_TYPED],
    }
    return render(request, "destruction_new.html", given, status=422 if trouble else 200)


@only("GET", "POST")
def order(request: SignedIn, order_id: str) -> HttpResponseBase:
    """A POST with `act` approve, or refuse with a reason."""
    try:
        if request.method == "GET":
            return _page(request, order_id)
        _decide(request, UUID(hex=order_id))
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except OrderRefused as error:
        return _page(request, order_id, _trouble(_("Nothing was changed"), error))
    return HttpResponseRedirect(f"/destruction/{order_id}/")


def _decide(request: SignedIn, order_id: UUID) -> None:
    form, now = request.POST, request.moment
    by = doors.require_orderer(request.person.id, now)
    if form.get("act") == "approve":
        verbs.approve(order_id, by=by, now=now)
    elif form.get("act") == "refuse":
        verbs.refuse(order_id, form.get("why", ""), by=by, now=now)
    else:
        raise OrderRefused("act")


def _page(request: SignedIn, order_id: str, trouble: Trouble | None = None) -> HttpResponse:
    person, now, see = request.person.id, request.moment, Moments.at(request.moment)
    card = order_cards.order(UUID(hex=order_id))
    doors.note_look(person, order_id, card.calls if card else 0, now)
    if card is None:
        raise Http404
    found = look(card.id, wired().keys, wired().store, wired().journal, now)
    (row,) = rows_of([card], see)
    given = {
        "order": row,
        "own": row.second and card.planned_by == person.hex,
        "look": found,
        "calls": [_call(one, see) for one in found.calls],
        "there": _counts(found),
        "trouble": trouble,
        "why": request.POST.get("why", "")[:300],
        "papers": _papers(card, see),
        "horizons": [] if card.done else horizons(wired().issuer),
    }
    return render(request, "destruction_order.html", given, status=422 if trouble else 200)


def _papers(card: OrderCard, see: Moments) -> Paperwork | None:
    return paperwork(card, see)


def _counts(found: Look) -> list[tuple[str, int]]:
    """How many calls have something in each place."""
    all_there = [one.there for one in found.calls if one.there is not None]
    return [
        (_("Keys alive"), sum(one.key for one in all_there)),
        (_("Sealed recordings in the store"), sum(one.sealed for one in all_there)),
        (_("Calls in journal files"), sum(one.journal for one in all_there)),
        (_("Calls with rows in the database"), sum(one.rows for one in all_there)),
    ]


def _call(one: CallLook, see: Moments) -> CallLine:
    words = {
        "key_alive": _("key"),
        "object_there": _("recording"),
        "journal_holds": _("journal"),
        "rows_there": _("rows"),
    }
    return CallLine(
        one.call.hex,
        see.day_and_time(one.began) if one.began else "",
        see.day(one.due_at) if one.due_at else "",
        see.day_and_time(one.gone.done_at) if one.gone else "",
        None if one.there is None else tuple(words[code] for code in one.there.codes()),
    )


def rows_of(cards: list[OrderCard], see: Moments) -> list[Row]:
    hexes = {by for one in cards for by in (one.planned_by, one.decided_by) if _ID.fullmatch(by)}
    names = {person.hex: name for person, name in book.names(map(UUID, hexes)).items()}
    return [_row(one, names, see) for one in cards]


def _row(card: OrderCard, names: dict[str, str], see: Moments) -> Row:
    gap = card.asked.reference if card.asked.kind == AskedKind.GAP else ""
    return Row(
        id=card.id.hex,
        reference=_("Recording gap") if gap else card.asked.reference,
        gap=gap,
        reason=destruction_words.reason(card.reason),
        code=card.state,
        state=destruction_words.state(card.state),
        waits=card.state == OrderState.PLANNED,
        done=card.done,
        planned=see.day_and_time(card.planned_at),
        planner=names.get(card.planned_by, _("a program")),
        decided=see.day_and_time(card.decided_at) if card.decided_at else "",
        decider=names.get(card.decided_by, _("a program")),
        why=card.why,
        proven=see.day_and_time(card.done_at) if card.done_at else "",
        left=destruction_words.left(card.left),
        calls=card.calls,
        second=card.reason in OF_A_PERSON,
    )


def _trouble(title: str, error: OrderRefused) -> Trouble:
    return Trouble(title, destruction_words.refused(error.code, error.about))
