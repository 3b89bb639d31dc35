"""Opening a recording, keeping it open while the right lasts, and writing down what was heard.

What is heard goes into the log once a listening, when it ends (`settle`), as the stretches that
were handed out: an entry a reply would bury the log, and the opening is logged before any sound.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from vaiti.access.decide import NOTHING, Act, Decision
from vaiti.access.errors import ListeningEnded, Refused
from vaiti.access.models import Emergency, Listening
from vaiti.access.standing import (
    NO_REASON,
    Reason,
    Standing,
    decide_on,
    emergency_of,
    no_to,
    standing,
)
from vaiti.access.stretches import Stretch, join, total_us
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people.readiness import Readiness
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import Grant, Opening, issue

LIFETIME = timedelta(minutes=10)
RENEW_BELOW = timedelta(minutes=5)  # a resume with less than this left renews the grant
SETTLE_AT_ONCE = 500  # listenings closed by one call of `settle`


@dataclass(frozen=True, slots=True)
class _Known:
    """What a listening rests on, as of one instant. `row` is None for one that is not theirs."""

    row: Listening | None
    leg: LegCard | None
    person: Standing
    decision: Decision


def open_recording(
    person_id: UUID,
    leg_id: int,
    *,
    purpose: str,
    reference: str,
    session: str,
    now: datetime,
    seed: bytes,
    country: str = "",
) -> Opening:
    """Lets the person hear one leg for minutes, never past its due instant.

    `session` is the key of the web session that alone may resume it; `seed` signs the grant.
    `country` is from where they come, where a table says so (N-26).
    Raises NotVisible, Unprepared, or Refused with what is missing.
    """
    with transaction.atomic(durable=True):
        leg = calls.leg(leg_id)
        person, reason = standing(person_id, now), Reason(purpose, reference)
        decision = _decide(person, leg, reason, now)
        if leg is not None and decision.purpose is not None and decision.allowed:
            reason = Reason(decision.purpose.value, reference)
            # of several rights the one that every later request finds, which knows the purpose
            decision = _decide(person, leg, reason, now)
            row = _enter(
                person, leg, decision.rule, reason, session=session, country=country, now=now
            )
            return _opening(row, leg, now, seed)
        _log_refusal(person_id, leg, decision, now)
    raise Refused(decision.rule, decision.needs) if decision.rule else no_to(person)


def resume(
    person_id: UUID, listening_id: UUID, *, session: str, now: datetime, seed: bytes
) -> Opening:
    """The same listening again, decided anew on the facts as they are now.

    Renews the grant, with an entry, when little of it is left. Raises NotVisible when the right
    has gone or the listening is another person's or session's, Unprepared when training or the
    undertaking has, ListeningEnded when it has lapsed.

    Where nothing is to be written it only reads: many who listen at once wait for no lock.
    """
    known = _known(person_id, listening_id, session, now)
    if known.row is not None and known.leg is not None and _as_it_stands(known, now):
        return _opening(known.row, known.leg, now, seed)
    with transaction.atomic(durable=True):
        known = _known(person_id, listening_id, session, now, lock=True)
        row, leg, decision = known.row, known.leg, known.decision
        if row is not None and leg is not None and _goes_on(row, decision, now):
            _renew(row, leg, known.person.ready, now)
            return _opening(row, leg, now, seed)
        if not decision.allowed:
            _log_refusal(person_id, leg, decision, now)
        if row is not None:
            _close(row, now)
    raise ListeningEnded(decision.rule) if decision.allowed else no_to(known.person)


def heard(opening: Opening, span: Stretch, sent: int, now: datetime) -> None:
    """Notes that `sent` bytes of sound of the stretch were handed out; what lies outside the grant
    is no part of it.

    A listening that is closed already, or gone with its call, gets its entry at once.
    """
    grant = opening.grant
    stretch = (max(span[0], grant.from_us), min(span[1], grant.to_us))
    with transaction.atomic():
        rows = Listening.objects.select_for_update()
        row = rows.filter(id=UUID(opening.listening_id)).first()
        if row is None or row.closed_at is not None:
            row_id = opening.listening_id
            _log_heard(
                grant.actor,
                grant.call_id,
                _heard_facts(row_id, grant.purpose, join([], stretch), sent),
                now,
            )
            return
        row.heard = [list(one) for one in join(_stretches(row), stretch)]
        row.sent += sent
        row.save(update_fields=["heard", "sent"])


def settle(now: datetime) -> int:
    """Closes the listenings whose time is over, each with its entry; returns how many.

    Run before destruction: the rows die with their call.
    """
    over = Listening.objects.filter(closed_at__isnull=True, expires_at__lte=now)
    ids = list(over.order_by("expires_at").values_list("id", flat=True)[:SETTLE_AT_ONCE])
    closed = 0
    for listening_id in ids:
        with transaction.atomic():
            row = (
                Listening.objects.select_for_update(of=("self",))
                .select_related("leg")
                .filter(id=listening_id, closed_at__isnull=True, expires_at__lte=now)
                .first()
            )
            if row is not None:
                _close(row, now)
                closed += 1
    return closed


def settle_of(call_ids: Iterable[UUID], now: datetime) -> None:
    """Closes what is open on these calls, which are about to be destroyed before their day."""
    rows = Listening.objects.filter(leg__call_id__in=list(call_ids), closed_at__isnull=True)
    with transaction.atomic():
        for row in rows.select_for_update(of=("self",)).select_related("leg"):
            _close(row, now)


def open_calls() -> set[UUID]:
    """The calls that somebody listens to."""
    rows = Listening.objects.filter(closed_at__isnull=True)
    return set(rows.values_list("leg__call_id", flat=True))


def running() -> set[UUID]:
    """The listenings that are not over, so that the log does not say yet what was heard."""
    rows = Listening.objects.filter(closed_at__isnull=True)
    return set(rows.values_list("id", flat=True))


def is_open(leg_id: int, person_id: UUID, now: datetime) -> bool:
    """Whether the person is listening to the leg at this moment."""
    rows = Listening.objects.filter(leg_id=leg_id, person_id=person_id)
    return rows.filter(closed_at__isnull=True, expires_at__gt=now).exists()


def _decide(person: Standing, leg: LegCard | None, reason: Reason, now: datetime) -> Decision:
    if leg is None:
        return Decision(allowed=False, needs=person.lacks) if person.lacks else NOTHING
    return decide_on(person, leg, Act.HEAR, now, reason)


def _goes_on(row: Listening, decision: Decision, now: datetime) -> bool:
    """Under the right that its entry names: with another right it is opened, and logged, anew."""
    runs = row.closed_at is None and now < row.expires_at
    return runs and decision.allowed and decision.rule == row.rule


def _ends(ready: Readiness, leg: LegCard, now: datetime) -> datetime:
    """No grant outlives the call, nor the training and the undertaking that it rests on."""
    ends = min(now + LIFETIME, leg.call.next_end(now))
    return ends if ready.ends is None else min(ends, ready.ends)


def _rests_on(ready: Readiness) -> dict[str, str]:
    return {
        "training": ready.training.hex if ready.training else "",
        "undertaking": ready.undertaking.hex if ready.undertaking else "",
    }


def _permit(person: Standing, leg: LegCard, reason: Reason) -> dict[str, str]:
    """The second person's yes that it rests on, where the settings want one."""
    found = person.permits.get(leg.call.id, {}).get((reason.purpose, reason.reference))
    return {"permit": found.hex} if found else {}


def _enter(
    person: Standing,
    leg: LegCard,
    rule: str,
    reason: Reason,
    *,
    session: str,
    country: str,
    now: datetime,
) -> Listening:
    listening_id, ready = uuid4(), person.ready
    emergency = emergency_of(person, leg, reason, now)
    facts: Facts = {
        "listening": listening_id.hex,
        **_facts(person, leg, rule, reason),
        **_unusual(emergency, country),
    }
    if emergency is not None:
        Emergency.objects.filter(id=emergency).update(used=F("used") + 1)
    actor, call = person.person_id.hex, leg.call.id.hex
    leaf = log.append(Kind.ACCESS_LISTENING_OPENED, actor=actor, subject=call, facts=facts, now=now)
    return Listening.objects.create(
        id=listening_id,
        person_id=person.person_id,
        leg_id=leg.id,
        purpose=reason.purpose,
        reference=reason.reference,
        rule=rule,
        training_id=ready.training,
        undertaking_id=ready.undertaking,
        emergency_id=emergency,
        session=_digest(session),
        opened_at=now,
        expires_at=_ends(ready, leg, now),
        audit_leaf=leaf,
    )


def _facts(person: Standing, leg: LegCard, rule: str, reason: Reason) -> Facts:
    return {
        "leg": leg.ordinal,
        "purpose": reason.purpose,
        "reference": reason.reference,
        "rule": rule,
        **_rests_on(person.ready),
        **_permit(person, leg, reason),
    }


def _unusual(emergency: UUID | None, country: str) -> Facts:
    """What is written down only where there was such a thing."""
    told: dict[str, str] = {"emergency": emergency.hex} if emergency else {}
    return told | {"country": country} if country else told


def _opening(row: Listening, leg: LegCard, now: datetime, seed: bytes) -> Opening:
    """The stretch is the leg's own: another agent's part never leaves (N-28)."""
    grant = Grant(
        grant=row.id.hex,
        leaf=row.audit_leaf.hex,
        call_id=CallId(leg.call.id.hex),
        actor=row.person_id.hex,
        purpose=row.purpose,
        from_us=leg.from_us,
        to_us=leg.to_us,
        not_before_us=to_micros(now),
        expires_us=to_micros(row.expires_at),
    )
    found = calls.sealed(leg.call.id)
    return Opening(issue(seed, grant), grant, found.recording, found.object_id, row.id.hex)


def _known(
    person_id: UUID, listening_id: UUID, session: str, now: datetime, *, lock: bool = False
) -> _Known:
    rows = Listening.objects.select_related("leg")
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(id=listening_id, person_id=person_id, session=_digest(session)).first()
    leg = None if row is None else calls.leg(row.leg_id)
    reason = NO_REASON if row is None else Reason(row.purpose, row.reference)
    person = standing(person_id, now)
    return _Known(row, leg, person, _decide(person, leg, reason, now))


def _as_it_stands(known: _Known, now: datetime) -> bool:
    """Whether it goes on under the grant that it has, so that there is nothing to write down."""
    row, leg = known.row, known.leg
    if row is None or leg is None or not _goes_on(row, known.decision, now):
        return False
    return not _is_due(row, _ends(known.person.ready, leg, now), now)


def _is_due(row: Listening, ends_at: datetime, now: datetime) -> bool:
    """Whether the grant is to be renewed: little of it is left, and more can be had."""
    return row.expires_at - now < RENEW_BELOW and ends_at != row.expires_at


def _renew(row: Listening, leg: LegCard, ready: Readiness, now: datetime) -> None:
    expires_at = _ends(ready, leg, now)
    if not _is_due(row, expires_at, now):
        return
    facts: Facts = {
        "listening": row.id.hex,
        "purpose": row.purpose,
        "rule": row.rule,
        **_rests_on(ready),
    }
    row.expires_at = expires_at
    row.training_id, row.undertaking_id = ready.training, ready.undertaking
    row.audit_leaf = log.append(
        Kind.ACCESS_LISTENING_RESUMED,
        actor=row.person_id.hex,
        subject=leg.call.id.hex,
        facts=facts,
        now=now,
    )
    row.save(update_fields=["expires_at", "audit_leaf", "training", "undertaking"])


def _close(row: Listening, now: datetime) -> None:
    if row.closed_at is not None:
        return
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    facts = _heard_facts(row.id.hex, row.purpose, _stretches(row), row.sent)
    _log_heard(row.person_id.hex, row.leg.call_id.hex, facts, now)


def _stretches(row: Listening) -> list[Stretch]:
    return [(start, end) for start, end in row.heard]


def _heard_facts(listening: str, purpose: str, stretches: list[Stretch], sent: int) -> Facts:
    return {
        "listening": listening,
        "purpose": purpose,
        "heard_ms": total_us(stretches) // 1000,
        "sound_bytes": sent,
        "stretches": len(stretches),
        "from_us": stretches[0][0] if stretches else None,
        "to_us": stretches[-1][1] if stretches else None,
    }


def _log_heard(actor: str, subject: str, facts: Facts, now: datetime) -> None:
    log.append(Kind.ACCESS_LISTENING_HEARD, actor=actor, subject=subject, facts=facts, now=now)


def _log_refusal(person_id: UUID, leg: LegCard | None, decision: Decision, now: datetime) -> None:
    facts: Facts = {
        "exists": leg is not None,
        "rule": decision.rule,
        "needs": " ".join(decision.needs),
    }
    subject = "" if leg is None else leg.call.id.hex
    actor, kind = person_id.hex, Kind.ACCESS_LISTENING_REFUSED
    log.append(kind, actor=actor, subject=subject, facts=facts, now=now)


def _digest(session: str) -> str:
    """The session's key itself is as good as a password: only its SHA-256 is kept."""
    if not session:
        raise ValueError("a listening belongs to a web session")
    return hashlib.sha256(session.encode()).hexdigest()
