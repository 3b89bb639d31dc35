"""The calls of one recorder: found by id, by dialog and by what ties sessions together; watched."""

from collections.abc import Iterable, Iterator, Mapping

from vaiti.capture.events import Allocate, Output, Report
from vaiti.capture.session import reports
from vaiti.capture.session.branch import Branch
from vaiti.capture.session.call import Call
from vaiti.capture.sip.incoming import DialogId
from vaiti.capture.sip.timers import Timers
from vaiti.capture.siprec.metadata import Key
from vaiti.values.ids import CallId

ALLOCATE_S = 10.0  # the recorder binds sockets in milliseconds

Tie = tuple[str, Key]
"""What tells that sessions are of one call, with the peer that said so."""


class Living:
    """The register of calls. `out` gathers what the world is to do.

    `touched`, once somebody has made it a set, gathers those that anybody has asked for."""

    touched: set[CallId] | None = None

    def __init__(self) -> None:
        self.out: list[Output] = []
        self._calls: dict[CallId, Call] = {}
        self._by_dialog: dict[DialogId, CallId] = {}
        self._by_tie: dict[Tie, CallId] = {}
        self._timers: Timers[tuple[CallId, int]] = Timers()

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def get(self, call_id: CallId) -> Call | None:
        return self.touch(self._calls.get(call_id))

    def known(self, call_id: CallId) -> Call | None:
        """The same for whoever changes nothing."""
        return self._calls.get(call_id)

    def touch(self, call: Call | None) -> Call | None:
        """Something of the call may be about to change."""
        if self.touched is not None and call is not None:
            self.touched.add(call.id)
        return call

    def of(self, dialog: DialogId, *, looking: bool = False) -> Call | None:
        """The call that the dialog belongs to; its session is then the one at hand. `looking`:
        nothing else of it changes."""
        call = self.known(self._by_dialog.get(dialog, CallId("")))
        if call is not None:
            call.at = next(each for each in call.branches if each.dialog == dialog)
        return call if looking else self.touch(call)

    def tied(self, peer: str, keys: Iterable[Key]) -> Call | None:
        """A call that shares one of `keys`."""
        found = (self.get(self._by_tie.get((peer, key), CallId(""))) for key in keys)
        return next((call for call in found if call is not None), None)

    def open(self, call: Call, tracks: tuple[int, ...], now: float) -> None:
        """A call that may be recorded, or that waits for its parties: asks for its sockets."""
        self._calls[call.id] = call
        self._by_dialog[call.at.dialog] = call.id
        for key in call.ties:
            self._by_tie.setdefault((call.peer.name, key), call.id)
        self.watch(call, now + ALLOCATE_S)
        self.out.append(Allocate(call.id, tracks, call.at.streams.host))

    def succeed(self, heir: Call) -> None:
        """A call in the sessions of one that has just been removed: it has its sockets already."""
        self._calls[heir.id] = heir
        self.touch(heir)
        self._by_dialog |= {each.dialog: heir.id for each in heir.branches}
        for key in heir.ties:
            self._by_tie.setdefault((heir.peer.name, key), heir.id)

    def take_up(self, call: Call) -> None:
        """One that another process had: its sockets are there."""
        call.at = next(each for each in call.branches if each.dialog == call.at.dialog)
        self._calls[call.id] = call
        self._by_dialog |= {each.dialog: call.id for each in call.living()}
        for key in call.ties:
            self._by_tie.setdefault((call.peer.name, key), call.id)
        call.watched_at = None
        self.watch(call, call.check_at)

    def join(self, call: Call, branch: Branch, tracks: tuple[int, ...]) -> None:
        """One more recording session of a call: asks for its sockets."""
        call.branches.append(branch)
        call.at = branch
        self._by_dialog[branch.dialog] = call.id
        for key in call.ties:
            self._by_tie.setdefault((call.peer.name, key), call.id)
        self.out.append(Allocate(call.id, tracks, branch.streams.host))

    def leave(self, call: Call, branch: Branch) -> None:
        """The session is over, and the call is not."""
        branch.over = True
        self._by_dialog.pop(branch.dialog, None)
        call.at = (call.living() or call.branches)[-1]

    def remove(self, call: Call) -> None:
        self.touch(call)
        del self._calls[call.id]
        for branch in call.branches:
            self._by_dialog.pop(branch.dialog, None)
        for key in call.ties:
            if self._by_tie.get((call.peer.name, key)) == call.id:
                del self._by_tie[call.peer.name, key]

    def report(self, kind: str, peer: str, reason: str = "") -> None:
        sentences: Mapping[str, str] = reports.SENTENCES
        self.out.append(Report(kind, peer, reason or sentences.get(kind, kind)))

    def watch(self, call: Call, at: float) -> None:
        """Sets the call's one deadline. A later one waits for the timer that is set already."""
        self.touch(call)
        call.check_at = at
        if call.watched_at is None or at < call.watched_at:
            call.watch += 1
            call.watched_at = at
            self._timers.set(at, (call.id, call.watch))

    def due(self, now: float) -> Iterator[Call]:
        """The calls whose deadline has come."""
        for call_id, watch in self._timers.due(now):
            call = self.get(call_id)
            if call is None or call.watch != watch:
                continue
            call.watched_at = None
            if call.check_at > now:
                self.watch(call, call.check_at)
            else:
                yield call

    def next_watch(self) -> float | None:
        return self._timers.next()
