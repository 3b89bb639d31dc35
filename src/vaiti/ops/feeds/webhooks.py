"""Webhooks: what happened becomes a letter to each receiver, sent until it is taken or given up.

A letter is a job: made in one transaction with the place that the log has been read to, so none is
lost and none is made twice. Receivers may still get one twice, and know it by its id.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction

from vaiti.audit import following
from vaiti.due import alarms, jobs
from vaiti.due.jobs import Job
from vaiti.ops.feeds.events import Event, body_of, headers_of, of_alarm, of_entry
from vaiti.ops.feeds.posting import PostFailed, post
from vaiti.ops.sections.feeds import Webhook, secrets_in
from vaiti.people.letters import PREFIX
from vaiti.values.clock import from_micros, to_micros

ALARM: Final = "webhook_given_up"
LEASE_S: Final = 120
MOST_TRIES: Final = 14  # over about six and a half hours
MOST: Final = 10  # letters to one receiver in one round
AT_ONCE: Final = 200  # entries of the log
BACK: Final = timedelta(minutes=10)  # an alarm may be written so long after its instant
GONE: Final = 410
"""The receiver's word that it wants no more."""


class WebhookDesk:
    """`secrets` is the folder of the receivers' secrets. A receiver that fails rests for a while,
    so that it keeps nobody else waiting."""

    def __init__(self, webhooks: tuple[Webhook, ...], secrets: Path) -> None:
        self.webhooks = {one.name: one for one in webhooks}
        self.secrets = secrets
        self._resting: dict[str, tuple[datetime, int]] = {}

    def queue(self, now: datetime) -> None:
        """Makes letters of what has happened since."""
        for one in self.webhooks.values():
            while self._queue_entries(one, now):
                pass
            if "alarm.raised" in one.events:
                self._queue_alarms(one, now)
        for kind in jobs.kinds_waiting(PREFIX):
            if kind.removeprefix(PREFIX) not in self.webhooks:
                while job := jobs.lease("webhooks", now, LEASE_S, kind):
                    _give_up(job, "not_in_settings", now)

    def _queue_entries(self, one: Webhook, now: datetime) -> bool:
        """Whether there may be more."""
        follower = PREFIX + one.name
        with transaction.atomic():
            entries = following.behind(following.place(follower, now), AT_ONCE)
            for entry in entries:
                event = of_entry(entry)
                if event is not None and event.kind in one.events:
                    _write(one, event, now)
            if entries and entries[-1].seq is not None:
                following.reached(follower, entries[-1].seq, now)
        return len(entries) == AT_ONCE

    def _queue_alarms(self, one: Webhook, now: datetime) -> None:
        """Alarms have no order to follow: those of a while before are looked at again."""
        follower = f"{PREFIX}{one.name}:alarms"
        with transaction.atomic():
            told = from_micros(following.place(follower, now, start=to_micros(now)))
            for alarm in alarms.raised_since(told - BACK):
                if alarm.kind != ALARM:
                    _write(one, of_alarm(alarm), now)
            following.reached(follower, to_micros(now), now)

    def send(self, now: datetime) -> int:
        """Sends what is due; says how many were taken."""
        return sum(self._send_to(one, now) for one in self.webhooks.values())

    def _send_to(self, one: Webhook, now: datetime) -> int:
        until, fails = self._resting.get(one.name, (now, 0))
        if now < until:
            return 0
        for taken in range(MOST):
            job = jobs.lease("webhooks", now, LEASE_S, PREFIX + one.name)
            if job is None:
                return taken
            if not self._send(one, job, now):
                self._resting[one.name] = (now + jobs.pause(fails + 1), fails + 1)
                return taken
            self._resting.pop(one.name, None)
            fails = 0
        return MOST

    def _send(self, one: Webhook, job: Job, now: datetime) -> bool:
        event = _event(job)
        body = body_of(event)
        headers = headers_of(event, body, secrets_in(self.secrets / one.secret_file), now)
        try:
            status = post(one.address, body, headers, one.private, one.authority)
        except PostFailed as error:
            return _failed(job, error.code, now)
        if 200 <= status < 300:
            jobs.done(job, now)
            return True
        return _failed(job, f"status_{status}", now, last=status == GONE)


def _failed(job: Job, code: str, now: datetime, *, last: bool = False) -> bool:
    if last or job.tries >= MOST_TRIES:
        _give_up(job, code, now)
    else:
        jobs.failed(job, code, now)
    return False


def _give_up(job: Job, code: str, now: datetime) -> None:
    """With an alarm, of which no letter is made: a receiver that is away would get one of each."""
    with transaction.atomic():
        jobs.bury(job, code, now)
        alarms.raise_alarm(ALARM, job.kind.removeprefix(PREFIX), code, now, event=True)


def _write(one: Webhook, event: Event, now: datetime) -> None:
    payload: dict[str, str | int | bool | None] = {
        "id": event.id,
        "kind": event.kind,
        "at_us": to_micros(event.at),
        **{f"about_{name}": value for name, value in event.about.items()},
    }
    kind = PREFIX + one.name
    jobs.add_new(kind, f"{kind}:{event.id}", payload, now)


def _event(job: Job) -> Event:
    given = job.payload
    about = {
        name.removeprefix("about_"): str(value)
        for name, value in given.items()
        if name.startswith("about_")
    }
    at = from_micros(int(given["at_us"] or 0))
    return Event(str(given["id"]), str(given["kind"]), at, about)
