"""Whom to tell by mail that something waits: a request or an emergency once, the queue once a day.

What is told is a job, so that each is told once, and is looked at again when the mail leaves.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.access import queue as officers_queue
from vaiti.access.waiting import Waiting, What, keepers, waiting
from vaiti.due import alarms, jobs
from vaiti.due.jobs import Job, Payload

JOB = "mail:waiting"
MORNING = 7
"""From this hour on, in the register's zone, the officer is told of what the queue holds."""


def queue(now: datetime, zone: ZoneInfo) -> int:
    """Makes a job for each who is to be told and was not; says how many there are."""
    found = waiting(now) + _queues(now, zone)
    for one in found:
        day = "" if one.about else f"{now.astimezone(zone):%Y-%m-%d}"
        key = ":".join((JOB, one.what.value, one.about or day, one.person.hex))
        payload: Payload = {"what": one.what.value, "person": one.person.hex, "about": one.about}
        jobs.add_new(JOB, key, payload, now)
    return len(found)


def still(job: Job, now: datetime) -> Waiting | None:
    """What the job is about; None where it waits no more, or not for this person."""
    what, person = What(str(job.payload["what"])), UUID(hex=str(job.payload["person"]))
    wanted = Waiting(what, person, str(job.payload["about"]))
    if what is What.QUEUE:
        return wanted if person in keepers(now) and _holds_something(now) else None
    return wanted if wanted in waiting(now) else None


def _queues(now: datetime, zone: ZoneInfo) -> list[Waiting]:
    if now.astimezone(zone).hour < MORNING or not _holds_something(now):
        return []
    return [Waiting(What.QUEUE, person) for person in keepers(now)]


def _holds_something(now: datetime) -> bool:
    codes = [f"alarm:{one.id.hex}" for one in alarms.standing()]
    return officers_queue.unseen(now) or officers_queue.unlooked(codes)
