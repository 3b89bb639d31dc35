"""Who notes that the person recorded consents: whom they told, or who handles their case (N-41).

Only for a purpose that, by the version under which the call was recorded, rests on consent. Taken
back as easily as given, by the same people, and at once: who listens for it is let go on no more.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import mandates
from vaiti.access.as_promised import resting_on_consent
from vaiti.access.decide import Act
from vaiti.access.errors import NotVisible
from vaiti.access.purposes import Purpose
from vaiti.access.standing import decide_on, no_to, standing
from vaiti.register import calls, comments, consents

RULES = frozenset({"own_leg", "subordinate_leg", "case_leg"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A purpose that needs the person's consent, and whether it stands for the call."""

    purpose: str
    stands: bool


def asked_of(person_id: UUID, call_id: UUID, now: datetime) -> tuple[Asked, ...]:
    """What this person may note of a call that they see; nothing where they may not."""
    legs = calls.legs(call_id)
    wanted = resting_on_consent(legs[0].call.notice) if legs else frozenset[str]()
    if not wanted or not _may(person_id, call_id, now):
        return ()
    given = consents.standing(call_id)
    return tuple(Asked(one, one in given) for one in sorted(wanted))


def note(person_id: UUID, call_id: UUID, purpose: str, *, given: bool, now: datetime) -> bool:
    """Notes that the person consents, or with `given` false that they take it back.

    Returns whether anything changed. Raises NotVisible for a call that is not theirs or a purpose
    that asks for no consent, and Unprepared.
    """
    if not _may(person_id, call_id, now):
        raise no_to(standing(person_id, now))
    if purpose not in resting_on_consent(calls.legs(call_id)[0].call.notice):
        raise NotVisible
    by = person_id.hex
    with transaction.atomic():
        if given:
            return consents.give(call_id, purpose, by=by, now=now)
        gone = consents.withdraw(call_id, purpose, by=by, now=now)
        if gone and purpose == Purpose.TRAINING:
            mandates.drop_from_activities(call_id, by=by, now=now)
            comments.forget(call_id)
        return gone


def _may(person_id: UUID, call_id: UUID, now: datetime) -> bool:
    person = standing(person_id, now)
    decided = [decide_on(person, leg, Act.SEE, now) for leg in calls.legs(call_id)]
    return any(one.allowed and one.rule in RULES for one in decided)
