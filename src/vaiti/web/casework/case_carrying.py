"""Decisions carried out from the case's page, and who else is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from vaiti.register import calls
from vaiti.rights import carrying, letters, matters, recipients, stopping
from vaiti.rights.asking import Right, State
from vaiti.rights.cases import CaseView
from vaiti.rights.errors import CaseRefused
from vaiti.rights.letter_rules import Letter
from vaiti.rights.matters import Matter
from vaiti.rights.promised import CHANGING, Promise
from vaiti.rights.work import Work
from vaiti.web.casework.case_letters import draft_for
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.searching import Choice
from vaiti.web.wording import case_words, words
from vaiti.web.wording.case_words import word


@dataclass(frozen=True, slots=True)
class Task:
    """A promise and how far it is. `order` is what the shredder was told; `waits` for a second
    person."""

    right: str
    title: str
    call: str
    kept: bool
    order: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Objected:
    """A call of the case and the purposes for which it is used."""

    call: str
    title: str
    purposes: list[Choice]


def shown(view: CaseView, work: Work, starts: dict[UUID, str]) -> dict[str, Any]:
    tasks = [_task(one, starts) for one in work.promises]
    erasing = [one for one in tasks if one.right == Right.ERASURE and not one.kept]
    changed = any(one.right in CHANGING and one.call for one in work.promises)
    informed = any(one.right is Right.INFORMATION for one in work.promises)
    return {
        "tasks": tasks,
        "to_erase": any(not one.order for one in erasing),
        "orders": list(dict.fromkeys(one.order for one in erasing if one.waits)),
        "objected": _objected(view, work, starts),
        "restricts": _restrictable(view, work),
        "restricted": work.restricted,
        "recipients": work.recipients if changed or informed else (),
        "asks_recipients": (changed or informed) and work.had != "nobody",
        "tells_recipients": changed,
        "had": work.had,
    }


def _restrictable(view: CaseView, work: Work) -> set[UUID]:
    """Calls that may be restricted before it is decided."""
    open_ones = (State.IDENTIFIED, State.SEARCHED)
    if Right.RESTRICTION not in view.card.asked or view.card.state not in open_ones:
        return set()
    refused = {one.call for one in work.decisions if one.refuses(Right.RESTRICTION)}
    return {one.call for one in work.calls if one.confirmed} - refused - work.restricted


def _task(one: Promise, starts: dict[UUID, str]) -> Task:
    name = word(case_words.RIGHTS, one.right)
    began = starts.get(one.call) or _("a call that is gone") if one.call else ""
    order = one.order
    return Task(
        right=one.right.value,
        title=" · ".join(part for part in (name, began) if part),
        call=one.call.hex if one.call else "",
        kept=one.kept,
        order=order.id.hex if order else "",
        waits=order is not None and order.state == "planned",
    )


def _objected(view: CaseView, work: Work, starts: dict[UUID, str]) -> list[Objected]:
    if Right.OBJECTION not in view.card.asked or view.card.state is State.CLOSED:
        return []
    return [
        Objected(
            one.call.hex,
            starts[one.call],
            [
                Choice(code, words.purpose(code), code in work.stopped[one.call])
                for code in stopping.AGAINST
            ],
        )
        for one in work.calls
        if one.confirmed and starts[one.call]
    ]


def _call(request: SignedIn) -> UUID:
    return _id(request, "call")


def _id(request: SignedIn, name: str) -> UUID:
    try:
        return UUID(hex=request.POST.get(name, ""))
    except ValueError as error:
        raise CaseRefused("call") from error


def _number(request: SignedIn) -> int:
    text = request.POST.get("recipient", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise CaseRefused("recipient")
    return int(text)


def _erase(request: SignedIn, case_id: UUID, today: date) -> None:
    """The letters are drafted while there is still a call to name in them."""
    person, now = request.person.id, request.moment
    carrying.plan_erasure(person, case_id, now)
    case = matters.matter(person, case_id, wired().rights, today, now)
    drafted = {one.kind for one in letters.cards(case.reference)}
    if Letter.ERASURE not in drafted:
        draft_for(request, case, Letter.ERASURE.value, case.language, case.country)
    if Letter.ARTICLE_19 not in drafted and not case.nobody:
        _draft_notice(request, case)


def _approve(request: SignedIn, case_id: UUID, today: date) -> None:
    order = _id(request, "order")
    carrying.approve_erasure(request.person.id, case_id, order, request.moment)


def _restrict(request: SignedIn, case_id: UUID, today: date) -> None:
    keys, now = wired().keys, request.moment
    carrying.restrict(request.person.id, case_id, _call(request), keys, now)


def _complete(request: SignedIn, case_id: UUID, today: date) -> None:
    text = request.POST.get("text", "").replace("\r\n", "\n")
    carrying.complete(request.person.id, case_id, _call(request), text, request.moment)


def _object(request: SignedIn, case_id: UUID, today: date) -> None:
    purposes = request.POST.getlist("purpose")
    stopping.object_to(request.person.id, case_id, _call(request), purposes, request.moment)


def _nobody(request: SignedIn, case_id: UUID, today: date) -> None:
    """Nobody had the data: the notice that was drafted for whoever had them goes."""
    person, now = request.person.id, request.moment
    recipients.nobody(person, case_id, now)
    case = matters.matter(person, case_id, wired().rights, today, now)
    made = recipients.notice_of(case.reference)
    if made is not None:
        letters.drop(made, by=person.hex, now=now)


def _notify(request: SignedIn, case_id: UUID, today: date) -> None:
    person, now = request.person.id, request.moment
    case = matters.matter(person, case_id, wired().rights, today, now)
    made = recipients.notice_of(case.reference)
    if made is None or (recipients.is_addressed(made) and _all_there(case, now)):
        made = _draft_notice(request, case)
    elif recipients.is_addressed(made):
        made = letters.once_more(made, by=person.hex, now=now)
    recipients.notify(person, case_id, _number(request), made, now)


def _all_there(case: Matter, now: datetime) -> bool:
    return {one.call.id for one in calls.legs_of(case.calls, now, held=True)} == set(case.calls)


def _draft_notice(request: SignedIn, case: Matter) -> UUID:
    """In the language of the register's country: it goes to others."""
    language = wired().region.lower()
    language = language if language in case_words.LANGUAGES else case.language
    return draft_for(request, case, Letter.ARTICLE_19.value, language, case.country)


def _answered(request: SignedIn, case_id: UUID, today: date) -> None:
    answer = request.POST.get("answer", "")
    recipients.answered(request.person.id, case_id, _number(request), answer, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID, date], None]] = {
    "erase": _erase,
    "approve": _approve,
    "restrict": _restrict,
    "complete": _complete,
    "object": _object,
    "nobody": _nobody,
    "recipient": lambda request, case_id, _today: recipients.name(
        request.person.id, case_id, request.POST.get("who", ""), request.moment
    ),
    "notify": _notify,
    "recipient-answered": _answered,
}
