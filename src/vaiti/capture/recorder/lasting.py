"""The recorder's state where a death of the recorder does not reach: what has changed is put there
before anything of it is seen outside, and the sockets are given to the keeper.

A commit is one instant: what came from the sockets until then, what it did to calls, and what is to
be appended to the journal for it. Whoever goes on from a commit appends what of that is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vaiti.capture.drain import PARTS, Drain
from vaiti.capture.recorder.berth import SIZE, Berth
from vaiti.capture.recorder.box import Box, BoxFull
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.dense import DICTIONARY, TooLarge, pack
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.packed import pack_counts, pack_quick
from vaiti.capture.recorder.told_once import ToldOnce
from vaiti.capture.session import lasting
from vaiti.capture.session.session import Session
from vaiti.values.ids import CallId

GENERAL, MEDIA, SLOW, QUICK, BERTH, STREAM, COUNTS = b"G", b"m", b"k", b"h", b"b", b"s", b"p"
WORDS = b"Z"  # the dictionary of all others
_FULL = (BoxFull, TooLarge)
REST = 60  # seconds after the memory was too small, until it is tried again
HEALTHY_S = 10.0  # after which a recorder that went on counts as well


class Lasting:
    """`active` while a next recorder could go on from the last commit."""

    def __init__(self, box: Box, keeping: Keeping, calls: Calls, drain: Drain) -> None:
        self.active = self.in_session = self._begun = False
        self._rest = 0
        self.general: dict[str, Any] = {}
        self.beside: Mapping[str, int] = {}
        """Descriptors that the keeper holds besides the streams': the lock, SIP's sockets."""
        self._box, self._keeping = box, keeping
        self._calls, self._drain = calls, drain
        self._session: Session | None = None
        self._staged = self._in_other_words = False
        self._told = 0  # of the records that wait for the journal
        self._berths: dict[CallId, Berth] = {}
        self._once = ToldOnce()

    def begin(self, session: Session) -> None:
        """Everything that is here now is put there; it counts from the next commit on."""
        self._session = session
        if not self._keeping.alive:
            return
        self._keeping.forget()  # it may have what was another's: it was too slow to give it to us
        self._box.reset()
        self._berths.clear()
        self._once.clear()
        self._calls.changed, self._calls.heard = self._calls.ids(), set()
        self._drain.table.touched = set(self._drain.slots)
        for call_id in self._calls.ids():
            call = self._calls.get(call_id)
            if call is not None and call.recording is not None:
                call.recording.told = True
        lasting.watch(session, everything=True)
        for slot in self._drain.slots:
            self._drain.keep(slot)
        self._start()
        try:
            self._put_all(in_parts=True)
            self._put_general()
        except _FULL:
            self._give_up()

    def watch(self, session: Session) -> None:
        """What is here now stands there already, if in our words; from now on what changes is put
        there."""
        for call_id in self._calls.ids():
            key = BERTH + call_id.encode()
            if self._box.has(key):
                self._berths[call_id] = Berth(self._box.view(key))
        self._session = session
        ours = self._box.has(WORDS) and bytes(self._box.view(WORDS)) == DICTIONARY
        anew = self._in_other_words = not ours
        self._calls.changed, self._calls.heard = self._calls.ids() if anew else set(), set()
        self._drain.table.touched = set(self._drain.slots if anew else ())
        lasting.watch(session, everything=anew)

    def go_on(self) -> None:
        """Begins where another recorder was, and `watch` has looked since. That one's streams were
        read in other turns: what it told of a turn is of others now."""
        self._start()
        try:
            if self._in_other_words:  # nobody goes on in the midst of two versions' words
                self._box.delete(GENERAL)
                self._box.commit()
                self._put_all(in_parts=True)
            for place in range(PARTS):
                self._box.put(*self._counts(place))
            self._put_general()
        except _FULL:
            self._give_up()

    def _put_general(self) -> None:
        self._box.put(WORDS, DICTIONARY)
        self._box.put(GENERAL, pack(self.general))

    def _start(self) -> None:
        self._drain.before = self._before
        self._keeping.keep({"memory": self._box.descriptor, **self.beside})
        self.active = self._begun = True
        self._told = 0

    def end(self) -> None:
        """Nobody goes on from here: what is held is let go, and the memory cleared."""
        self.active = self._staged = False
        self._drain.before = None
        self._drain.table.touched = self._calls.changed = self._calls.heard = None
        if self._session is not None:
            lasting.let_be(self._session)
        self._keeping.forget()
        self._box.reset()
        self._berths.clear()
        self._once.clear()

    def hold(self, name: str, descriptor: int) -> None:
        """At once: what comes from there is in a commit soon."""
        if self.active:
            self._keeping.keep({name: descriptor})

    def let_go(self, name: str) -> None:
        self._keeping.drop([name])

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

    @property
    def crowded(self) -> bool:
        """Whether what has changed since the last commit leaves too little room for more."""
        return self.active and self._box.half_full

    def put_session(self) -> None:
        """As it is now: this counts with the next commit, whatever the session is by then."""
        if not self.active:
            return
        try:
            for _ in self._put(self._of_session()):
                pass
        except _FULL:
            self._give_up()

    def commit(self, place: tuple[int, int], parts: Sequence[bytes]) -> None:
        """All that has changed, and what is about to be appended at `place` of the journal."""
        sockets = self._drain.sockets
        try:
            heard = self._put_all()
            if not (heard or self._box.changed or parts or self._staged or self._begun):
                return
            self._keeping.keep(sockets.opened)
            self._box.commit(parts[self._told :], place)
            self._told = len(parts)
        except _FULL:
            self._give_up()
            return
        sockets.opened.clear()
        self._staged = self._begun = False
        if not parts:
            self.appended()
        self._keeping.drop(sockets.closed)
        sockets.closed.clear()

    def appended(self) -> None:
        """The journal has what the last commit meant for it."""
        if self.active:
            self._box.finish()
            self._told = 0

    def _before(self) -> int:
        if self._staged:
            self._calls.hand_over()
        self._staged = self.active
        return self._box.committed + 1

    def _put_all(self, *, in_parts: bool = False) -> bool:
        """Whether any recording has changed. In parts: not all of it has to be there at one
        instant."""
        for _ in self._put(self._changes()):
            if in_parts and self._box.half_full:
                self._box.commit()
        heard = self._calls.heard or set()
        for call_id in heard:
            self._put_recording(call_id)
            if in_parts and self._box.half_full:
                self._box.commit()
        changed = bool(heard)
        heard.clear()
        return changed

    def _put(self, changes: Iterable[tuple[bytes, bytes | None]]) -> Iterator[None]:
        for key, value in changes:
            if value is None:
                self._box.delete(key)
            else:
                self._box.put(key, value)
            yield

    def _changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        yield from self._streams()
        for call_id in self._calls.changed or ():
            yield from self._call(call_id)
        if self._calls.changed:
            self._calls.changed.clear()
        if not self.in_session:
            yield from self._of_session()

    def _of_session(self) -> Iterator[tuple[bytes, bytes | None]]:
        if self._session is None:
            return
        for key, told in lasting.changes(self._session):
            if key[:1] == lasting.CALL:
                yield from self._once.entries(key, told)
            elif told is not None or key != lasting.DOOR or self._box.has(key):
                yield key, None if told is None else pack(told)

    def _streams(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Streams are put before the counts of all: the newer one of both counts."""
        table, number = self._drain.table, self._box.committed + 1
        for name in self._drain.sockets.closed:
            kind, _, known = name.partition(":")
            if kind == "rtp":
                yield STREAM + known.encode(), None
        for slot in table.touched or ():
            left = self._drain.left(slot)
            yield STREAM + str(left.number).encode(), pack((number, left))
        if table.touched:
            table.touched.clear()
        place = self._drain.swept
        if place is not None:
            self._drain.swept = None
            yield self._counts(place)

    def _counts(self, place: int) -> tuple[bytes, bytes]:
        """Of all streams that are read in one turn."""
        slots = self._drain.part(place)
        numbers = [self._drain.number(slot) for slot in slots.tolist()]
        counts = self._drain.table.counts(slots)
        told = pack_counts(self._box.committed + 1, numbers, counts)
        return COUNTS + str(place).encode(), told

    def _call(self, call_id: CallId) -> Iterator[tuple[bytes, bytes | None]]:
        key, call = call_id.encode(), self._calls.get(call_id)
        if call is None:
            yield MEDIA + key, None
        else:
            numbers = {track: self._drain.number(slot) for track, slot in call.slots.items()}
            yield MEDIA + key, pack((numbers, call.codecs, call.clocks, call.from_us))
        if call is None or call.recording is None:
            self._berths.pop(call_id, None)
            for kind in (SLOW, QUICK, BERTH):
                yield kind + key, None
        elif self._calls.heard is not None:
            self._calls.heard.add(call_id)

    def _put_recording(self, call_id: CallId) -> None:
        call, key, box = self._calls.get(call_id), call_id.encode(), self._box
        if call is None or call.recording is None:
            return
        recording = call.recording
        if recording.told:
            recording.told = False
            box.put(SLOW + key, pack(recording.slow))
        number, berth = box.committed + 1, self._berths.get(call_id)
        if berth is None:
            berth = self._berths[call_id] = Berth(box.reserve(BERTH + key, SIZE))
        if not recording.kept(berth, number):
            berth.long = True
            box.put(QUICK + key, pack_quick(number, recording.quick, recording.started))
        elif berth.long:
            berth.long = False
            box.delete(QUICK + key)
