"""Training activities (N-06): a trainer opens one, gathers calls by chance, and hears no others.

All raise NotVisible for whoever may not, Unprepared, and MandateError with what to change.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access import mandates
from vaiti.access.activity_rules import MAX_NAME, MOST_AT_ONCE, WITHIN, fit_text
from vaiti.access.as_promised import asking_consent
from vaiti.access.balanced import training_stands
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.access.mandates import MandateCard
from vaiti.access.models import Activity, MandateCall, MandateKind
from vaiti.access.purposes import Purpose
from vaiti.access.standing import Standing, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.register.drawing import Urn, draw

OPENERS = holders(Besides.ACTIVITIES)
WATCHERS = holders(Besides.INCIDENTS)
KIND = MandateKind.ACTIVITY.value


@dataclass(frozen=True, slots=True)
class Plan:
    """What a trainer asks for. `begins` and `ends` bound when its calls were made."""

    name: str
    reference: str
    lines: tuple[str, ...]
    begins: datetime
    ends: datetime
    days: int
    cap: int


@dataclass(frozen=True, slots=True)
class ActivityCard:
    """An activity with its mandate; `leads`: this person may gather and close."""

    mandate: MandateCard
    name: str
    lines: tuple[str, ...]
    begins: datetime
    ends: datetime
    leads: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """The legs of what was gathered; only to whom the activity names, else none."""

    card: ActivityCard
    legs: tuple[LegCard, ...] = field(repr=False)


def open_activity(person_id: UUID, plan: Plan, now: datetime) -> UUID:
    """Opens it and names its trainer; nothing is in it yet."""
    _trainer(person_id, now)
    _check(plan, now)
    by, ends_at = person_id.hex, now + timedelta(days=plan.days)
    with transaction.atomic(durable=True):
        made = mandates.open_mandate(
            KIND, plan.reference, ends_at=ends_at, by=by, now=now, cap=plan.cap
        )
        mandates.name_person(made, person_id, by=by, now=now)
        Activity.objects.create(
            mandate_id=made,
            name=plan.name,
            lines=list(plan.lines),
            begins_at=plan.begins,
            ends_at=plan.ends,
        )
    return made


def _check(plan: Plan, now: datetime) -> None:
    rules = limits().activities
    if not fit_text(plan.name, MAX_NAME):
        raise MandateError("A name has 1 to 80 characters and no telephone number.")
    if not plan.lines or not set(plan.lines) <= set(rules.lines):
        raise MandateError("Choose at least one of the lines that the settings allow for training.")
    if not plan.begins < plan.ends or plan.begins > now:
        raise MandateError("The first day of the calls is before the last one, and not to come.")
    if not 1 <= plan.days <= rules.longest_days:
        raise MandateError("It lasts at least a day, and no longer than the settings allow.")
    if not 1 <= plan.cap <= rules.calls_per_agent:
        raise MandateError("The cap is at least one call, and no higher than the settings allow.")


def gather(
    person_id: UUID, mandate_id: UUID, wanted: int, now: datetime, rng: Random | None = None
) -> int:
    """Draws so many calls at random, as far as caps and calls reach. Says how many were found."""
    card = _led(person_id, mandate_id, now)
    if not card.mandate.open:
        raise MandateError("It has ended. Open a new one.")
    rng = SystemRandom() if rng is None else rng
    asking = asking_consent(Purpose.TRAINING.value)
    urn = Urn(_allowed(card, now), card.begins, card.ends, asking)
    added, passed = 0, set(card.mandate.calls)
    for _ in range(2 * min(max(wanted, 1), MOST_AT_ONCE)):
        with transaction.atomic():
            call = draw(urn, _full(card.mandate, now), passed, rng, now)
            if call is None:
                break
            passed.add(call)
            added += _add(card.mandate, call, person_id, now)
        if added >= wanted or added >= MOST_AT_ONCE:
            break
    return added


def _allowed(card: ActivityCard, now: datetime) -> tuple[str, ...]:
    """What the settings no longer allow, or whose balancing is overdue, is gathered no longer."""
    allowed = limits().activities.lines
    return tuple(one for one in card.lines if one in allowed and training_stands(one, now))


def _add(mandate: MandateCard, call: UUID, person_id: UUID, now: datetime) -> bool:
    """Not where another agent of a transferred call has as many as they may."""
    agents = {leg.person_id for leg in calls.legs(call)}
    if agents & _full(mandate, now):
        return False
    mandates.add_call(mandate.id, call, by=person_id.hex, now=now)
    return True


def _full(mandate: MandateCard, now: datetime) -> frozenset[UUID]:
    """Agents of whom no more is gathered: in this activity, or in all of them within 30 days."""
    rows = MandateCall.objects.filter(mandate__kind=KIND, call__legs__person__isnull=False)
    here = _agents_with(rows.filter(mandate_id=mandate.id), mandate.cap or 0)
    lately = rows.filter(added_at__gt=now - WITHIN)
    return here | _agents_with(lately, limits().activities.calls_per_agent)


def _agents_with(rows: QuerySet[MandateCall], most: int) -> frozenset[UUID]:
    pairs = set(rows.values_list("call__legs__person_id", "call_id"))
    counts = Counter(agent for agent, _ in pairs)
    return frozenset(agent for agent, count in counts.items() if count >= most)


def activities(person_id: UUID, now: datetime) -> tuple[ActivityCard, ...]:
    """Those that name the trainer; all of them to the data protection officer. Newest first."""
    person = standing(person_id, now)
    if not person.roles & (OPENERS | WATCHERS):
        raise NotVisible
    found = [one for one in _cards(person, now) if one.leads or person.roles & WATCHERS]
    return tuple(found)


def activity(person_id: UUID, mandate_id: UUID, now: datetime) -> Gathered:
    """One of them, with what was gathered for whom it names; an entry as for a list of calls."""
    for card in activities(person_id, now):
        if card.mandate.id == mandate_id:
            return Gathered(card, _legs(person_id, card, now) if card.leads else ())
    raise NotVisible


def _legs(person_id: UUID, card: ActivityCard, now: datetime) -> tuple[LegCard, ...]:
    if not card.mandate.open:
        return ()
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if person.lacks:
            raise no_to(person)
        found = tuple(leg for leg in calls.legs_of(card.mandate.calls, now) if leg.person_id)
        facts: Facts = {"rows": len(found), "filters": "activity", "first": True}
        log.append(Kind.ACCESS_CALLS_LISTED, actor=person_id.hex, facts=facts, now=now)
    return found


def close_activity(person_id: UUID, mandate_id: UUID, now: datetime) -> None:
    """Ends at once what the activity gave."""
    mandates.close(_led(person_id, mandate_id, now).mandate.id, by=person_id.hex, now=now)


def _cards(person: Standing, now: datetime) -> list[ActivityCard]:
    """An activity still names a trainer whose role has ended, and gives them nothing."""
    told = {row.mandate_id: row for row in Activity.objects.all()}
    found, trains = [], bool(person.roles & OPENERS)
    for card in mandates.cards(KIND, now):
        row, leads = told.get(card.id), trains and person.person_id in card.persons
        if row is not None:
            lines = tuple(row.lines)
            found.append(ActivityCard(card, row.name, lines, row.begins_at, row.ends_at, leads))
    return found


def _trainer(person_id: UUID, now: datetime) -> Standing:
    person = standing(person_id, now)
    if not person.roles & OPENERS:
        raise NotVisible
    if person.lacks:
        raise no_to(person)
    return person


def _led(person_id: UUID, mandate_id: UUID, now: datetime) -> ActivityCard:
    for card in _cards(_trainer(person_id, now), now):
        if card.mandate.id == mandate_id and card.leads:
            return card
    raise NotVisible
