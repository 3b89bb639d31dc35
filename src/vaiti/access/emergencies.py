"""Breaking the glass: one open case or incident, some hours, a written reason, told at once.

Who may is a setting, nobody by default, and only in a session with a second factor. Each opening
waits in the officer's queue until somebody else has looked at it; ops makes an alarm of it besides,
for this room knows none. What an emergency can stand for, and what
never, is `emergency_rules` and `decide`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access.activity_rules import fit_text
from vaiti.access.emergency_rules import MAX_REASON, MIN_REASON
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.access.models import Emergency, Mandate, MandateCall, MandateKind
from vaiti.access.standing import Standing, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Fact, Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book

ALARM = "access:emergency"
LOOKERS = holders(Besides.QUEUE) | holders(Besides.APPROVALS)
READERS = LOOKERS | holders(Besides.SAMPLES)
MOST = 200  # emergencies told at once, the newest


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """One emergency. `calls` are those it leads to, told only to whom it is, while it stands."""

    id: UUID
    person_id: UUID
    person: str = field(repr=False)
    kind: str
    reference: str
    reason: str = field(repr=False)
    opened_at: datetime
    ends_at: datetime
    stands: bool
    used: int
    seen_by: str = field(repr=False)
    seen_at: datetime | None
    may_look: bool
    may_end: bool
    calls: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that nobody has looked at."""

    id: UUID
    person_id: UUID
    reference: str = field(repr=False)
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """What a person sees of all this. `may_open`: their role allows it."""

    cards: tuple[EmergencyCard, ...]
    may_open: bool


def open_emergency(
    person_id: UUID, reference: str, reason: str, hours: int, *, strong: bool, now: datetime
) -> UUID:
    """`strong`: the session was opened with a second factor. Raises NotVisible and MandateError.

    A refusal is an entry of its own.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if not _may_open(person):
            raise NotVisible
        row = _matter(reference, now)
        trouble = _trouble(person_id, row, reason, hours, strong=strong, now=now)
        if row is not None and not trouble:
            return _enter(person_id, row, reason, now + timedelta(hours=hours), now)
        actor, kind = person_id.hex, Kind.ACCESS_EMERGENCY_REFUSED
        facts: Facts = {"known": row is not None, "strong": strong}
        log.append(kind, actor=actor, facts=facts, now=now)
    raise MandateError(trouble)


def _may_open(person: Standing) -> bool:
    return bool(person.roles & set(limits().emergency.roles))


def _matter(reference: str, now: datetime) -> Mandate | None:
    """An open case or incident. A training activity is never an emergency."""
    rows = Mandate.objects.select_for_update().filter(
        reference=reference,
        kind__in=(MandateKind.CASE, MandateKind.INCIDENT),
        closed_at__isnull=True,
        opened_at__lte=now,
        ends_at__gt=now,
    )
    return rows.order_by("kind").first()


def _trouble(
    person_id: UUID, row: Mandate | None, reason: str, hours: int, *, strong: bool, now: datetime
) -> str:
    """What keeps it from being opened, in a sentence; nothing where nothing does."""
    if not strong:
        return "Sign in with your second factor first, then open it."
    if row is None:
        return "No open case or incident has this reference. Write it as it stands there."
    if len(reason) < MIN_REASON or not fit_text(reason, MAX_REASON):
        return "Say in 10 to 500 characters why it cannot wait, without a number."
    if not 1 <= hours <= limits().emergency.longest_hours:
        return "It lasts at least an hour, and no longer than the settings allow."
    if Emergency.objects.filter(person_id=person_id, mandate=row, ends_at__gt=now).exists():
        return "It is open already. Its calls are below."
    return ""


def _enter(person_id: UUID, row: Mandate, reason: str, ends_at: datetime, now: datetime) -> UUID:
    made = Emergency.objects.create(
        mandate=row,
        person_id=person_id,
        reason=reason,
        opened_at=now,
        ends_at=min(ends_at, row.ends_at),
    )
    _log(Kind.ACCESS_EMERGENCY_OPENED, made, person_id, now, reference=row.reference)
    return made.id


def end(person_id: UUID, emergency_id: UUID, now: datetime) -> None:
    """At once, by whose it is or by who looks: whoever listens by it is cut off."""
    with transaction.atomic():
        row, person = _row(emergency_id), standing(person_id, now)
        if row is None or not (row.person_id == person_id or person.roles & LOOKERS):
            raise NotVisible
        if row.ends_at <= now:
            raise MandateError("This emergency has ended already.")
        row.ends_at = now
        row.save(update_fields=["ends_at"])
        _log(Kind.ACCESS_EMERGENCY_ENDED, row, person_id, now)


def look(person_id: UUID, emergency_id: UUID, now: datetime) -> None:
    """Somebody else than whose it is has looked at it: it waits no more.

    A data protection officer does; of what an officer opened, the security lead may too.
    """
    with transaction.atomic():
        row = _row(emergency_id)
        if row is None or not _fit(standing(person_id, now).roles, row, now):
            raise NotVisible
        if row.person_id == person_id:
            raise MandateError("Somebody else looks at what you opened yourself.")
        if row.seen_by_id is not None:
            raise MandateError("Somebody has looked at it already.")
        row.seen_by_id, row.seen_at = person_id, now
        row.save(update_fields=["seen_by", "seen_at"])
        _log(Kind.ACCESS_EMERGENCY_SEEN, row, person_id, now)


def _fit(roles: frozenset[str], row: Emergency, now: datetime) -> bool:
    officers = holders(Besides.QUEUE)
    return bool(roles & officers or (roles & LOOKERS and book.roles(row.person_id, now) & officers))


def _row(emergency_id: UUID) -> Emergency | None:
    rows = Emergency.objects.select_for_update(of=("self",)).select_related("mandate")
    return rows.filter(id=emergency_id).first()


def _log(kind: Kind, row: Emergency, by: UUID, now: datetime, **more: Fact) -> None:
    facts: Facts = {"person": row.person_id.hex, "ends": row.ends_at.isoformat(), **more}
    log.append(kind, actor=by.hex, subject=row.id.hex, facts=facts, now=now)


def waiting() -> tuple[Waiting, ...]:
    """What nobody has looked at yet, the oldest first."""
    rows = Emergency.objects.filter(seen_at__isnull=True).select_related("mandate")
    return tuple(
        Waiting(row.id, row.person_id, row.mandate.reference, row.opened_at)
        for row in rows.order_by("opened_at", "id")
    )


def lookers(one: Waiting, now: datetime) -> list[UUID]:
    """Who may look at it: never whose it is."""
    people = [card for card in book.persons(now) if card.id != one.person_id]
    row = Emergency(person_id=one.person_id)
    return [card.id for card in people if _fit(card.roles, row, now)]


def emergencies(person_id: UUID, now: datetime) -> EmergencyView:
    """Everyone's own; all of them for who looks at them and for an auditor. The look is an entry.

    Raises NotVisible for whoever has nothing to do with it.
    """
    with transaction.atomic():
        person = standing(person_id, now)
        may_open, reads = _may_open(person), bool(person.roles & READERS)
        rows = Emergency.objects.all() if reads else Emergency.objects.filter(person_id=person_id)
        found = _cards(_newest(rows), person, now)
        if not (may_open or reads or found):
            raise NotVisible
        kind, facts = Kind.ACCESS_EMERGENCIES_LISTED, {"rows": len(found)}
        log.append(kind, actor=person_id.hex, facts=facts, now=now)
    return EmergencyView(found, may_open)


def _newest(rows: QuerySet[Emergency]) -> Iterable[Emergency]:
    return rows.select_related("mandate").order_by("-opened_at", "id")[:MOST]


def _cards(rows: Iterable[Emergency], reader: Standing, now: datetime) -> tuple[EmergencyCard, ...]:
    found = list(rows)
    people = {row.person_id for row in found}
    names = book.names(people | {row.seen_by_id for row in found if row.seen_by_id})
    return tuple(_card(row, names, reader, now) for row in found)


def _card(row: Emergency, names: dict[UUID, str], reader: Standing, now: datetime) -> EmergencyCard:
    closed = row.mandate.closed_at is not None and row.mandate.closed_at <= now
    stands = row.ends_at > now and not closed
    own = row.person_id == reader.person_id
    return EmergencyCard(
        id=row.id,
        person_id=row.person_id,
        person=names[row.person_id],
        kind=row.mandate.kind,
        reference=row.mandate.reference,
        reason=row.reason,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        stands=stands,
        used=row.used,
        seen_by=names[row.seen_by_id] if row.seen_by_id else "",
        seen_at=row.seen_at,
        may_look=not own and row.seen_by_id is None and _fit(reader.roles, row, now),
        may_end=stands and (own or bool(reader.roles & LOOKERS)),
        calls=_calls(row, now) if stands and own else (),
    )


def _calls(row: Emergency, now: datetime) -> tuple[UUID, ...]:
    about = MandateCall.objects.filter(mandate_id=row.mandate_id, call__due_at__gt=now)
    return tuple(about.order_by("added_at", "id").values_list("call_id", flat=True))
