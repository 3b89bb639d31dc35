"""Carries out plans and proves it: intent, key, bytes, journal, rows, proof, tombstone.

Lines go through in batches. Keys die first, for all lines, and are proven dead before anything else
is removed. A batch in which something fails is gone through line by line: one that fails stays
`destroying`, says why, raises an alarm and holds up no other; carried out again it goes on where it
stopped. Nothing is called done before each place was asked whether anything is left.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.register import parts, settling, silencing
from vaiti.register.arrivals import ALARM_CALL
from vaiti.register.models import Call, State
from vaiti.retention import journals, rows, writing
from vaiti.retention.due_lines import close, due_lines, unfit
from vaiti.retention.models import PlanLine, Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.retention.remains import ALARM, ALARM_PASSAGE, Remains, error_code
from vaiti.retention.writing import among
from vaiti.values.clock import Clock, to_micros
from vaiti.values.ids import CallId, ObjectId, new_object_id
from vaiti.vault import shred
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

ALARMS = (ALARM, ALARM_CALL, ALARM_PASSAGE, settling.ALARM)
METHOD = "key, object, journal, rows"
LINES_AT_ONCE = 1000  # in a batch: as many keys as the key process takes in one message
ROWS_AT_ONCE = 5000
"""In a transaction that removes or buries. Their rows lie all over the file, and each page that is
touched is written once a transaction; other writers wait for as long as it takes."""
TOMBSTONE = (
    *("call", "object_id", "due_at", "done_at"),
    *("method", "destruction_day", "audit_leaf"),
)
PLANS_AT_ONCE = 10  # between two times that the journal is trimmed and the database scrubbed

Lines = Sequence[PlanLine]
Act = Callable[[Lines], None]


_FAULTS = (KeysUnavailable, KeysRefused, StoreError, OSError, DatabaseError, Remains)


@dataclass(frozen=True, slots=True)
class Executed:
    """Lines proven done in this run, and lines that are still open."""

    done: int
    left: int


@dataclass(frozen=True, slots=True)
class _Execution:
    """What is due is due at `now`; a line is proven gone when `clock` says, which may be much later
    where very many lines are."""

    keys: KeyClient
    store: Store
    journal: Path
    now: datetime
    clock: Clock | None = None

    def present(self) -> datetime:
        return self.clock() if self.clock else self.now

    def run(self, lines: Lines, dead: Collection[UUID]) -> None:
        killed = [line for line in lines if line.plan_id in dead]
        rest = self.kill([line for line in lines if line.plan_id not in dead])
        bare = self._bytes_gone([*killed, *rest])
        held = self._held_by_journal(bare)
        if held is None:
            return
        gone = self._each(bare, self._remove_rows, ROWS_AT_ONCE)
        if self._scrubbed(gone):
            for line in gone:
                if line.call in held:
                    self._failed(line, Remains("journal_holds"))
            unheld = [line for line in gone if line.call not in held]
            self._each(unheld, self._prove, ROWS_AT_ONCE)

    def kill(self, lines: Lines) -> list[PlanLine]:
        """The lines whose keys are proven dead."""
        return self._each(lines, self._kill_keys, LINES_AT_ONCE)

    def _bytes_gone(self, lines: Lines) -> Lines:
        """All at once, so that a store has each of its folders made durable once; where something
        stays, in batches."""
        try:
            self._remove_bytes(lines)
        except _FAULTS:
            return self._each(lines, self._remove_bytes, LINES_AT_ONCE)
        return lines

    def _held_by_journal(self, lines: Lines) -> set[UUID] | None:
        """The calls that a trimmed journal still holds; None when it cannot be read."""
        try:
            journals.trim(self.journal, self.now)
            return {UUID(hex=call) for call in journals.holding(self.journal, _calls(lines))}
        except OSError as error:
            for line in lines:
                self._failed(line, error)
            return None

    def _each(self, lines: Lines, act: Act, most: int) -> list[PlanLine]:
        """The lines for which `act` went well, `most` at a time; else fewer, and then one by one.

        Without the key process, or while the whole store is away, the rest waits.
        """
        passed = list[PlanLine]()
        for first in range(0, len(lines), most):
            batch = lines[first : first + most]
            try:
                act(batch)
                passed += batch
            except _FAULTS:
                if most > LINES_AT_ONCE:
                    passed += self._each(batch, act, LINES_AT_ONCE)
                    continue
                some, away = self._singly(batch, act)
                passed += some
                if away:
                    break
        return passed

    def _singly(self, lines: Lines, act: Act) -> tuple[list[PlanLine], bool]:
        """Those for which it went well, and whether it is of no use to go on."""
        passed = list[PlanLine]()
        for line in lines:
            try:
                act([line])
                passed.append(line)
            except _FAULTS as error:
                self._failed(line, error)
                if self._away(error):
                    return passed, True
        return passed, False

    def _away(self, error: Exception) -> bool:
        if isinstance(error, StoreError):
            try:
                self.store.absent(new_object_id())
            except StoreError:
                return True
        return isinstance(error, KeysUnavailable)

    def _kill_keys(self, lines: Lines) -> None:
        self._begin(lines)
        marked = [line for line in lines if line.key_dead_at]
        back = self.keys.living(_calls(marked)) if marked else frozenset[CallId]()
        doomed = [line for line in lines if not line.key_dead_at or line.call.hex in back]
        if doomed:
            for keyed in filter(None, (_calls(doomed), _apart(doomed))):
                self.keys.destroy_calls(keyed)
                if self.keys.living(keyed):
                    raise Remains("key_alive")
        dead_at = self.present()
        _rows_of(doomed).filter(key_dead_at__isnull=True).update(key_dead_at=dead_at)
        for line in doomed:
            line.key_dead_at = line.key_dead_at or dead_at

    def _begin(self, lines: Lines) -> None:
        """The intent, logged once for each line, before anything of its call dies."""
        with transaction.atomic():
            known = dict(_rows_of(lines).select_for_update().values_list("id", "begun_at"))
            if len(known) < len(lines):
                raise Remains("withdrawn")
            begun = [line for line in lines if known[line.id] is None]
            for code in unfit(begun, self.now).values():
                raise Remains(code)  # it came between, since lines were withdrawn
            _rows_of(begun).update(begun_at=self.now)
            calls = [line.call for line in begun]
            Call.objects.filter(id__in=among(calls)).update(state=State.DESTROYING)
            kind, at = Kind.RETENTION_CALL_DESTROYING, self.present()
            self._log(kind, begun, lambda line: {"reason": line.reason}, at)

    def _remove_bytes(self, lines: Lines) -> None:
        if shred.remove_all(self.store, _objects(lines)):
            raise Remains("object_there")

    def _remove_rows(self, lines: Lines) -> None:
        rows.remove_all([line.call for line in lines])

    def _scrubbed(self, lines: Lines) -> bool:
        try:
            rows.scrub()
        except (rows.DatabaseBusy, DatabaseError) as error:
            for line in lines:
                self._failed(line, error)
            return False
        return True

    def _prove(self, lines: Lines) -> None:
        """Asked anew of every place, now that everything was removed."""
        for first in range(0, len(lines), LINES_AT_ONCE):
            if self.keys.living(_calls(lines[first : first + LINES_AT_ONCE])):
                raise Remains("key_alive")
        if self.store.remaining([ObjectId(line.object_id.hex) for line in lines]):
            raise Remains("object_there")
        if not rows.absent_all([line.call for line in lines]):
            raise Remains("rows_there")
        with transaction.atomic():
            self._bury(lines)

    def _bury(self, lines: Lines) -> None:
        undone = _rows_of(lines).select_for_update().filter(done_at__isnull=True)
        ours = set(undone.values_list("id", flat=True))  # others may have proven some meanwhile
        buried, at = [line for line in lines if line.id in ours], self.present()
        _rows_of(buried).update(done_at=at, last_error="")
        leaves = self._log(Kind.RETENTION_CALL_DESTROYED, buried, lambda _: {"method": METHOD}, at)
        stones = [
            (line.call, line.object_id, line.due_at, at, METHOD, line.destruction_day, leaf)
            for line, leaf in zip(buried, leaves, strict=True)
        ]
        # of a call that a restored backup brought back there is one already
        writing.insert(Tombstone, TOMBSTONE, stones, once=True)
        alarms.clear_all(ALARMS, [line.call.hex for line in buried], at)

    def _log(
        self,
        kind: Kind,
        lines: Lines,
        facts: Callable[[PlanLine], dict[str, Fact]],
        at: datetime,
    ) -> list[UUID]:
        acts = [
            (
                line.call.hex,
                {"plan": line.plan_id.hex, "due_us": to_micros(line.due_at), **facts(line)},
            )
            for line in lines
        ]
        return list(log.append_all(kind, acts, actor=ACTOR, now=at))

    def _failed(self, line: PlanLine, error: Exception) -> None:
        line.last_error = error_code(error)
        with transaction.atomic():
            if _rows_of([line]).update(last_error=line.last_error):
                alarms.raise_alarm(ALARM, line.call.hex, line.last_error, self.now)


def execute(plan_id: UUID, keys: KeyClient, store: Store, journal: Path, now: datetime) -> Executed:
    """Destroys what is left of the plan, oldest due first; again it does only what is not done.

    `journal` is the folder of the recorder's start folders. What fails is on its line and an alarm.
    """
    return execute_all([plan_id], keys, store, journal, now)


def execute_all(
    plans: Sequence[UUID],
    keys: KeyClient,
    store: Store,
    journal: Path,
    now: datetime,
    *,
    clock: Clock | None = None,
    dead: Collection[UUID] = (),
) -> Executed:
    """As `execute`, PLANS_AT_ONCE plans at a time. `clock` says when each is gone; else `now`.

    The plans of `dead` had all their keys proven dead in this round: they are asked for again when
    the rest is gone, and not before too.
    """
    execution, done, left = _Execution(keys, store, journal, now, clock), 0, 0
    for first in range(0, len(plans), PLANS_AT_ONCE):
        some = plans[first : first + PLANS_AT_ONCE]
        lines = due_lines(some, now)
        execution.run(lines, dead)
        remain = PlanLine.objects.filter(plan_id__in=some, done_at__isnull=True).count()
        close(some, now)
        done, left = done + len(lines) - remain, left + remain
    return Executed(done, left)


def kill_keys(
    plan_id: UUID,
    keys: KeyClient,
    store: Store,
    journal: Path,
    now: datetime,
    *,
    clock: Clock | None = None,
) -> bool:
    """The first step of the plan alone: whether every key of it is proven dead.

    Raises KeysUnavailable when some are not for want of the key process.
    """
    lines = due_lines([plan_id], now)
    if len(_Execution(keys, store, journal, now, clock).kill(lines)) == len(lines):
        return True
    keys.describe()
    return False


def _rows_of(lines: Lines) -> QuerySet[PlanLine]:
    return PlanLine.objects.filter(id__in=among([line.id for line in lines]))


def _calls(lines: Lines) -> list[CallId]:
    return [CallId(line.call.hex) for line in lines]


def _apart(lines: Lines) -> list[CallId]:
    """Parts of theirs that have keys of their own still."""
    return [CallId(part.hex) for part, _ in parts.of_calls(line.call for line in lines)]


def _objects(lines: Lines) -> list[ObjectId]:
    """Every object that ever held their sound."""
    calls = [line.call for line in lines]
    others = {one for _, objects in parts.of_calls(calls) for one in objects}
    others |= {*silencing.objects_of(calls), *settling.objects_of(calls)}
    return sorted({*(ObjectId(line.object_id.hex) for line in lines), *others})
