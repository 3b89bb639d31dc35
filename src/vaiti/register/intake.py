"""Takes one call into the book: row, legs, notice, due instant and entry, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from vaiti.asking.inserting import insert
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.due import destruction_day, due_instant
from vaiti.notice.lines import LineCard
from vaiti.notice.stood import Stood, stood_at
from vaiti.notice.versions import Notice
from vaiti.people.seats import FeedRules
from vaiti.people.stood import stood_at as people_at
from vaiti.register import codecs, parts
from vaiti.register.admission import Admitted, IntakeRefused, admit
from vaiti.register.attribution import ONE_BY_ONE, Part, Sources, Told, Whose, whose
from vaiti.register.marks import interrupted, marks_of
from vaiti.register.models import Arrival, Call, Desk, Leg
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import ObjectId, as_uuid
from vaiti.vault.manifest import AgentLeg, Manifest

ACTOR = "system:intake"
TOGETHER = 1_000  # legs about which all is asked for at once: SQLite takes 32,766 values
KEPT = (
    *("tracks", "epochs", "holds", "pauses", "sides", "ties", "warnings"),
    *("segments", "finished", "sha256"),
)
"""Of the manifest, in the call's row."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller was told, and what follows from it: fixed at intake, never lengthened."""

    notice: Notice
    due_at: datetime
    day: date
    rule: str


def terms(answered_at: datetime, ended_at: datetime, stood: Stood | None = None) -> Terms:
    """The terms of a call of this start and end. Raises IntakeRefused where no notice stood."""
    stood = stood or stood_at([answered_at])
    notice = stood.in_force(answered_at)
    if notice is None:
        raise IntakeRefused(
            "no_notice", "no version of the notice was in force at the call's start"
        )
    kept = stood.kept_for(notice.retention_months, ended_at)
    due_at = due_instant(ended_at, kept.months, notice.zone)
    return Terms(notice, due_at, destruction_day(due_at, notice.zone), kept.rule)


@dataclass(frozen=True, slots=True)
class Checked:
    """A call that may enter, with all that its row will say."""

    facts: Admitted
    line: LineCard
    terms: Terms


def check(manifest: Manifest, sha256: str, segments: int, stood: Stood | None = None) -> Checked:
    """All of intake's conditions, before anything is written. Raises IntakeRefused.

    `stood` is of this call's start and line among others, where it was asked for already.
    """
    facts = admit(manifest, sha256, segments)
    stood = stood or stood_at([facts.answered_at], [manifest.line])
    line = _line(manifest, facts.answered_at, stood)
    return Checked(facts, line, terms(facts.answered_at, facts.ended_at, stood))


def take_in(
    manifest: Manifest,
    object_id: ObjectId,
    *,
    sha256: str,
    segments: int,
    now: datetime,
    rules: FeedRules | None = None,
) -> UUID:
    """Enters the call and returns its id; again, or at the same time twice, it is the same call.

    `object_id`, `sha256` and `segments` are those of the object gathered from the journal. Raises
    IntakeRefused for a call that may not enter: the reasons are listed in docs/intake.md.
    """
    arrived = Arrived(check(manifest, sha256, segments), manifest, object_id)
    call = as_uuid(arrived.checked.facts.call_id)
    try:
        with transaction.atomic():
            if Call.objects.filter(id=call).exists():
                Arrival.objects.filter(call=call).delete()
            else:
                take_in_all([arrived], now=now, rules=rules)
    except IntegrityError:
        # the other intake won; what it entered came from the same journal
        if not Call.objects.filter(id=call).exists():
            raise
    return call


@dataclass(frozen=True, slots=True)
class Arrived:
    """A manifest that passed, and the object that was gathered from the journal for it."""

    checked: Checked
    manifest: Manifest = field(repr=False)
    object_id: ObjectId


def take_in_all(
    arrived: Sequence[Arrived], *, now: datetime, rules: FeedRules | None = None
) -> None:
    """Enters these calls, none of which is in the book, within the caller's transaction.

    Raises IntegrityError where another intake is faster.
    """
    entering = [_entering(one, now) for one in arrived]
    insert([row for row, _, _ in entering])
    parts.note_first([(row.id, one.manifest) for row, _, one in entering], now)
    seats = _seats([leg for _, facts, _ in entering for leg in facts.legs], rules, now)
    seated = [_seated(row, facts.legs, seats) for row, facts, _ in entering]
    insert([desk for desks, _ in seated for desk in desks])
    insert([leg for _, legs in seated for leg in legs])
    for row, _, _ in entering:
        codecs.note(row.recording, row.destruction_day)
    acts = [
        (row.id.hex, _entry(row, legs))
        for (row, _, _), (_, legs) in zip(entering, seated, strict=True)
    ]
    log.append_all(Kind.CALL_RECORDING_TAKEN_IN, acts, actor=ACTOR, now=now)
    Arrival.objects.filter(call__in=[row.id for row, _, _ in entering]).delete()


def _entering(arrived: Arrived, now: datetime) -> tuple[Call, Admitted, Arrived]:
    checked = arrived.checked
    facts, agreed, manifest = checked.facts, checked.terms, arrived.manifest
    recovered, technical = manifest.state == "recovered", recording(manifest)
    row = Call(
        id=as_uuid(facts.call_id),
        direction=manifest.direction,
        line_id=checked.line.id,
        customer=manifest.customer,
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        ended_by=manifest.ended_by,
        recovered=recovered,
        notice_id=agreed.notice.version,
        due_at=agreed.due_at,
        due_rule=agreed.rule,
        destruction_day=agreed.day,
        object_id=as_uuid(arrived.object_id),
        recorder=manifest.recorder,
        peer=manifest.peer,
        recording=technical,
        marks=marks_of(interrupted(recovered, manifest.ended_by), technical),
        taken_in_at=now,
    )
    return row, facts, arrived


def _entry(row: Call, legs: Sequence[Leg]) -> Facts:
    return {
        "notice": row.notice_id,
        "due_us": to_micros(row.due_at),
        "rule": row.due_rule,
        "legs": len(legs),
        "unknown_agents": sum(leg.person_id is None for leg in legs),
        "recovered": row.recovered,
        "sha256": str(row.recording["sha256"]),
    }


def _line(manifest: Manifest, at: datetime, stood: Stood) -> LineCard:
    """N-14: only a line that stood in the register, recorded, in this direction, at the start."""
    line = stood.line_for(manifest.line, at)
    if line is None or not line.takes(manifest.direction):
        raise IntakeRefused("unlisted_line", "the line was not to be recorded at the call's start")
    return line


@dataclass(frozen=True, slots=True)
class _Seats:
    """By what it is told whose a leg is."""

    rules: FeedRules
    now: datetime
    sources: Sources = ONE_BY_ONE

    def whose(self, leg: AgentLeg) -> Whose:
        stretch = from_micros(leg.from_us), from_micros(leg.to_us)
        return whose(Told(leg.device, leg.said, *stretch), self.rules, self.now, self.sources)


def _seats(legs: Sequence[AgentLeg], rules: FeedRules | None, now: datetime) -> _Seats:
    """Of several legs all is asked for at once."""
    known = rules or FeedRules()
    if not 1 < len(legs) <= TOGETHER:
        return _Seats(known, now)
    told = [(one.device, from_micros(one.from_us), from_micros(one.to_us)) for one in legs]
    stood = people_at(told, known)
    return _Seats(known, now, Sources(stood.events, stood.was_here, stood.at_device))


def seat(
    call: Call,
    told: Sequence[AgentLeg],
    rules: FeedRules,
    now: datetime,
    *,
    after: tuple[int, int] = (0, 0),
) -> list[Leg]:
    """The desks as the phone system told them, and the legs that are cut from them. Of both those
    that are numbered up to `after` are there already."""
    desks, legs = _seated(call, told, _Seats(rules, now), after)
    Desk.objects.bulk_create(desks)
    Leg.objects.bulk_create(legs)
    return legs


def _seated(
    call: Call,
    told: Sequence[AgentLeg],
    seats: _Seats,
    after: tuple[int, int] = (0, 0),
) -> tuple[list[Desk], list[Leg]]:
    desks, legs = list[Desk](), list[Leg]()
    for ordinal, one in enumerate(told, after[0] + 1):
        found = seats.whose(one)
        desks.append(
            Desk(
                call=call,
                ordinal=ordinal,
                device=one.device,
                said=list(one.said),
                started_at=from_micros(one.from_us),
                ended_at=from_micros(one.to_us),
                look_at=found.look_at,
            )
        )
        for part in found.parts:
            legs.append(_leg(call, after[1] + len(legs) + 1, desks[-1], part))
    return desks, legs


def _leg(call: Call, ordinal: int, desk: Desk, part: Part) -> Leg:
    return Leg(
        call=call,
        ordinal=ordinal,
        desk=desk.ordinal,
        person_id=part.person,
        line_id=call.line_id,
        direction=call.direction,
        customer=call.customer,
        destruction_day=call.destruction_day,
        marks=call.marks,
        device="" if part.person else desk.device,
        started_at=part.from_at,
        ended_at=part.to_at,
    )


def recording(manifest: Manifest) -> dict[str, Any]:
    """The technical part that playback needs; nothing in it describes a person."""
    return {name: _plain(getattr(manifest, name)) for name in KEPT}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """As `asdict`, whatever is in what; that takes three times as long."""
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    names = getattr(value, "__dataclass_fields__", None)
    return {name: _plain(getattr(value, name)) for name in names} if names else value
