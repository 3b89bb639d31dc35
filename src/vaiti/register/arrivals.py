"""From the journal into the book: what the recorder has finished is checked, kept and entered.

Each call goes the same way and may be cut off anywhere: asked of the key process, checked, its key
kept under its destruction day, gathered into the one object of its `Arrival`, entered; several go
each step together (register.together). What was done is done again without harm. Nothing is lost
silently: what cannot enter is an alarm, and stays in the journal.
"""

import errno
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from vaiti.due import alarms
from vaiti.people.seats import FeedRules
from vaiti.register import canaries, parts
from vaiti.register.admission import IntakeRefused
from vaiti.register.canary_names import PEER
from vaiti.register.intake import take_in
from vaiti.register.journaled import Left, manifest_of
from vaiti.register.lengthening import lengthen, whole
from vaiti.register.models import Arrival, Call
from vaiti.register.on_its_way import IN_WORK, day_of, object_of, owner_of, refusal, require_entered
from vaiti.register.reported import report_event
from vaiti.register.together import TOGETHER, Together
from vaiti.values.ids import CallId, ObjectId, as_uuid, new_object_id
from vaiti.vault.gathering import End, Finished, Gatherer, gather
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.manifest import Manifest
from vaiti.vault.memory import leave_without
from vaiti.vault.store import Store, StoreError
from vaiti.vault.work import Permit

KNOWN_AT_ONCE = 500  # calls of one step that need only be found in the book
FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(hours=1)
MAX_TRIES = 20  # counted no further; the wait has long been LAST_RETRY by then

ALARM_CALL = "intake_call"
ALARM_KEYS = "intake_keys"
ALARM_STORE = "intake_store"
ALARM_JOURNAL = "intake_journal"
TAKES_NOTHING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # of the store: a journal is only read


class What(StrEnum):
    """What became of a call in one step."""

    ENTERED = "entered"
    JOINS = "joins"
    KNOWN = "known"
    VOID = "void"
    GONE = "gone"
    CANARY = "canary"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is a code without personal data, where the call is LEFT in the journal."""

    call_id: CallId
    what: What
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Retry:
    at: datetime
    tries: int


class _StoreAway(Exception):
    """No call can enter now: the store takes nothing. One alarm for all, and no call is put off."""


class Intake:
    """Belongs to one thread of the worker; `has_read` is for others too.

    `gatherer` follows the journal of this data folder.
    """

    def __init__(
        self,
        keys: KeyClient,
        store: Store,
        gatherer: Gatherer,
        rules: FeedRules | None = None,
    ) -> None:
        self._rules = rules
        self._keys = keys
        self._store = store
        self._gatherer = gatherer
        self._together = Together(keys, store, rules)
        self._events: deque[bytes] = deque()
        self._torn: deque[str] = deque()
        self._retries: dict[CallId, _Retry] = {}
        self._new: set[CallId] = set()
        self._batch: list[CallId] = []
        self._permit: Permit | None = None
        self._at_it = threading.Lock()
        self.settled = 0
        """How many calls were entered, or needed no entry, since the start."""
        self.more = False
        """Whether the journal holds what was not read yet, so that more calls may wait."""

    @property
    def waiting(self) -> int:
        """How many ended calls of the journal are known that are not in the book; for the thread
        of `step`."""
        return len(self._gatherer.waiting())

    def step(self, now: datetime) -> list[Outcome]:
        """Enters what has ended, TOGETHER calls at a time; returns what became of each tried.

        Raises OperationalError when the database is away, and OSError when the journal cannot be
        read; call it again later, it goes on where it was.
        """
        with self._at_it:
            try:
                return self._step(now)
            except MemoryError as error:
                leave_without(error)  # a record may have been taken and not noted as read
                raise

    def _step(self, now: datetime) -> list[Outcome]:
        self._read()
        self._report(now)
        new, self._new = self._new, set()  # where anything fails, all are looked for again
        known, tried = self._pass_known(new), []
        try:
            ready = self._ready(now)
            self._batch = [call.call_id for call in ready]
            for outcome in self._settle_all(ready, now):
                tried.append(outcome)  # one by one: what comes after may fail
            if tried:
                alarms.clear_all((ALARM_KEYS, ALARM_STORE), [""], now)
        except KeysUnavailable:
            alarms.raise_alarm(ALARM_KEYS, "", "the key process does not answer", now)
        except _StoreAway:
            alarms.clear(ALARM_KEYS, "", now)
            alarms.raise_alarm(ALARM_STORE, "", "the store takes no recordings", now)
        self._new = new
        outcomes = known + tried
        self.settled += sum(one.what is not What.LEFT for one in outcomes)
        return outcomes

    def has_read(self, path: Path) -> bool:
        """Whether every event of this journal file has become an alarm, and every call is known.

        Waits for the step under way: what it has read is only on its way to an alarm.
        """
        with self._at_it:
            return self._has_read(path)

    def _has_read(self, path: Path) -> bool:
        return not self._events and not self._torn and self._gatherer.has_read(path)

    def _read(self) -> None:
        """Reads on only when all that was read before has been reported."""
        if self._events or self._torn:
            return
        news = self._gatherer.poll()
        self.more = news.more
        self._events.extend(news.events)
        self._torn.extend(f"{path.parent.name}/{path.name}" for path in news.torn)

    def _report(self, now: datetime) -> None:
        while self._torn:
            detail = "a journal file ends in bytes that are no record; what follows is not read"
            alarms.raise_alarm(ALARM_JOURNAL, self._torn[0], detail, now, event=True)
            self._torn.popleft()
        while self._events:
            report_event(self._events[0], now)
            self._events.popleft()

    def _pass_known(self, new: set[CallId]) -> list[Outcome]:
        """What a worker before this one has entered, and the journal still holds. Each is looked
        for once: those that are not in the book are `new` from then on."""
        unsought = (
            call
            for call in self._gatherer.waiting()
            if call.call_id not in new and call.call_id not in self._retries
        )
        sought = list(islice(unsought, KNOWN_AT_ONCE))
        ids = [as_uuid(call.call_id) for call in sought]
        known = set(Call.objects.filter(id__in=ids).values_list("id", flat=True)) if ids else set()
        known |= parts.among(ids)
        entered = [call for call in sought if as_uuid(call.call_id) in known]
        for call in entered:
            self._gatherer.done(call)
        new.intersection_update(call.call_id for call in self._gatherer.waiting())
        new.update(call.call_id for call in sought if as_uuid(call.call_id) not in known)
        return [Outcome(call.call_id, What.KNOWN) for call in entered]

    def _ready(self, now: datetime) -> list[Finished]:
        retries = self._retries
        ready = (
            call
            for call in self._gatherer.waiting()
            if call.call_id not in retries or retries[call.call_id].at <= now
        )
        return list(islice(ready, TOGETHER))

    def _settle_all(self, calls: Sequence[Finished], now: datetime) -> Iterator[Outcome]:
        """What is as usual at once, and each of the others by itself."""
        fresh = [call for call in calls if call.call_id not in self._retries]
        entered = self._together.enter(fresh, self._permitted, now)
        ids = [call.call_id for call in entered]
        for call in entered:
            self._gatherer.done(call)
        if entered:
            alarms.clear_all((ALARM_CALL,), ids, now)
        for call in calls:
            if call.call_id in ids:
                yield Outcome(call.call_id, What.ENTERED)
            else:
                yield self._settle(call, now)

    def _settle(self, call: Finished, now: datetime) -> Outcome:
        try:
            what = self._enter(call, now)
        except Left as left:
            return self._leave(call, str(left), now)
        except KeysRefused as refused:  # to move the key of the call that this is a part of
            return self._leave(call, f"keys_{refused.code}", now)
        self._gatherer.done(call)
        self._retries.pop(call.call_id, None)
        alarms.clear(ALARM_CALL, call.call_id, now)
        return Outcome(call.call_id, what)

    def _leave(self, call: Finished, reason: str, now: datetime) -> Outcome:
        if reason != IN_WORK:
            alarms.raise_alarm(ALARM_CALL, call.call_id, reason, now)
        before = self._retries.get(call.call_id)
        tries = min(MAX_TRIES, before.tries + 1 if before else 0)
        wait = min(LAST_RETRY, FIRST_RETRY * 2**tries)
        self._retries[call.call_id] = _Retry(now + wait, tries)
        return Outcome(call.call_id, What.LEFT, reason)

    def _enter(self, call: Finished, now: datetime) -> What:
        if call.end is End.VOID:
            return What.VOID
        mine = as_uuid(call.call_id)
        if Call.objects.filter(id=mine).exists() or parts.among([mine]):
            return What.KNOWN
        text = self._rewrap(call, now)
        if text is None:
            return What.GONE
        manifest = manifest_of(call, text, now)
        if manifest.peer == PEER:
            return self._keep_canary(call, manifest, now)
        owner = owner_of(manifest)
        day = self._day_with(owner, call, manifest, now) if owner else day_of(call, manifest, now)
        if self._rewrap(call, now, day) is None:
            return What.GONE
        object_id = object_of(call.call_id, now)
        sha256 = self._gather(call, object_id)
        if call.end is End.RECOVERED:
            manifest = replace(manifest, sha256=sha256)
        try:
            return self._take_in(owner, manifest, object_id, (sha256, call.segments), now)
        except IntakeRefused as refused:
            raise refusal(call, refused.reason, now) from refused
        except (DataError, IntegrityError) as error:  # which would hold up all that come after it
            raise Left("bad_manifest") from error

    def _day_with(self, owner: UUID, call: Finished, manifest: Manifest, now: datetime) -> date:
        """The destruction day of the call that this is a part of, with it: both keys die then."""
        try:
            found = whole(owner, manifest, call.segments, now)
        except IntakeRefused as refused:
            raise refusal(call, refused.reason, now) from refused
        if found.day > found.before:
            self._keys.move([CallId(owner.hex)], found.day)
        return found.day

    def _take_in(
        self,
        owner: UUID | None,
        manifest: Manifest,
        object_id: ObjectId,
        sealed: tuple[str, int],
        now: datetime,
    ) -> What:
        """GONE where it was destroyed meanwhile, for its time of 72 hours was over (retention)."""
        mine = Arrival.objects.select_for_update().filter(call=as_uuid(CallId(manifest.call_id)))
        with transaction.atomic():
            if not mine.exists():
                return What.GONE
            if owner is not None:
                lengthen(owner, manifest, object_id, sealed, now=now, rules=self._rules)
                return What.JOINS
            sha256, segments = sealed
            take_in(
                manifest, object_id, sha256=sha256, segments=segments, now=now, rules=self._rules
            )
        return What.ENTERED

    def _keep_canary(self, call: Finished, manifest: Manifest, now: datetime) -> What:
        """A test call of our own: kept beside the book until it is judged."""
        if not canaries.is_ours(manifest):
            raise refusal(call, canaries.UNKNOWN, now)
        if self._rewrap(call, now, canaries.key_day(now)) is None:
            return What.GONE
        object_id = object_of(call.call_id, now)
        sha256 = self._gather(call, object_id)
        whole = call.end is End.RECOVERED or sha256 == manifest.sha256
        canaries.arrived(replace(manifest, sha256=sha256), object_id, whole=whole, now=now)
        return What.CANARY

    def _permitted(self, now: datetime) -> Permit:
        """One grant for all calls of this step, and for the next try of the same ones."""
        if self._permit is None or not self._permit.covers(self._batch, now):
            self._permit = self._keys.permit(self._batch)
        return self._permit

    def _rewrap(self, call: Finished, now: datetime, day: date | None = None) -> bytes | None:
        """The manifest's text; None when the call was destroyed since it entered."""
        opening = call.opening
        if opening is None or not call.manifest:
            raise Left("lost")
        try:
            intake_day = date.fromisoformat(opening.intake_day)
            sealed = (opening.wrapped, intake_day, call.manifest)
            return self._keys.rewrap(call.call_id, *sealed, day, permit=self._permitted(now))
        except ValueError as error:
            raise Left("bad_intake_day") from error
        except KeysRefused as error:
            if error.code != "gone":
                self._permit = None
                raise Left(f"keys_{error.code}") from error
            require_entered(call.call_id)
            return None

    def _gather(self, call: Finished, object_id: ObjectId) -> str:
        try:
            return gather(call, object_id, self._store)
        except (StoreError, OSError) as error:
            if self._takes_nothing(error):
                raise _StoreAway from error
            raise Left("not_gathered") from error

    def _takes_nothing(self, error: Exception) -> bool:
        """Whether it is the store itself that fails, and not this call."""
        try:
            self._store.absent(new_object_id())
        except StoreError:
            return True
        return isinstance(error, OSError) and error.errno in TAKES_NOTHING
