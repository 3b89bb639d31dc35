"""Several calls of the journal entered at once: what they wait for on the disk is waited for once.

The steps are those of one call (register.arrivals), in their order, each for all of them. Only what
is as usual goes this way. The rest, and all where one fails, is left to the way of one call, which
does again without harm what was done, and finds what is wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from vaiti.asking.inserting import insert
from vaiti.notice.stood import stood_at
from vaiti.people.seats import FeedRules
from vaiti.register import parts
from vaiti.register.admission import IntakeRefused
from vaiti.register.canary_names import PEER
from vaiti.register.intake import Arrived, Checked, check, take_in_all
from vaiti.register.journaled import Left, manifest_of
from vaiti.register.models import Arrival, Call
from vaiti.values.clock import from_micros
from vaiti.values.ids import ObjectId, as_uuid, new_object_id
from vaiti.vault.gathering import End, Finished, gather_all
from vaiti.vault.keyclient import KeyClient, KeysRefused
from vaiti.vault.manifest import Manifest
from vaiti.vault.store import Store
from vaiti.vault.work import Permit
from vaiti.vault.writers import Writers

TOGETHER: Final = 128
"""Calls of one step: SQLite lets nobody else write while they are entered, a third of a millisecond
each, and the worker's other work waits for its turn."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A whole call as the journal has it: its manifest, and its data key as the recorder sealed it
    to that day's intake key. `after_one_that_died`: what is before it in the journal has no end."""

    call: Finished
    wrapped: bytes = field(repr=False)
    intake_day: date
    after_one_that_died: bool


@dataclass(frozen=True, slots=True)
class _Usual:
    """A call that may enter, with its opened manifest."""

    sealed: _Sealed
    manifest: Manifest = field(repr=False)
    checked: Checked

    @property
    def id(self) -> UUID:
        return as_uuid(self.sealed.call.call_id)


class Together:
    """Belongs to one thread."""

    def __init__(self, keys: KeyClient, store: Store, rules: FeedRules | None) -> None:
        self._keys, self._store, self._rules = keys, store, rules
        self._writers = Writers()

    def enter(
        self, calls: Sequence[Finished], permitted: Callable[[datetime], Permit], now: datetime
    ) -> list[Finished]:
        """Those of them that are in the book now; of the others nothing is said.

        Raises KeysUnavailable, and OperationalError when the database is away.
        """
        sealed = list(_sealed(calls))
        if not sealed:
            return []
        try:
            permit = permitted(now)
            usual = _apart_from_each_other(_checked(self._opened(sealed, permit, now)))
            self._keep(usual, permit)
        except KeysRefused:
            return []
        objects = _objects(usual, now) if usual else {}
        arriving = [one for one in usual if one.id in objects]
        return self._taken_in(self._gathered(arriving, objects), now)

    def _opened(
        self, sealed: Sequence[_Sealed], permit: Permit, now: datetime
    ) -> Iterator[tuple[_Sealed, Manifest]]:
        shut = [(one.call.call_id, one.intake_day, one.call.manifest) for one in sealed]
        for one, text in zip(sealed, self._keys.open(shut, permit=permit), strict=True):
            if text is not None:
                with suppress(Left):
                    yield one, manifest_of(one.call, text, now)

    def _keep(self, usual: Sequence[_Usual], permit: Permit) -> None:
        kept = [
            (
                one.sealed.call.call_id,
                one.sealed.wrapped,
                one.sealed.intake_day,
                one.checked.terms.day,
            )
            for one in usual
        ]
        if kept:
            self._keys.keep(kept, permit=permit)

    def _gathered(
        self, usual: Sequence[_Usual], objects: dict[UUID, ObjectId]
    ) -> dict[UUID, tuple[Finished, Arrived]]:
        asked = [(one.sealed.call, objects[one.id]) for one in usual]
        digests = gather_all(asked, self._store, self._writers)
        return {
            one.id: (one.sealed.call, Arrived(one.checked, one.manifest, objects[one.id]))
            for one, sha256 in zip(usual, digests, strict=True)
            if sha256 == one.manifest.sha256
        }

    def _taken_in(
        self, gathered: dict[UUID, tuple[Finished, Arrived]], now: datetime
    ) -> list[Finished]:
        """Without those that were destroyed meanwhile."""
        if not gathered:
            return []
        try:
            with transaction.atomic():
                rows = Arrival.objects.select_for_update().filter(call__in=list(gathered))
                there = set(rows.values_list("call", flat=True))
                mine = [one for call, one in gathered.items() if call in there]
                take_in_all([arrived for _, arrived in mine], now=now, rules=self._rules)
        except (DataError, IntegrityError):
            return []
        return [call for call, _ in mine]


def _sealed(calls: Iterable[Finished]) -> Iterator[_Sealed]:
    after_one_that_died = False
    for call in calls:
        after_one_that_died |= call.end is End.RECOVERED
        if call.end is End.COMPLETE and call.opening is not None:
            with suppress(ValueError):  # of a day
                day = date.fromisoformat(call.opening.intake_day)
                yield _Sealed(call, call.opening.wrapped, day, after_one_that_died)


def _checked(opened: Iterable[tuple[_Sealed, Manifest]]) -> list[_Usual]:
    """Without what may be a later part of a call whose recorder died: that one enters first."""
    ours = [
        (one, manifest)
        for one, manifest in opened
        if manifest.peer != PEER and not (one.after_one_that_died and manifest.sessions)
    ]
    began = [from_micros(manifest.started_us) for _, manifest in ours]
    stood, found = stood_at(began, [manifest.line for _, manifest in ours]), list[_Usual]()
    for one, manifest in ours:
        with suppress(IntakeRefused):
            checked = check(manifest, manifest.sha256, one.call.segments, stood)
            found.append(_Usual(one, manifest, checked))
    return found


def _apart_from_each_other(usual: Iterable[_Usual]) -> list[_Usual]:
    """Without what may be a part of a call in the book, or of another one of these."""
    met, found = set[str](), list[_Usual]()
    for one in usual:
        if met.isdisjoint(one.manifest.sessions):
            found.append(one)
        met.update(one.manifest.sessions)
    known = parts.told_of(met)
    return [one for one in found if known.isdisjoint(one.manifest.sessions)]


def _objects(usual: Sequence[_Usual], now: datetime) -> dict[UUID, ObjectId]:
    """The object of each that is not in the book, the same at every try; all in one of a store's
    folders, which is made durable once then."""
    ids, folder = [one.id for one in usual], new_object_id()[:2]
    names = [as_uuid(ObjectId(folder + new_object_id()[2:])) for _ in ids]
    drawn = [
        Arrival(call=one, object_id=name, since=now) for one, name in zip(ids, names, strict=True)
    ]
    with transaction.atomic():
        insert(drawn, unless_there=True)
        entered = Call.objects.filter(id__in=ids).values_list("id", flat=True)
        if there := list(entered):  # by another worker, since this one looked
            Arrival.objects.filter(call__in=there).delete()
        rows = Arrival.objects.filter(call__in=ids).values_list("call", "object_id")
        return {call: ObjectId(object_id.hex) for call, object_id in rows}
