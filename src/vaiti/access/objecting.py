"""Who may take a call out of training: its agents and their manager; back, only who did it.

The person recorded objects in a case, purpose by purpose.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import mandates
from vaiti.access.decide import Act
from vaiti.access.purposes import Purpose
from vaiti.access.standing import decide_on, no_to, standing
from vaiti.register import calls, comments, objections, stops

AGAINST = (Purpose.VERIFY, Purpose.TRAINING, Purpose.SECURITY)
"""What the person recorded can object to. Their rights are safeguarded in any case."""
RULES = frozenset({"own_leg", "subordinate_leg"})


def object_to_training(person_id: UUID, call_id: UUID, *, wanted: bool, now: datetime) -> bool:
    """Marks the call as not for training, and takes it out of every training activity.

    Or, with `wanted` false, takes one's own mark back; in no activity it is then.

    Returns whether anything changed. Raises NotVisible for a call that is not theirs, and
    Unprepared.
    """
    person = standing(person_id, now)
    decided = [decide_on(person, leg, Act.SEE, now) for leg in calls.legs(call_id)]
    if not any(one.allowed and one.rule in RULES for one in decided):
        raise no_to(person)
    with transaction.atomic():
        if not wanted:
            return objections.withdraw(call_id, person_id, now)
        marked = objections.mark(call_id, person_id, now)
        if marked:
            mandates.drop_from_activities(call_id, by=person_id.hex, now=now)
            comments.forget(call_id)
        return marked


def stop(
    call_id: UUID, purposes: Collection[Purpose], reference: str, *, by: str, now: datetime
) -> None:
    """The person recorded objects to these purposes and no others, in a case whose handler says so.

    At once, in the caller's transaction: whoever listens for one of them is let go on no more.
    """
    new = stops.say(call_id, [one.value for one in purposes], reference, by=by, now=now)
    if Purpose.TRAINING in new:
        mandates.drop_from_activities(call_id, by=by, now=now)
        comments.forget(call_id)
