"""Carries out a plan and proves it: intent, key, bytes, journal, rows, proof, tombstone.

Keys die first, for all lines, then everything else. A line that fails stays `destroying`, says why,
raises an alarm and holds up no other; carried out again it goes on where it stopped. Nothing is
called done before each place was asked whether anything is left.
"""

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.register import silencing
from vaiti.register.arrivals import ALARM_CALL
from vaiti.register.models import Call, State
from vaiti.retention import journals, rows
from vaiti.retention.models import Plan, PlanLine, Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.retention.policy import NEVER_ENTERED, Reason
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault import shred
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

ALARM = "retention:call_remains"
ALARM_PASSAGE = "retention:passage_remains"
METHOD = "key, object, journal, rows"

Act = Callable[[PlanLine], None]


class Remains(Exception):
    """Something of the call is still there; `code` says where."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Executed:
    """Lines proven done in this run, and lines that are still open."""

    done: int
    left: int


@dataclass(frozen=True, slots=True)
class _Execution:
    keys: KeyClient
    store: Store
    journal: Path
    now: datetime

    def run(self, lines: list[PlanLine]) -> None:
        dead = self._each(lines, self._kill_key)
        bare = self._each(dead, self._remove_bytes)
        held = self._held_by_journal(bare)
        if held is None:
            return
        gone = self._each(bare, self._remove_rows)
        if self._scrubbed(gone):
            self._each(gone, lambda line: self._prove(line, held))

    def _held_by_journal(self, lines: list[PlanLine]) -> set[CallId] | None:
        """The calls that a trimmed journal still holds; None when it cannot be read."""
        try:
            journals.trim(self.journal, self.now)
            return journals.holding(self.journal, [CallId(line.call.hex) for line in lines])
        except OSError as error:
            for line in lines:
                self._failed(line, error)
            return None

    def _each(self, lines: Iterable[PlanLine], act: Act) -> list[PlanLine]:
        """The lines for which `act` went well. Without the key process the rest waits."""
        passed = []
        for line in lines:
            try:
                act(line)
                passed.append(line)
            except KeysUnavailable as error:
                self._failed(line, error)
                break
            except (KeysRefused, StoreError, OSError, DatabaseError, Remains) as error:
                self._failed(line, error)
        return passed

    def _kill_key(self, line: PlanLine) -> None:
        with transaction.atomic():
            unbegun = PlanLine.objects.filter(id=line.id, begun_at__isnull=True)
            if unbegun.update(begun_at=self.now):
                _require_unentered(line)
                _require_due(line, self.now)
                Call.objects.filter(id=line.call).update(state=State.DESTROYING)
                self._log(Kind.RETENTION_CALL_DESTROYING, line, {"reason": line.reason})
        self.keys.destroy_call(CallId(line.call.hex))
        if line.key_dead_at is None:
            line.key_dead_at = self.now
            line.save(update_fields=["key_dead_at"])

    def _remove_bytes(self, line: PlanLine) -> None:
        known = {ObjectId(line.object_id.hex), *silencing.objects_of(line.call)}
        for object_id in sorted(known):
            shred.remove(self.store, object_id)
            if not self.store.absent(object_id):
                raise Remains("object_there")

    def _remove_rows(self, line: PlanLine) -> None:
        rows.remove(line.call)

    def _scrubbed(self, lines: list[PlanLine]) -> bool:
        try:
            rows.scrub()
        except (rows.DatabaseBusy, DatabaseError) as error:
            for line in lines:
                self._failed(line, error)
            return False
        return True

    def _prove(self, line: PlanLine, held: set[CallId]) -> None:
        call = CallId(line.call.hex)
        if self.keys.alive(call):
            raise Remains("key_alive")
        if not self.store.absent(ObjectId(line.object_id.hex)):
            raise Remains("object_there")
        if call in held:
            raise Remains("journal_holds")
        if not rows.absent(line.call):
            raise Remains("rows_there")
        with transaction.atomic():
            self._bury(line)

    def _bury(self, line: PlanLine) -> None:
        open_line = PlanLine.objects.filter(id=line.id, done_at__isnull=True)
        if not open_line.update(done_at=self.now, last_error=""):
            return  # another worker has proven it in the meantime
        leaf = self._log(Kind.RETENTION_CALL_DESTROYED, line, {"method": METHOD})
        Tombstone.objects.get_or_create(
            call=line.call,
            defaults={
                "object_id": line.object_id,
                "due_at": line.due_at,
                "done_at": self.now,
                "method": METHOD,
                "destruction_day": line.destruction_day,
                "audit_leaf": leaf,
            },
        )
        for kind in (ALARM, ALARM_CALL, ALARM_PASSAGE):
            alarms.clear(kind, line.call.hex, self.now)

    def _log(self, kind: Kind, line: PlanLine, facts: Facts) -> UUID:
        known: Facts = {"plan": line.plan_id.hex, "due_us": to_micros(line.due_at)}
        return log.append(
            kind, actor=ACTOR, subject=line.call.hex, facts={**known, **facts}, now=self.now
        )

    def _failed(self, line: PlanLine, error: Exception) -> None:
        line.last_error = error_code(error)
        with transaction.atomic():
            line.save(update_fields=["last_error"])
            alarms.raise_alarm(ALARM, line.call.hex, line.last_error, self.now)


def execute(plan_id: UUID, keys: KeyClient, store: Store, journal: Path, now: datetime) -> Executed:
    """Destroys what is left of the plan, oldest due first; again it does only what is not done.

    `journal` is the folder of the recorder's start folders. What fails is on its line and an alarm.
    """
    _withdraw(plan_id, now)
    lines = list(
        PlanLine.objects.filter(plan_id=plan_id, done_at__isnull=True).order_by("due_at", "id")
    )
    _Execution(keys, store, journal, now).run(lines)
    left = PlanLine.objects.filter(plan_id=plan_id, done_at__isnull=True).count()
    if not left:
        Plan.objects.filter(id=plan_id, executed_at__isnull=True).update(executed_at=now)
    return Executed(len(lines) - left, left)


def _withdraw(plan_id: UUID, now: datetime) -> None:
    """A call that entered the book after all has its six months: its line goes, unless begun.

    So does one that is not due: a hold came between, or the clock was ahead and was set back.
    """
    stays = PlanLine.objects.filter(plan_id=plan_id, begun_at__isnull=True)
    entered = stays.filter(reason__in=NEVER_ENTERED, call__in=Call.objects.values("id"))
    early = stays.filter(
        reason=Reason.EXPIRED, call__in=Call.objects.filter(due_at__gt=now).values("id")
    )
    for line in [*entered, *early]:
        with transaction.atomic():
            line.delete()
            log.append(
                Kind.RETENTION_LINE_WITHDRAWN,
                actor=ACTOR,
                subject=line.call.hex,
                facts={"plan": plan_id.hex},
                now=now,
            )


def _require_unentered(line: PlanLine) -> None:
    """For the moment since lines were withdrawn."""
    if line.reason in NEVER_ENTERED and Call.objects.filter(id=line.call).exists():
        raise Remains("entered_after_all")


def _require_due(line: PlanLine, now: datetime) -> None:
    """For the moment since lines were withdrawn: not a moment before (N-18)."""
    if line.reason == Reason.EXPIRED and Call.objects.filter(id=line.call, due_at__gt=now).exists():
        raise Remains("not_due")


def error_code(error: Exception) -> str:
    """What stood in the way, as a code without names or numbers."""
    if isinstance(error, Remains):
        return error.code
    if isinstance(error, KeysUnavailable):
        return "keys_unavailable"
    if isinstance(error, KeysRefused):
        return f"keys_{error.code}"
    if isinstance(error, rows.DatabaseBusy):
        return "database_busy"
    if isinstance(error, OSError):
        return f"os_{errno.errorcode.get(error.errno or 0, 'error').lower()}"
    return "store" if isinstance(error, StoreError) else "database"
