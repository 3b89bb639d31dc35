"""The recorder's state where a death of the recorder does not reach: what has changed is put there
before anything of it is seen outside, and the sockets are given to the keeper.

A commit is one instant: what came from the sockets until then, what it did to calls, and what is to
be appended to the journal for it. Whoever goes on from a commit appends what of that is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vaiti.capture.drain import PARTS, Drain
from vaiti.capture.recorder.box import Box, BoxFull
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.packed import pack_counts, pack_meant, pack_quick, pack_tail
from vaiti.capture.recorder.plain import dump
from vaiti.capture.session import lasting
from vaiti.capture.session.session import Session
from vaiti.values.ids import CallId

GENERAL, MEANT = b"G", b"J"
MEDIA, SLOW, QUICK, TAIL, STREAM, COUNTS = b"m", b"k", b"h", b"x", b"s", b"p"
REST = 60  # seconds after the memory was too small, until it is tried again
HEALTHY_S = 10.0  # after which a recorder that went on counts as well


@dataclass(slots=True)
class _Tail:
    """Of one recording: which segments that may still be cut were there at the last commit, and
    which of them have an entry of their own. Most are let go before the next one, and have none.
    """

    seen: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)


class Lasting:
    """`active` while a next recorder could go on from the last commit."""

    def __init__(self, box: Box, keeping: Keeping, calls: Calls, drain: Drain) -> None:
        self.active = self.in_session = False
        self._rest = 0
        self.general: dict[str, Any] = {}
        self.beside: dict[str, int] = {}
        """Descriptors that the keeper holds besides the streams': the lock, SIP's sockets."""
        self._box, self._keeping = box, keeping
        self._calls, self._drain = calls, drain
        self._session: Session | None = None
        self._staged = False
        self._tails: dict[CallId, _Tail] = {}

    def begin(self, session: Session) -> None:
        """Everything that is here now is put there, with the next commit."""
        self._session = session
        if not self._keeping.alive:
            return
        lasting.watch(session)
        self._calls.changed, self._calls.heard = self._calls.ids(), self._calls.ids()
        self._drain.table.touched = set(self._drain.slots)
        self._drain.before = self._before
        for slot in self._drain.slots:
            self._drain.keep(slot)
        self._keeping.keep({"memory": self._box.descriptor, **self.beside})
        self.active = True
        self._box.put(GENERAL, dump(self.general))

    def take_up(self, entries: Mapping[bytes, Any]) -> None:
        """What another recorder put there: what is not of use any more will be taken out."""
        for key in entries:
            if key[:1] == TAIL:
                call_id = CallId(key[1:33].decode())
                self._tails.setdefault(call_id, _Tail()).kept.add(int(key[33:]))

    def end(self) -> None:
        """Nobody goes on from here: what is held is let go, and the memory cleared."""
        self.active = self._staged = False
        self._drain.before = None
        self._drain.table.touched = self._calls.changed = self._calls.heard = None
        self._tails.clear()
        self._keeping.forget()
        self._box.reset()

    def look(self) -> None:
        """Each second: where there is a keeper again, or room, everything is given to it."""
        lives = self._keeping.look()
        if self.active and not lives:
            self.end()
        lives = lives or self._keeping.connect()
        self._rest = max(0, self._rest - 1)
        if lives and not self.active and not self._rest and self._session is not None:
            self.begin(self._session)

    def well(self) -> None:
        self._box.attempts = 0

    def commit(self, place: tuple[int, int], parts: Sequence[bytes]) -> None:
        """All that has changed, and what is about to be appended at `place` of the journal."""
        try:
            changed = self._put_all()
            if parts:
                self._box.put(MEANT, pack_meant(place, parts))
        except BoxFull:
            self._rest = REST
            self.end()
            return
        if not changed and not parts and not self._staged:
            return
        sockets = self._drain.sockets
        self._keeping.keep(sockets.opened)
        sockets.opened.clear()
        self._box.commit()
        self._staged = False
        if not parts:
            self._box.finish()
        self._keeping.drop(sockets.closed)
        sockets.closed.clear()

    def appended(self) -> None:
        """The journal has what the last commit meant for it."""
        if self.active:
            self._box.finish()

    def _before(self) -> int:
        if self._staged:
            self._calls.hand_over()
        self._staged = self.active
        return self._box.committed + 1

    def _put_all(self) -> bool:
        count = 0
        for key, value in self._changes():
            if value is None:
                self._box.delete(key)
            else:
                self._box.put(key, value)
            count += 1
        return bool(count)

    def _changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        yield from self._streams()
        for call_id in self._calls.changed or ():
            yield from self._call(call_id)
        for call_id in self._calls.heard or ():
            yield from self._recording(call_id)
        for found in (self._calls.changed, self._calls.heard):
            if found:
                found.clear()
        if self._session is not None and not self.in_session:
            for key, value in lasting.changes(self._session):
                if value is not None or key != lasting.DOOR or self._box.has(key):
                    yield key, None if value is None else dump(value)

    def _streams(self) -> Iterator[tuple[bytes, bytes]]:
        """Streams are put before the counts of all: the newer one of both counts."""
        table, number = self._drain.table, self._box.committed + 1
        for slot in table.touched or ():
            left = self._drain.left(slot)
            yield STREAM + str(left.number).encode(), dump((number, left))
        if table.touched:
            table.touched.clear()
        place = self._drain.swept
        if place is not None:
            self._drain.swept = None
            slots = self._drain.part(place)
            numbers = [self._drain.number(slot) for slot in slots.tolist()]
            told = pack_counts(number, numbers, table.counts(slots))
            yield COUNTS + str(place % PARTS).encode(), told

    def _call(self, call_id: CallId) -> Iterator[tuple[bytes, bytes | None]]:
        key, call = call_id.encode(), self._calls.get(call_id)
        if call is not None:
            numbers = {track: self._drain.number(slot) for track, slot in call.slots.items()}
            yield MEDIA + key, dump((numbers, call.codecs, call.clocks, call.from_us))
        else:
            yield MEDIA + key, None
        if call is None or call.recording is None:
            yield SLOW + key, None
            yield QUICK + key, None
            for index in self._tails.pop(call_id, _Tail()).kept:
                yield _tail(key, index), None
        else:
            call.recording.told = True
            yield from self._recording(call_id)

    def _recording(self, call_id: CallId) -> Iterator[tuple[bytes, bytes | None]]:
        call, key = self._calls.get(call_id), call_id.encode()
        if call is None or call.recording is None:
            return
        if call.recording.told:
            call.recording.told = False
            yield SLOW + key, dump(call.recording.slow)
        quick, tail = call.recording.quick, self._tails.setdefault(call_id, _Tail())
        now = set(quick.tail)
        yield QUICK + key, pack_quick(quick, call.recording.tail(now - tail.seen))
        for index in tail.kept - now:
            yield _tail(key, index), None
        moved = (now & tail.seen) - tail.kept
        for each in call.recording.tail(moved):
            yield _tail(key, each.index), pack_tail(each)
        tail.seen, tail.kept = now, tail.kept & now | moved


def _tail(key: bytes, index: int) -> bytes:
    return TAIL + key + str(index).encode()
