"""Samples by number: an auditor sees rows of calls drawn by lot, and hears nothing.

No row names an agent. The seed is made here, stands in the log, and anybody can draw again from it;
every draw, every look and every check is an entry, and stands in the officer's queue.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from vaiti.access.decide import Need
from vaiti.access.errors import NotVisible, SampleError, Unprepared
from vaiti.access.lots import drawn, left_out
from vaiti.access.models import Listening, Sample, SampleCall
from vaiti.access.standing import Standing, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.register import sampling
from vaiti.register.sampling import Drawn, Traced
from vaiti.values.clock import to_micros

DRAWERS = holders(Besides.SAMPLES)
LOOKERS = DRAWERS | holders(Besides.QUEUE)
MOST = 50  # calls in one sample
MOST_AMONG = 1_000_000  # calls that one is drawn from
LISTED = 100  # samples told at once, the newest


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A sample as it was drawn: `asked` of `among` calls, in the period and on the line."""

    id: UUID
    person_id: UUID
    person: str = field(repr=False)
    seed: str
    of: Drawn
    asked: int
    among: int
    calls: int
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One call by its number in the sample. `trace` is None once it cannot be read any more.

    `listened`: how often anybody listened to it. `intact` is None until it was checked.
    """

    number: int
    call: UUID
    trace: Traced | None
    listened: int
    checked_at: datetime | None
    intact: bool | None


@dataclass(frozen=True, slots=True)
class SampleView:
    """`rows` are for the auditor who drew it; others see only that there is a sample."""

    card: SampleCard
    own: bool
    rows: tuple[SampleRow, ...]


def draw(person_id: UUID, of: Drawn, number: int, now: datetime, by: str = "") -> UUID:
    """Raises NotVisible, Unprepared, and SampleError with what to change.

    `by` is who asks in the auditor's name, such as the command line; else the auditor.
    """
    with transaction.atomic(durable=True):
        person = _drawer(person_id, now)
        _check(of, number, now)
        among = sampling.count(of, now, MOST_AMONG + 1)
        if among > MOST_AMONG:
            raise SampleError("There are more than a million calls. Choose a shorter period.")
        if not among:
            raise SampleError("There is no call in this period and on this line. Choose another.")
        seed = secrets.token_hex(16)
        given = {"begins": of.begins, "ends": of.ends, "line": of.line, "asked": number}
        row = Sample.objects.create(
            person_id=person.person_id, seed=seed, among=among, drawn_at=now, **given
        )
        calls = drawn(seed, sampling.ids(of, now), number)
        SampleCall.objects.bulk_create(
            SampleCall(sample=row, number=place, call=call) for place, call in enumerate(calls, 1)
        )
        facts: Facts = {
            **{"seed": seed, "from_us": to_micros(of.begins), "to_us": to_micros(of.ends)},
            **{"line": of.line, "asked": number, "among": among, "calls": len(calls)},
            "auditor": person_id.hex,
        }
        actor, kind = by or person_id.hex, Kind.ACCESS_SAMPLE_DRAWN
        log.append(kind, actor=actor, subject=row.id.hex, facts=facts, now=now)
    return row.id


def _check(of: Drawn, number: int, now: datetime) -> None:
    if not 1 <= number <= MOST:
        raise SampleError("A sample has 1 to 50 calls.")
    if of.ends <= of.begins or of.begins > now:
        raise SampleError("The period ends after it begins, and begins before today is over.")


def _drawer(person_id: UUID, now: datetime) -> Standing:
    """Whoever sees rows of calls is trained and sworn to secrecy, an auditor too (N-31, N-34)."""
    person = standing(person_id, now)
    if not person.roles & DRAWERS:
        raise NotVisible
    asked = ((Need.TRAINING, person.ready.trained), (Need.UNDERTAKING, person.ready.sworn))
    if lacking := tuple(need for need, there in asked if not there):
        raise Unprepared(lacking)
    return person


def samples(
    person_id: UUID, now: datetime, *, skip: int = 0
) -> tuple[tuple[SampleCard, ...], bool]:
    """An auditor's own samples, or for the officer everybody's; and whether they may draw.

    The newest `LISTED` after the first `skip` of them.
    """
    rows, person = _listed(person_id, now)
    return _cards(rows[skip : skip + LISTED]), bool(person.roles & DRAWERS)


def _listed(person_id: UUID, now: datetime) -> tuple[QuerySet[Sample], Standing]:
    person = standing(person_id, now)
    if not person.roles & LOOKERS:
        raise NotVisible
    rows = Sample.objects.order_by("-drawn_at", "id")
    if not person.roles & holders(Besides.QUEUE):
        rows = rows.filter(person_id=person_id)
    return rows, person


def _cards(rows: Iterable[Sample]) -> tuple[SampleCard, ...]:
    found = list(rows)
    names = book.names(row.person_id for row in found)
    return tuple(_card(row, names) for row in found)


def sample(person_id: UUID, sample_id: UUID, now: datetime, by: str = "") -> SampleView:
    """Raises NotVisible, and Unprepared; the look is an entry of its own."""
    with transaction.atomic(durable=True):
        rows_of, person = _listed(person_id, now)
        card = next(iter(_cards(rows_of.filter(id=sample_id))), None)
        if card is None:
            raise NotVisible
        own = card.person_id == person_id and bool(person.roles & DRAWERS)
        if own:
            _drawer(person_id, now)
        rows = _rows(card.id, now) if own else ()
        facts: Facts = {"rows": len(rows)}
        actor, kind = by or person_id.hex, Kind.ACCESS_SAMPLE_READ
        log.append(kind, actor=actor, subject=card.id.hex, facts=facts, now=now)
    return SampleView(card, own, rows)


def checked(
    person_id: UUID, sample_id: UUID, found: Mapping[UUID, bool], now: datetime
) -> tuple[UUID, ...]:
    """Keeps what a look at the sealed objects found, by call, and draws the sample again.

    Returns the calls that the sample should hold and does not: none, if it was drawn truly.
    """
    with transaction.atomic(durable=True):
        _drawer(person_id, now)
        row = Sample.objects.select_for_update().filter(id=sample_id, person_id=person_id).first()
        if row is None:
            raise NotVisible
        held = SampleCall.objects.filter(sample=row)
        for call, intact in found.items():
            held.filter(call=call).update(intact=intact, checked_at=now)
        of = Drawn(row.begins, row.ends, row.line)
        missing = left_out(
            row.seed, sampling.ids(of, now, row.drawn_at), held.values_list("call", flat=True)
        )
        wrong = missing if held.count() == row.asked else []
        facts: Facts = {
            **{"checked": len(found), "intact": sum(found.values())},
            "drawn_truly": not wrong,
        }
        actor, kind = person_id.hex, Kind.ACCESS_SAMPLE_CHECKED
        log.append(kind, actor=actor, subject=row.id.hex, facts=facts, now=now)
    return tuple(wrong)


def _rows(sample_id: UUID, now: datetime) -> tuple[SampleRow, ...]:
    held = list(SampleCall.objects.filter(sample_id=sample_id).order_by("number"))
    calls = [one.call for one in held]
    traces, counts = sampling.trace(calls, now), _listened(calls)
    return tuple(
        SampleRow(
            number=one.number,
            call=one.call,
            trace=traces.get(one.call),
            listened=counts.get(one.call, 0),
            checked_at=one.checked_at,
            intact=one.intact,
        )
        for one in held
    )


def _listened(calls: Iterable[UUID]) -> dict[UUID, int]:
    rows = Listening.objects.filter(leg__call_id__in=list(calls)).values("leg__call_id")
    return {row["leg__call_id"]: row["times"] for row in rows.annotate(times=Count("id"))}


def _card(row: Sample, names: Mapping[UUID, str]) -> SampleCard:
    return SampleCard(
        id=row.id,
        person_id=row.person_id,
        person=names[row.person_id],
        seed=row.seed,
        of=Drawn(row.begins, row.ends, row.line),
        asked=row.asked,
        among=row.among,
        calls=SampleCall.objects.filter(sample=row).count(),
        drawn_at=row.drawn_at,
    )
