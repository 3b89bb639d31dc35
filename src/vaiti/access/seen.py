"""What the person recorded is told of who listened, and a listener of their own listening (L-32).

By right and purpose; by name where the settings say so; only of calls that can still be read.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from vaiti.access.errors import NotVisible
from vaiti.access.limits import limits
from vaiti.access.models import Listening, Look, Mandate
from vaiti.access.standing import Standing, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.access.telling import MATTERS
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.register.calls import LegCard
from vaiti.register.models import State
from vaiti.register.strands import kept
from vaiti.values.clock import from_micros, to_micros

BACK = timedelta(days=30)  # how far both look on the overview
PAGE = 50  # listenings told at once
MAX_HEARD_BY = 100  # of one leg, the newest
MOST_NEW = 99  # counted no further


@dataclass(frozen=True, slots=True)
class HeardBy:
    """One listening of somebody else: when, for which purpose, by which right.

    `by` is their name where the settings tell it, else nothing.
    """

    at: datetime
    purpose: str
    rule: str
    by: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody else's listening to the person's own part of `call`, which began at `started_at`.

    `new`: since the person last looked.
    """

    call: UUID
    started_at: datetime
    listening: HeardBy
    new: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed by: listened to from `begins` on and before `ends`."""

    begins: datetime | None = None
    ends: datetime | None = None
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class HeardPage:
    """`older` is the cursor of the next page; None on the last one."""

    rows: tuple[Heard, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class HeldBack:
    """So many listenings in one open matter that agents have not been told of yet."""

    kind: str
    reference: str
    listenings: int


ALL = Wanted()


def listened_to(
    person_id: UUID, now: datetime, wanted: Wanted = ALL, before: str = "", most: int = PAGE
) -> HeardPage:
    """Listenings of others to the person's own parts of calls, the newest first.

    One entry in the log, as for a list of calls. Raises NotVisible for a leaver, Unprepared, and
    ValueError for a cursor that no page gave out.
    """
    with transaction.atomic(durable=True):
        _may(person_id, now)
        rows = list(
            _before(_to(person_id, now).filter(_fits(wanted)), before)
            .select_related("leg")
            .order_by("-opened_at", "-id")[: most + 1]
        )
        shown = rows[:most]
        facts: Facts = {"rows": len(shown), "filters": "listened_to", "first": not before}
        log.append(Kind.ACCESS_CALLS_LISTED, actor=person_id.hex, facts=facts, now=now)
    told = zip(shown, _heard_by(shown), strict=True)
    since = _looked(person_id)
    return HeardPage(
        tuple(
            Heard(row.leg.call_id, row.leg.started_at, one, since is None or row.opened_at > since)
            for row, one in told
        ),
        _cursor(shown[-1]) if len(rows) > most else None,
    )


def count_new(person_id: UUID, now: datetime) -> int:
    """How many there are since the person last looked; no further than MOST_NEW."""
    _may(person_id, now)
    since = _looked(person_id)
    rows = _to(person_id, now)
    rows = rows if since is None else rows.filter(opened_at__gt=since)
    return rows.order_by()[:MOST_NEW].count()


def note_look(person_id: UUID, now: datetime) -> None:
    """The person has looked at the newest of them: from now on only later ones are new."""
    Look.objects.update_or_create(person_id=person_id, defaults={"at": now})


def among(person_id: UUID, legs: Iterable[LegCard], now: datetime) -> frozenset[int]:
    """Those of the person's own legs that somebody else has listened to."""
    own = [leg.id for leg in legs if leg.person_id == person_id]
    if not own:
        return frozenset()
    rows = _told(now).filter(leg_id__in=own).exclude(person_id=person_id)
    return frozenset(rows.values_list("leg_id", flat=True))


def heard_by(leg_id: int, besides: UUID, now: datetime) -> tuple[HeardBy, ...]:
    """The listenings of a leg by anyone but `besides`, newest first."""
    rows = _told(now).filter(leg_id=leg_id).exclude(person_id=besides)
    return tuple(_heard_by(list(rows.order_by("-opened_at")[:MAX_HEARD_BY])))


def own_listenings(person_id: UUID, now: datetime) -> dict[str, int]:
    """How often the person listened in the last 30 days, by purpose; to calls still kept."""
    rows = Listening.objects.filter(person_id=person_id, opened_at__gt=now - BACK)
    return dict(Counter(rows.values_list("purpose", flat=True)))


def held_back(person_id: UUID, now: datetime) -> tuple[HeldBack, ...]:
    """What agents are not told of yet, matter by matter, for those who open incidents.

    Raises NotVisible for everybody else.
    """
    if not standing(person_id, now).roles & holders(Besides.INCIDENTS):
        raise NotVisible
    rows = Listening.objects.filter(_held_back(now)).values_list("purpose", "reference")
    kinds = {purpose.value: kind for kind, purpose in MATTERS.items()}
    counts = Counter((kinds[purpose], reference) for purpose, reference in rows)
    return tuple(HeldBack(*matter, count) for matter, count in sorted(counts.items()))


def _may(person_id: UUID, now: datetime) -> Standing:
    person = standing(person_id, now)
    if not person.here or person.lacks:
        raise no_to(person)
    return person


def _told(now: datetime) -> QuerySet[Listening]:
    """Every listening that its agent may know of."""
    return (
        Listening.objects.exclude(_held_back(now))
        if limits().telling.hold_back
        else (Listening.objects.all())
    )


def _held_back(now: datetime) -> Q:
    telling = limits().telling
    found = Q(pk__in=[])
    for kind in telling.hold_back:
        going = Mandate.objects.filter(
            Q(closed_at__isnull=True) | Q(closed_at__gt=now), kind=kind, ends_at__gt=now
        )
        found |= Q(purpose=MATTERS[kind].value, reference__in=going.values("reference"))
    return found & Q(opened_at__gt=now - timedelta(days=telling.days))


def _to(person_id: UUID, now: datetime) -> QuerySet[Listening]:
    rows = _told(now).filter(
        kept(now, call="leg__call"), leg__person_id=person_id, leg__call__state=State.KEPT
    )
    return rows.exclude(person_id=person_id)


def _fits(wanted: Wanted) -> Q:
    found = Q()
    if wanted.begins is not None:
        found &= Q(opened_at__gte=wanted.begins)
    if wanted.ends is not None:
        found &= Q(opened_at__lt=wanted.ends)
    return found & Q(purpose=wanted.purpose) if wanted.purpose else found


def _looked(person_id: UUID) -> datetime | None:
    return Look.objects.filter(person_id=person_id).values_list("at", flat=True).first()


def _heard_by(rows: list[Listening]) -> list[HeardBy]:
    tells = limits().telling.names
    names = book.names(row.person_id for row in rows) if tells else {}
    return [
        HeardBy(row.opened_at, row.purpose, row.rule, names.get(row.person_id, "")) for row in rows
    ]


def _before(rows: QuerySet[Listening], cursor: str) -> QuerySet[Listening]:
    if not cursor:
        return rows
    micros, _, listening_id = cursor.partition("-")
    try:
        at, row_id = from_micros(int(micros)), UUID(hex=listening_id)
    except OverflowError as error:
        raise ValueError("no page gave out this cursor") from error
    return rows.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=row_id))


def _cursor(row: Listening) -> str:
    return f"{to_micros(row.opened_at)}-{row.id.hex}"
