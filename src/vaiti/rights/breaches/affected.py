"""Whom and what a breach touched, as the log says: the calls of a person's looks in a time, the
recordings that lay in a store, and what is told of their people without naming a customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log, touched
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book as people
from vaiti.register.calls import legs_of
from vaiti.rights.breaches.book import require_desk
from vaiti.rights.breaches.models import Breach, BreachCall
from vaiti.rights.breaches.rules import State
from vaiti.rights.case_models import Case, CaseCall
from vaiti.rights.errors import CaseRefused
from vaiti.rights.intake import number_of as case_number

MOST = 20_000  # calls of one breach
SHOWN = 200
LOOKED_UP = 2_000  # calls of which agents and numbers are counted
HOWS = ("heard", "seen", "stored", "named")


@dataclass(frozen=True, slots=True)
class Traced:
    """`found` calls, `added` of them new. `lists`: how many lists of calls the person looked at
    meanwhile, of which the log does not say which rows they held."""

    found: int
    added: int
    lists: int = 0


@dataclass(frozen=True, slots=True)
class Touched:
    call: UUID
    how: str
    began: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """`kept`: calls that are still in the book, of which the rest is counted. `customers` is the
    number of masked numbers: each stands for a thousand, so there may be more people; `withheld`
    calls had none. `agents` by name; `cases` are those of people who are known by name."""

    calls: int
    kept: int
    customers: int
    withheld: int
    agents: tuple[str, ...]
    cases: tuple[str, ...]
    shown: tuple[Touched, ...]


def trace_person(
    person_id: UUID, breach_id: UUID, whom: UUID, span: tuple[datetime, datetime], now: datetime
) -> Traced:
    """Adds what this person's account heard or saw within `span`. Raises NotVisible, and
    CaseRefused."""
    begins, ends = _span(span)
    found = dict.fromkeys(touched.by_actor(whom.hex, touched.SEEN, begins, ends, MOST), "seen")
    heard = touched.by_actor(whom.hex, touched.HEARD, begins, ends, MOST)
    found |= dict.fromkeys(heard, "heard")
    lists = touched.lists_of(whom.hex, begins, ends)
    added = _add(person_id, breach_id, found, {"person": whom.hex, "how": "person"}, now)
    return Traced(len(found), added, lists)


def trace_store(
    person_id: UUID,
    breach_id: UUID,
    span: tuple[datetime, datetime],
    taken_in: tuple[datetime, datetime],
    now: datetime,
) -> Traced:
    """Adds each call of `taken_in` whose recording lay in the store at some instant of `span`."""
    begins, ends = _span(span)
    calls = touched.kept_between(begins, ends, _span(taken_in), MOST)
    added = _add(person_id, breach_id, dict.fromkeys(calls, "stored"), {"how": "store"}, now)
    return Traced(len(calls), added)


def name_calls(person_id: UUID, breach_id: UUID, calls: Iterable[UUID], now: datetime) -> Traced:
    """Adds calls that somebody knows of otherwise; they may be gone by now."""
    wanted = dict.fromkeys(calls, "named")
    if not wanted:
        raise CaseRefused("calls")
    return Traced(len(wanted), _add(person_id, breach_id, wanted, {"how": "named"}, now))


def summary(breach_id: UUID, now: datetime) -> Summary:
    """Reads only; whoever asks has been let in by `book.seen`."""
    rows = BreachCall.objects.filter(breach_id=breach_id).order_by("added_at", "id")
    how = dict(rows.values_list("call", "how"))
    legs = legs_of(list(how)[:LOOKED_UP], now)
    began = {leg.call.id: leg.started_at for leg in legs}
    numbers = {leg.call.id: leg.call.customer for leg in legs}
    agents = people.names({leg.person_id for leg in legs if leg.person_id})
    hows = [Touched(call, how[call], began.get(call)) for call in list(how)[:SHOWN]]
    return Summary(
        calls=len(how),
        kept=len(began),
        customers=len({one for one in numbers.values() if one.endswith("*")}),
        withheld=sum(not one.endswith("*") for one in numbers.values()),
        agents=tuple(sorted(agents.values())),
        cases=_cases(how),
        shown=tuple(hows),
    )


def _cases(calls: Iterable[UUID]) -> tuple[str, ...]:
    """Of people who asked about one of the calls, and whose name and address are known so."""
    wanted = list(calls)[:LOOKED_UP]
    of = CaseCall.objects.filter(call__in=wanted, confirmed=True).values("case_id")
    rows = Case.objects.filter(id__in=of).order_by("year", "serial")
    return tuple(case_number(row.year, row.serial) for row in rows)


def _span(span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    if not span[0] < span[1]:
        raise CaseRefused("span")
    return span


def _add(
    person_id: UUID, breach_id: UUID, found: dict[UUID, str], told: Facts, now: datetime
) -> int:
    """How many are new; a call that was seen and is found to have been heard says so."""
    with transaction.atomic(durable=True):
        require_desk(person_id, now)
        row = Breach.objects.select_for_update().filter(id=breach_id).first()
        if row is None or row.state == State.CLOSED:
            raise CaseRefused("state")
        known = dict(BreachCall.objects.filter(breach=row).values_list("call", "how"))
        fresh = [call for call in found if call not in known]
        if len(known) + len(fresh) > MOST:
            raise CaseRefused("too_many")
        BreachCall.objects.bulk_create(
            [
                BreachCall(
                    breach=row, call=one, how=found[one], added_by=person_id.hex, added_at=now
                )
                for one in sorted(fresh)
            ],
            batch_size=500,
        )
        _heard_after_all(row, [one for one, how in found.items() if how == "heard"])
        facts: Facts = {**told, "found": len(found), "added": len(fresh)}
        kind, actor = Kind.RIGHTS_BREACH_TRACED, person_id.hex
        log.append(kind, actor=actor, subject=row.id.hex, facts=facts, now=now)
    return len(fresh)


def _heard_after_all(row: Breach, calls: list[UUID]) -> None:
    for begins in range(0, len(calls), 500):
        some = calls[begins : begins + 500]
        BreachCall.objects.filter(breach=row, call__in=some).exclude(how="heard").update(
            how="heard"
        )
