"""A second session for the same voices, later in the call: sent twice, or was the first cut off?

A sender that has lost its way to us opens a new session and never ends the old one; so does one
that sends everything twice. The sound tells: where the first session still carries any, the second
is a spare; where it has fallen silent, the call goes on in the second. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vaiti.capture.policy import Record
from vaiti.capture.session.call import Call, State
from vaiti.capture.sip.incoming import DialogId, Incoming
from vaiti.values.ids import CallId

SILENT_S = 1.5  # without a packet on any track, after which a session counts as cut off
SETTLED_S = 3.0  # who opens two sessions at once has opened both by then


@dataclass(frozen=True, slots=True)
class Knock:
    """A session that waits for its answer; `kin` is the call whose voices it brings again."""

    kin: CallId
    incoming: Incoming
    call: Call = field(repr=False)
    tracks: tuple[int, ...]
    record: Record | None = field(repr=False)
    since: float


@dataclass(slots=True)
class Door:
    """The sessions that knock."""

    waiting: list[Knock] = field(default_factory=list)

    def next_deadline(self) -> float | None:
        return min((each.since + SILENT_S for each in self.waiting), default=None)

    def due(self, now: float) -> frozenset[CallId]:
        """The calls of which it has to be asked again when they were last heard."""
        if not self.waiting:
            return frozenset()
        return frozenset(each.kin for each in self.waiting if each.since + SILENT_S <= now)

    def take(self, kin: CallId) -> list[Knock]:
        """Those that knock at a call; they wait no more."""
        found = [each for each in self.waiting if each.kin == kin]
        self.waiting = [each for each in self.waiting if each.kin != kin]
        return found

    def withdraw(self, dialog: DialogId) -> bool:
        """Whether the session was one of them."""
        before = len(self.waiting)
        self.waiting = [each for each in self.waiting if each.incoming.dialog != dialog]
        return len(self.waiting) < before

    def __iter__(self) -> Iterator[Knock]:
        return iter(list(self.waiting))


def doubtful(kin: Call, now: float) -> bool:
    """Whether a second session may be the call's next; on hold or paused it cannot be told."""
    settled = now * 1e6 - kin.began_us >= SETTLED_S * 1e6
    return kin.state is State.RECORDING and settled and not (kin.held or kin.excused)


def cut_off(kin: Call, knock: Knock, now: float) -> bool | None:
    """Whether the call's present session has fallen silent; None for not known yet."""
    newest = max(kin.heard.values(), default=0) / 1e6
    if kin.state is not State.RECORDING or not newest or newest > knock.since:
        return False
    if now - newest >= SILENT_S:
        return True
    return None if now < knock.since + SILENT_S else False
