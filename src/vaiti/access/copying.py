"""The right to copy a call for the person recorded: within a case, by whoever handles it.

Nobody else's right to hear gives a copy. It is decided and written down before any sound, for the
whole call, under the grant of minutes that playback asks for.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from vaiti.access import mandates
from vaiti.access.decide import RULES, Act, Decision
from vaiti.access.errors import NotVisible, Refused
from vaiti.access.mandates import MandateCard
from vaiti.access.models import MandateKind
from vaiti.access.purposes import Purpose
from vaiti.access.standing import Reason, Standing, decide_on, no_to, standing
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import Grant, Opening, issue

LIFETIME = timedelta(minutes=10)
COPYING = frozenset({"case_leg", "held_leg"})
"""The rules of access.decide that give a copy: those that a person's request rests on."""

HANDLERS = frozenset(rule.role for rule in RULES if rule.name in COPYING)


def open_copy(
    person_id: UUID, call_id: UUID, *, reference: str, now: datetime, seed: bytes
) -> Opening:
    """All of the call's sound, for one copy. `reference` is the case's.

    Raises NotVisible, Unprepared, or Refused with what is missing.
    """
    with transaction.atomic(durable=True):
        person, legs = standing(person_id, now), calls.legs(call_id)
        decided = [(leg, _decide(person, leg, reference, now)) for leg in legs]
        refused = next((one for _, one in decided if not _gives(one)), None)
        if decided and refused is None:
            rule = decided[0][1].rule
            return open_whole(person, legs, rule, reference, now=now, seed=seed)
        facts: Facts = {
            "door": "copy",
            "exists": bool(legs),
            "rule": refused.rule if refused else "",
            "needs": " ".join(refused.needs if refused else person.lacks),
        }
        actor, kind = person_id.hex, Kind.ACCESS_CALL_REFUSED
        log.append(kind, actor=actor, subject=call_id.hex, facts=facts, now=now)
    if refused and refused.rule in COPYING and refused.needs:
        raise Refused(refused.rule, refused.needs)
    raise no_to(person)


def taken(opening: Opening, sound_bytes: int, now: datetime) -> None:
    """How many bytes of sound were taken for the copy, or are about to be: the daily count of what
    leaves is held against it."""
    grant = opening.grant
    facts: Facts = {"listening": opening.listening_id, "sound_bytes": sound_bytes}
    with transaction.atomic():
        log.append(
            Kind.ACCESS_COPY_TAKEN,
            actor=grant.actor,
            subject=grant.call_id,
            facts=facts,
            now=now,
        )


def case_of(person_id: UUID, mandate_id: UUID, now: datetime) -> MandateCard:
    """An open case that names the person, who handles requests. Raises NotVisible, Unprepared."""
    person, case = standing(person_id, now), mandates.card(mandate_id, now)
    theirs = case is not None and case.open and person_id in case.persons
    if case is None or not theirs or case.kind != MandateKind.CASE or not person.roles & HANDLERS:
        raise NotVisible
    if person.lacks:
        raise no_to(person)
    return case


def may_copy(person_id: UUID, call_id: UUID, reference: str, now: datetime) -> bool:
    """Whether `open_copy` would open it: for a page that offers it."""
    person, legs = standing(person_id, now), calls.legs(call_id)
    return bool(legs) and all(_gives(_decide(person, leg, reference, now)) for leg in legs)


def _decide(person: Standing, leg: LegCard, reference: str, now: datetime) -> Decision:
    return decide_on(person, leg, Act.HEAR, now, Reason(Purpose.RIGHTS.value, reference))


def _gives(decision: Decision) -> bool:
    return decision.allowed and decision.rule in COPYING


def open_whole(
    person: Standing,
    legs: tuple[LegCard, ...],
    rule: str,
    reference: str,
    *,
    now: datetime,
    seed: bytes,
) -> Opening:
    """For who has decided that it may be: the entry and the grant, in the caller's transaction."""
    copy_id, call, ready = uuid4(), legs[0].call, person.ready
    facts: Facts = {
        "listening": copy_id.hex,
        "legs": len(legs),
        "purpose": Purpose.RIGHTS.value,
        "reference": reference,
        "rule": rule,
        "training": ready.training.hex if ready.training else "",
        "undertaking": ready.undertaking.hex if ready.undertaking else "",
    }
    actor, subject = person.person_id.hex, call.id.hex
    leaf = log.append(Kind.ACCESS_COPY_OPENED, actor=actor, subject=subject, facts=facts, now=now)
    ends = [now + LIFETIME, call.next_end(now), *([ready.ends] if ready.ends else [])]
    grant = Grant(
        grant=copy_id.hex,
        leaf=leaf.hex,
        call_id=CallId(subject),
        actor=actor,
        purpose=Purpose.RIGHTS.value,
        from_us=min(leg.from_us for leg in legs),
        to_us=max(leg.to_us for leg in legs),
        not_before_us=to_micros(now),
        expires_us=to_micros(min(ends)),
    )
    found = calls.sealed(call.id)
    return Opening(issue(seed, grant), grant, found.recording, found.object_id, copy_id.hex)
