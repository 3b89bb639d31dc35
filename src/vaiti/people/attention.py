"""Who may say that an alarm has been seen, and that they said so."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people import book

SEERS = frozenset({"administrator", "dpo"})


class NotYours(Exception):
    """This person may not end alarms."""


class HappenedAgain(Exception):
    """It has happened again since it was looked at, or somebody else has ended it."""


def mark_seen(person_id: UUID, alarm_id: UUID, count: int, now: datetime) -> None:
    """Ends the alarm on an event, as it was shown with this count; it may be raised anew.

    Raises NotYours and HappenedAgain. An alarm on a state ends with the state and not before.
    """
    if not book.roles(person_id, now) & SEERS:
        raise NotYours
    with transaction.atomic():
        shown = next((one for one in alarms.standing() if one.id == alarm_id), None)
        if shown is None or not alarms.see(alarm_id, count, now):
            raise HappenedAgain
        facts: Facts = {"alarm": shown.kind, "key": shown.key, "count": count}
        log.append(Kind.DUE_ALARM_SEEN, actor=person_id.hex, facts=facts, now=now)
