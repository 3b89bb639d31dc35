"""Who may take a call out of training: its agents and their manager; back, only who did it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import mandates
from vaiti.access.decide import Act
from vaiti.access.standing import decide_on, no_to, standing
from vaiti.register import calls, comments, objections

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
