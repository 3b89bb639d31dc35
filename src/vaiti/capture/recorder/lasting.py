"""The recorder's state where a death of the recorder does not reach: what has changed is put there
before anything of it is seen outside, and the sockets are given to the keeper.

A commit is one instant: what came from the sockets until then, what it did to calls, and what is to
be appended to the journal for it. Whoever goes on from a commit appends what of that is missing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from vaiti.capture.drain import PARTS, Drain
from vaiti.capture.recorder.box import Box, BoxFull
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.packed import pack_counts, pack_place, pack_quick
from vaiti.capture.recorder.plain import dump
from vaiti.capture.session import lasting
from vaiti.capture.session.session import Session
from vaiti.values.ids import CallId
from vaiti.vault.sealing import CAPACITY

Change = tuple[bytes, int | None, bytes | None]
"""An entry's key; where in it, None for the whole of it; what, None for nothing any more."""

GENERAL, MEDIA, SLOW, QUICK, STARTED, STREAM, COUNTS = b"G", b"m", b"k", b"h", b"r", b"s", b"p"
REST = 60  # seconds after the memory was too small, until it is tried again
HEALTHY_S = 10.0  # after which a recorder that went on counts as well


class Lasting:
    """`active` while a next recorder could go on from the last commit."""

    def __init__(self, box: Box, keeping: Keeping, calls: Calls, drain: Drain) -> None:
        self.active = self.in_session = self._begun = False
        self._rest = 0
        self.general: dict[str, Any] = {}
        self.beside: dict[str, int] = {}
        """Descriptors that the keeper holds besides the streams': the lock, SIP's sockets."""
        self._box, self._keeping = box, keeping
        self._calls, self._drain = calls, drain
        self._session: Session | None = None
        self._staged = False

    def begin(self, session: Session) -> None:
        """Everything that is here now is put there; it counts from the next commit on."""
        self._session = session
        if not self._keeping.alive:
            return
        self._box.reset()
        self._calls.changed, self._calls.heard = self._calls.ids(), set()
        self._drain.table.touched = set(self._drain.slots)
        lasting.watch(session, everything=True)
        for slot in self._drain.slots:
            self._drain.keep(slot)
        self._start()
        try:
            self._put_all(in_parts=True)
            self._box.put(GENERAL, dump(self.general))
        except BoxFull:
            self._give_up()

    def watch(self, session: Session) -> None:
        """What is here now stands there already; from now on what changes is put there."""
        self._session = session
        self._calls.changed, self._calls.heard = set(), set()
        self._drain.table.touched = set()
        lasting.watch(session, everything=False)

    def go_on(self) -> None:
        """Begins where another recorder was, and `watch` has looked since."""
        self._start()
        self._box.put(GENERAL, dump(self.general))

    def _start(self) -> None:
        self._drain.before = self._before
        self._keeping.keep({"memory": self._box.descriptor, **self.beside})
        self.active = self._begun = True

    def end(self) -> None:
        """Nobody goes on from here: what is held is let go, and the memory cleared."""
        self.active = self._staged = False
        self._drain.before = None
        self._drain.table.touched = self._calls.changed = self._calls.heard = None
        self._keeping.forget()
        self._box.reset()

    def _give_up(self) -> None:
        self._rest = REST
        self.end()

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
        sockets = self._drain.sockets
        try:
            changed = self._put_all()
            if not (changed or parts or self._staged or self._begun):
                return
            self._keeping.keep(sockets.opened)
            self._box.commit((pack_place(place), *parts) if parts else ())
        except BoxFull:
            self._give_up()
            return
        sockets.opened.clear()
        self._staged = self._begun = False
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

    def _put_all(self, *, in_parts: bool = False) -> bool:
        """Whether anything has changed. In parts: not all of it has to be there at one instant."""
        count = 0
        for key, at, value in self._changes():
            if value is None:
                self._box.delete(key)
            elif at is None:
                self._box.put(key, value)
            else:
                self._box.patch(key, at, value)
            if in_parts and self._box.half_full:
                self._box.commit()
            count += 1
        return bool(count)

    def _changes(self) -> Iterator[Change]:
        for key, value in self._streams():
            yield key, None, value
        for call_id in self._calls.changed or ():
            yield from self._call(call_id)
        for call_id in self._calls.heard or ():
            yield from self._recording(call_id)
        for found in (self._calls.changed, self._calls.heard):
            if found:
                found.clear()
        if self._session is not None and not self.in_session:
            for key, told in lasting.changes(self._session):
                if told is not None or key != lasting.DOOR or self._box.has(key):
                    yield key, None, None if told is None else dump(told)

    def _streams(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Streams are put before the counts of all: the newer one of both counts."""
        table, number = self._drain.table, self._box.committed + 1
        for name in self._drain.sockets.closed:
            kind, _, known = name.partition(":")
            if kind == "rtp":
                yield STREAM + known.encode(), None
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

    def _call(self, call_id: CallId) -> Iterator[Change]:
        key, call = call_id.encode(), self._calls.get(call_id)
        if call is None:
            yield MEDIA + key, None, None
        else:
            numbers = {track: self._drain.number(slot) for track, slot in call.slots.items()}
            told = dump((numbers, call.codecs, call.clocks, call.from_us))
            yield MEDIA + key, None, told
        if call is None or call.recording is None:
            for kind in (SLOW, QUICK, STARTED):
                yield kind + key, None, None
        else:
            call.recording.told = True
            yield from self._recording(call_id)

    def _recording(self, call_id: CallId) -> Iterator[Change]:
        call, key = self._calls.get(call_id), call_id.encode()
        if call is None or call.recording is None:
            return
        if call.recording.told:
            call.recording.told = False
            yield SLOW + key, None, dump(call.recording.slow)
        fresh = not self._box.has(STARTED + key)
        if fresh:
            yield STARTED + key, None, bytes(CAPACITY)
        at, records = call.recording.started(whole=fresh)
        if records:
            yield STARTED + key, at, records
        yield QUICK + key, None, pack_quick(call.recording.quick)
