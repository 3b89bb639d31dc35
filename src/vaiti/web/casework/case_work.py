"""The work in a case: search, decision, second look, what was given, and its end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from vaiti.people import book
from vaiti.register.call_reference import MOST_TYPED
from vaiti.register.candidates import Candidates, Sought
from vaiti.rights import deciding, letters, searching
from vaiti.rights.asking import Capacity, Right, State
from vaiti.rights.cases import CaseView
from vaiti.rights.errors import CaseRefused
from vaiti.rights.grounds import GROUNDS, Ground, stands
from vaiti.rights.letter_rules import Letter
from vaiti.rights.promised import LETTER
from vaiti.rights.work import Decided, Work, work_of
from vaiti.values.masked import NOT_AVAILABLE
from vaiti.web import dates, numbers
from vaiti.web.casework import case_carrying
from vaiti.web.casework.next_step import At, next_of
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import case_words, words
from vaiti.web.wording.case_words import word


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, in words, with its fields to ask again for one of the rows."""

    count: int
    others: str
    rows: list[tuple[str, str]]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """A decision that was made, or `code` one that is to be made."""

    code: str
    title: str
    outcome: str = ""
    reason: str = ""
    words: str = ""
    who: str = ""
    review: str = ""
    waiting: bool = False
    own: bool = False


def shown(request: SignedIn, view: CaseView, see: Moments, found: Found | None) -> dict[str, Any]:
    """What the case's page shows of the work in it."""
    work, state = work_of(view, see.now), view.card.state
    starts = {
        one.call: see.day_and_time(one.started_at) if one.started_at else "" for one in work.calls
    }
    return {
        "work": work,
        "calls": [(one, starts[one.call]) for one in work.calls],
        "found": found,
        "sought": _typed(request, view),
        "agents": [
            Choice(one.hex, name, one.hex == request.POST.get("agent", ""))
            for one, name in agents(view, see)
        ],
        "points": [
            Point(_code(right, call), _title(right, call, starts))
            for right, call in work.open_points
        ],
        "decisions": [_decision(one, starts) for one in work.decisions],
        "outcomes": _choices(case_words.OUTCOMES),
        "grounds": _grounds(work),
        "no_call": any(
            call is None and right in deciding.OF_A_CALL for right, call in work.open_points
        ),
        "tongue": view.card.language,
        **_letter(view, work),
        "lacks": _at(view, work).lacks,
        "given": [_handed(one.what, one.how, one.on) for one in work.given],
        "whats": [Choice(code, word(case_words.GIVEN, code), False) for code in case_words.TO_NOTE],
        **case_carrying.shown(view, work, starts),
        "hows": _choices(case_words.HOW),
        "searches": state is State.IDENTIFIED and set(view.card.asked) != {Right.INFORMATION},
        "decides": state in (State.RECEIVED, State.SEARCHED),
        "all_decided": _ready(work),
        "ended": word(case_words.ENDS, view.outcome),
        "comes": next_of(_at(view, work)) if view.desk.handles else None,
    }


def _at(view: CaseView, work: Work) -> At:
    return At(
        state=view.card.state,
        identified=view.identified,
        searches=set(view.card.asked) != {Right.INFORMATION},
        calls=bool(work.calls),
        candidate=any(not one.confirmed for one in work.calls),
        decided=_ready(work),
        waiting=any(one.review == "waiting" for one in work.decisions),
        lacks=", ".join(_lack(one) for one in work.lacks),
    )


def _letter(view: CaseView, work: Work) -> dict[str, str]:
    """The letter that answers this case, while it is lacking: its kind, or its draft."""
    if view.card.state is not State.DECIDED or LETTER not in work.lacks:
        return {}
    kind = Letter.DECISION
    if all(one.outcome == "refused" for one in work.decisions):
        kind = Letter.REFUSAL
    elif set(view.card.asked) == {Right.INFORMATION}:
        kind = Letter.INFORMATION
    drafts = [one.id.hex for one in letters.cards(view.card.number) if not one.sent_at]
    return {"letter_draft": drafts[0]} if drafts else {"letter_kind": kind.value}


def _ready(work: Work) -> bool:
    settled = all(one.review in ("", "agreed") for one in work.decisions)
    return not work.open_points and settled


def _choices(table: dict[str, str]) -> list[Choice]:
    return [Choice(code, _(text), False) for code, text in table.items()]


def _grounds(work: Work) -> list[Choice]:
    """Those that fit a right still to be decided, under the notice of the call it is about."""
    return [
        Choice(code, f"{word(case_words.GROUNDS, code)} ({_('Art.')} {one.law})", False)
        for code, one in GROUNDS.items()
        if any(_fits(one, Right(right), work.bases[call]) for right, call in work.open_points)
    ]


def _fits(ground: Ground, right: Right, bases: frozenset[str]) -> bool:
    return right in ground.rights and stands(ground, bases)


def _code(right: str, call: UUID | None) -> str:
    return f"{right}:{call.hex if call else ''}"


def _title(right: str, call: UUID | None, starts: dict[UUID, str]) -> str:
    name = word(case_words.RIGHTS, right)
    return f"{name} · {starts.get(call) or _('a call that is gone')}" if call else name


def _decision(one: Decided, starts: dict[UUID, str]) -> Point:
    law = GROUNDS[one.ground].law if one.ground in GROUNDS else ""
    reason = f"{word(case_words.GROUNDS, one.ground)} ({_('Art.')} {law})" if law else ""
    return Point(
        code=one.id.hex,
        title=_title(one.right, one.call, starts),
        outcome=word(case_words.OUTCOMES, one.outcome),
        reason=reason,
        words=one.words,
        who=one.decided_by,
        review=word(case_words.REVIEWS, one.review),
        waiting=one.review == "waiting",
        own=one.own,
    )


def _lack(code: str) -> str:
    table = case_words.RIGHTS if code in case_words.RIGHTS else case_words.GIVEN
    return word(table, code)


def _handed(what: str, how: str, on: date) -> str:
    told = (word(case_words.GIVEN, what), word(case_words.HOW, how), dates.write_day(on))
    return " · ".join(one for one in told if one)


def _typed(request: SignedIn, view: CaseView) -> dict[str, str]:
    """The search's fields as they were sent, or as the case knows them."""
    form = request.POST
    days = [dates.write_day(one) if one else "" for one in (view.about_from, view.about_to)]
    masked = view.customer if view.customer != NOT_AVAILABLE else ""
    return {
        "begins": form.get("begins", days[0])[:20],
        "ends": form.get("ends", days[1] or days[0])[:20],
        "from": form.get("from", "")[:5],
        "until": form.get("until", "")[:5],
        "number": numbers.write_masked(masked) if masked else "",
        "reference": form.get("reference", view.call_reference)[:MOST_TYPED],
        "line": form.get("line", view.line_number)[:20],
        "direction": form.get("direction", view.direction)[:3],
    }


def search(request: SignedIn, case_id: UUID, view: CaseView, see: Moments) -> Found:
    """Raises CaseRefused."""
    sought = _sought(request, view, see)
    found = searching.search(request.person.id, case_id, sought, request.moment)
    return _found(request, found, see)


def _found(request: SignedIn, found: Candidates, see: Moments) -> Found:
    rows = [
        (
            one.id.hex,
            f"{see.day_and_time(one.started_at)} · {one.line_label} · "
            f"{words.direction(one.direction)} · "
            f"{dates.write_length(one.ended_at - one.started_at)}",
        )
        for one in found.rows
    ]
    kept = ("begins", "ends", "from", "until", "line", "direction", "without", "agent")
    fields = {name: request.POST.get(name, "")[:32] for name in kept}
    return Found(found.count, f"{found.others:.2g}", rows, fields)


def _sought(request: SignedIn, view: CaseView, see: Moments) -> Sought:
    form, masked = request.POST, view.customer
    staff = view.card.capacity == Capacity.STAFF
    try:
        begins = dates.parse_day(form.get("begins", ""), see.today)
        ends = dates.parse_day(form.get("ends", ""), see.today) or begins
    except dates.NotADay as error:
        raise CaseRefused("day") from error
    if begins is None or ends is None:
        raise CaseRefused("about_days")
    return Sought(
        begins=_instant(begins, form.get("from", ""), see, last=False),
        ends=_instant(ends, form.get("until", ""), see, last=True),
        customer="" if form.get("without") or staff else masked,
        line_number=form.get("line", "")[:20],
        direction=form.get("direction", "") if form.get("direction") in ("in", "out") else "",
        agent=_agent(request, view, see) if staff else None,
    )


def _agent(request: SignedIn, view: CaseView, see: Moments) -> UUID:
    """Whose parts are looked for, where an employee asks for their own (question j)."""
    known = {one.hex: one for one, _name in agents(view, see)}
    if request.POST.get("agent", "") not in known:
        raise CaseRefused("agent")
    return known[request.POST["agent"]]


def agents(view: CaseView, see: Moments) -> list[tuple[UUID, str]]:
    """Those who answer calls, or did in the days that the case is about."""
    if view.card.capacity != Capacity.STAFF:
        return []
    began = dates.day_begins(view.about_from, see.zone) if view.about_from else see.now
    found = {**book.answering(began, see.now), **book.answering(see.now, see.now)}
    return sorted(found.items(), key=lambda one: (one[1].casefold(), one[0]))


def _instant(day: date, hour: str, see: Moments, *, last: bool) -> datetime:
    if not hour.strip():
        return dates.day_ends(day, see.zone) if last else dates.day_begins(day, see.zone)
    try:
        typed = time.fromisoformat(hour.strip().replace(".", ":").zfill(5))
    except ValueError as error:
        raise CaseRefused("hour") from error
    return datetime.combine(day, typed.replace(tzinfo=None), see.zone)


def call_of(request: SignedIn) -> UUID:
    """Raises CaseRefused."""
    try:
        return UUID(hex=request.POST.get("call", ""))
    except ValueError as error:
        raise CaseRefused("not_found") from error


def name(request: SignedIn, case_id: UUID, view: CaseView, see: Moments) -> None:
    sought, call = _sought(request, view, see), call_of(request)
    keys, now = wired().keys, request.moment
    searching.name_call(request.person.id, case_id, call, sought, keys=keys, now=now)


def _refer(request: SignedIn, case_id: UUID, today: date) -> None:
    typed, keys = request.POST.get("reference", "")[:MOST_TYPED], wired().keys
    now = request.moment
    searching.name_by_reference(request.person.id, case_id, typed, keys=keys, now=now)


def _decide(request: SignedIn, case_id: UUID, today: date) -> None:
    form = request.POST
    right, _colon, call = form.get("point", "").partition(":")
    try:
        about = UUID(hex=call) if call else None
    except ValueError as error:
        raise CaseRefused("call") from error
    outcome = form.get("outcome", "")
    deciding.decide(
        request.person.id,
        case_id,
        right,
        about,
        outcome,
        ground="" if outcome == "granted" else form.get("ground", ""),
        words="" if outcome == "granted" else form.get("words", ""),
        now=request.moment,
    )


def _grant_rest(request: SignedIn, case_id: UUID, today: date) -> None:
    deciding.grant_rest(request.person.id, case_id, request.moment)


def _review(request: SignedIn, case_id: UUID, today: date) -> None:
    try:
        decision = UUID(hex=request.POST.get("decision", ""))
    except ValueError as error:
        raise CaseRefused("state") from error
    agree = request.POST.get("agree") == "yes"
    deciding.review(request.person.id, case_id, decision, agree=agree, now=request.moment)


def _give(request: SignedIn, case_id: UUID, today: date) -> None:
    form = request.POST
    try:
        on = dates.parse_day(form.get("on", ""), today) or today
    except dates.NotADay as error:
        raise CaseRefused("day") from error
    if on > today:
        raise CaseRefused("day")
    what, how = form.get("what", ""), form.get("how", "")
    deciding.give(request.person.id, case_id, what, how, on=on, now=request.moment)


def _close(request: SignedIn, case_id: UUID, today: date) -> None:
    person, wiring = request.person.id, wired()
    deciding.close(person, case_id, wiring.rights, wiring.keys, request.moment)


Verb = Callable[[UUID, UUID, datetime], None]


def _plain(verb: Verb) -> Callable[[SignedIn, UUID, date], None]:
    return lambda request, case_id, _today: verb(request.person.id, case_id, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID, date], None]] = {
    **case_carrying.ACTS,
    "confirm": lambda request, case_id, _today: searching.confirm(
        request.person.id, case_id, call_of(request), request.moment
    ),
    "drop": lambda request, case_id, _today: searching.drop(
        request.person.id, case_id, call_of(request), request.moment
    ),
    "refer": _refer,
    "join": _plain(searching.join),
    "searched": _plain(searching.move_to_searched),
    "decide": _decide,
    "grant-rest": _grant_rest,
    "review": _review,
    "decided": _plain(deciding.move_to_decided),
    "give": _give,
    "fulfilled": _plain(deciding.move_to_fulfilled),
    "close": _close,
    "withdraw": _plain(deciding.withdraw),
}
