"""Who may silence a passage for good, and the grant under which the worker does it (L-44).

Whoever the table lets do it, of the legs that they may hear: never the agent of the leg, who would
take away what speaks of them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access.decide import RULES, Act, Relation, decide, holds
from vaiti.access.standing import Standing, facts_of, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import calls, silencing
from vaiti.register.calls import LegCard
from vaiti.register.corrections import Hand
from vaiti.register.silencing import Open, Passage
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import SILENCING, Grant, Opening, issue

LIFETIME = timedelta(minutes=10)  # to open and seal a call of some hours
SILENCERS = holders(Besides.SILENCE)


def may_silence(person: Standing, leg: LegCard, now: datetime) -> str:
    """The rule that lets them; empty where none does. What is held stays as it is."""
    facts = facts_of(person, leg, Act.SEE, now)
    if leg.call.held or not decide(facts).allowed or Relation.OWN in facts.relations:
        return ""
    held = [one for one in RULES if one.heard and one.role in SILENCERS and holds(one, facts)]
    return held[0].name if held else ""


def legs_to_silence(person_id: UUID, call_id: UUID, now: datetime) -> frozenset[int]:
    """The legs of the call in which this person may silence a passage now."""
    person = standing(person_id, now)
    return frozenset(leg.id for leg in calls.legs(call_id) if may_silence(person, leg, now))


def silence(person_id: UUID, call_id: UUID, passage: Passage, now: datetime) -> UUID:
    """It cannot be undone; announced in the log first. From here on nobody hears the call until
    the worker has sealed it anew.

    Raises NotVisible, Unprepared, and SilencingRefused with what to change.
    """
    with transaction.atomic(durable=True):
        person, leg = standing(person_id, now), calls.leg(passage.leg)
        known = leg is not None and leg.call.id == call_id
        rule = may_silence(person, leg, now) if leg is not None and known else ""
        if rule:
            return silencing.ask(call_id, passage, Hand(person_id.hex, rule), now)
        facts: Facts = {"door": "silence", "exists": known, "needs": " ".join(person.lacks)}
        actor, kind = person_id.hex, Kind.ACCESS_CALL_REFUSED
        log.append(kind, actor=actor, subject=call_id.hex, facts=facts, now=now)
    raise no_to(person)


def opening(one: Open, now: datetime, seed: bytes) -> Opening:
    """For the worker: the passage, under the entry that announced it. No sound is handed out."""
    grant = Grant(
        grant=one.id.hex,
        leaf=one.audit_leaf.hex,
        call_id=CallId(one.call.hex),
        actor=silencing.ACTOR,
        purpose=SILENCING,
        from_us=one.from_us,
        to_us=one.to_us,
        not_before_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
    )
    found = calls.sealed(one.call)
    return Opening(issue(seed, grant), grant, found.recording, one.old_object, one.id.hex)
