"""The facts of one call while it lasts, and the manifest that is made of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from vaiti.capture.orders import Peer
from vaiti.capture.parties import Addresses, Parties
from vaiti.capture.policy import Record
from vaiti.capture.session.media import Streams
from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.incoming import NO_HANDLE, DialogId, Handle
from vaiti.capture.siprec.metadata import Key, Metadata
from vaiti.values.ids import CallId
from vaiti.values.masked import withheld
from vaiti.vault.manifest import AgentLeg, Manifest, Pause, Span, Track

MAX_HOLDS = 1_000  # spans of one call; later ones are joined to the last
MAX_PAUSES = 1_000  # of one call; later ones are joined to the last
MAX_LEGS = 100  # agents' parts of one call; later ones are joined to one of nobody's
MAX_WARNINGS = 32  # names in one manifest

HOLDS_JOINED = "holds_joined"
PAUSES_JOINED = "pauses_joined"
LEGS_JOINED = "legs_joined"


class State(Enum):
    """ALLOCATING: the INVITE waits for sockets. ANSWERED: answered, nothing is recorded yet.

    RECORDING. CLOSING: over; the end is set by when the customer was last heard. DROPPED: the
    session goes on, and nothing of it is kept.
    """

    ALLOCATING = auto()
    ANSWERED = auto()
    RECORDING = auto()
    CLOSING = auto()
    DROPPED = auto()


@dataclass(slots=True, repr=False)
class Call:
    """`pending` is the request that waits for its answer, `bare` that it asks for no description.

    Instants are microseconds, UTC: `heard_us` is the customer's last packet known of, 0 when none;
    `counted_us` the instant from which silence is counted anew, `excused_since_us` that from which
    it does not count. `check_at` is the call's deadline,
    looked at when the timer numbered `watch` rings at `watched_at`.
    """

    id: CallId
    peer: Peer
    dialog: DialogId
    flow: Flow
    streams: Streams
    metadata: Metadata
    carriers: dict[str, Addresses]
    record: Record | None = None
    state: State = State.ALLOCATING
    pending: Handle = NO_HANDLE
    bare: bool = False
    watch: int = 0
    check_at: float = 0.0
    watched_at: float | None = None
    began_us: int = 0
    heard_us: int = 0
    counted_us: int = 0
    changed: bool = False
    held_since_us: int | None = None
    excused_since_us: int | None = None
    holds: list[Span] = field(default_factory=list)
    paused_since_us: int | None = None
    pause_reason: str = ""
    pauses: list[Pause] = field(default_factory=list)
    legs: list[AgentLeg] = field(default_factory=list)
    open_legs: dict[str, int] = field(default_factory=dict)
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def parties(self) -> Parties:
        return Parties(self.metadata, self.carriers, self.streams.labels())

    def warn(self, names: Iterable[str]) -> None:
        for name in names:
            if len(self.warnings) < MAX_WARNINGS:
                self.warnings[name] = None

    @property
    def silent_since_us(self) -> int:
        return max(self.heard_us, self.counted_us)

    def begin(self, now_us: int) -> None:
        self.state = State.RECORDING
        self.began_us = self.counted_us = now_us
        self.follow(now_us)

    def learn(self, record: Record) -> None:
        """Takes over what new metadata says; what was known and is not said again stands."""
        before = self.record
        self.warn(record.warnings)
        if before is None:
            self.record = record
            return
        self.record = _joined(before, record)
        self.changed = self.changed or _facts(before) != _facts(self.record)

    def follow(self, now_us: int) -> bool:
        """Brings facts, holds and legs to the present; whether anything changed."""
        changed, self.changed = self.changed, False
        legs = self._follow_legs(now_us)
        excuse = self._follow_excuse(now_us)
        return self._follow_hold(now_us) or excuse or legs or changed

    @property
    def held(self) -> bool:
        """Whether a stream is inactive, or a side that sent is said to send nothing."""
        return bool(self.streams.inactive() or self._fallen_silent())

    @property
    def excused(self) -> bool:
        """Whether it is the customer's stream that is inactive, so that silence is no sign.

        While recording is paused nobody is listened for.
        """
        if self.paused_since_us is not None:
            return True
        key = self.record.customer_key if self.record else None
        inactive = self.streams.inactive() & self.customer_tracks()
        return bool(inactive) or key in self._fallen_silent()

    def pause(self, reason: str, now_us: int) -> None:
        self.paused_since_us, self.pause_reason = now_us, reason
        self.changed = True

    def resume(self, now_us: int) -> None:
        self.pauses = self._joined_pauses(now_us)
        self.paused_since_us = None
        self.changed = True

    def _joined_pauses(self, until_us: int) -> list[Pause]:
        since = self.paused_since_us
        if since is None or until_us < since:
            return self.pauses
        if len(self.pauses) >= MAX_PAUSES:
            self.warn([PAUSES_JOINED])
            return [*self.pauses[:-1], Pause(self.pauses[-1].from_us, until_us, self.pause_reason)]
        return [*self.pauses, Pause(since, until_us, self.pause_reason)]

    def _fallen_silent(self) -> frozenset[Key]:
        return self.record.told_silent & self.record.sending if self.record else frozenset()

    def _follow_excuse(self, now_us: int) -> bool:
        if self.excused == (self.excused_since_us is not None):
            return False
        if self.excused:
            self.excused_since_us = now_us
        else:
            self.excused_since_us = None
            self.counted_us = now_us
        return True

    def _follow_hold(self, now_us: int) -> bool:
        if self.held and self.held_since_us is None:
            self.held_since_us = now_us
            return True
        if not self.held and self.held_since_us is not None:
            self.holds = self._joined_holds(now_us)
            self.held_since_us = None
            return True
        return False

    def _joined_holds(self, until_us: int) -> list[Span]:
        if self.held_since_us is None or until_us < self.held_since_us:
            return self.holds
        if len(self.holds) >= MAX_HOLDS:
            self.warn([HOLDS_JOINED])
            return [*self.holds[:-1], Span(self.holds[-1].from_us, until_us)]
        return [*self.holds, Span(self.held_since_us, until_us)]

    def _follow_legs(self, now_us: int) -> bool:
        devices = self.record.devices if self.record else ()
        if not self.legs and not self.open_legs:
            devices = devices or ("",)
        said = self.record.said if self.record else {}
        gone = [
            device
            for device in self.open_legs
            if device not in devices or _newly_said(said.get(device, ()), self.said[device])
        ]
        for device in gone:
            self._close_leg(device, now_us)
        come = [device for device in devices if device not in self.open_legs]
        for device in come:
            self.open_legs[device] = now_us
            self.said[device] = said.get(device, ())
        return bool(gone or come)

    def _close_leg(self, device: str, until_us: int) -> None:
        said = self.said.pop(device)
        leg = AgentLeg(device, self.open_legs.pop(device), until_us, said)
        if len(self.legs) < MAX_LEGS:
            self.legs.append(leg)
            return
        # of nobody in particular: one agent must not hear another's part (N-28)
        self.warn([LEGS_JOINED])
        first = self.legs[MAX_LEGS].from_us if len(self.legs) > MAX_LEGS else leg.from_us
        self.legs[MAX_LEGS:] = [AgentLeg("", first, until_us)]

    def customer_tracks(self) -> frozenset[int]:
        """The tracks on which the customer is heard; all, when it is not known which."""
        roles = self.record.roles if self.record else ()
        known = {track for track, role in enumerate(roles) if role == "customer"}
        return frozenset(known or self.streams.tracks.values())

    def manifest(
        self, recorder: str, ended_us: int, *, ended_by: str = "", state: str = "draft"
    ) -> Manifest:
        """The facts up to `ended_us`; what is still open then ends then.

        A draft names open legs and holds even when they have only begun: their `to_us` is that of
        the draft.
        """
        assert self.record is not None
        labels, roles = self.record.labels, self.record.roles
        return Manifest(
            call_id=self.id,
            recorder=recorder,
            peer=self.peer.name,
            direction=self.record.direction,
            line=self.record.line.number,
            customer=self.record.customer.text,
            started_us=self.began_us,
            ended_us=ended_us,
            ended_by=ended_by,
            state=state,
            legs=self._legs_until(ended_us, state),
            tracks=tuple(
                Track(track, label, role)
                for track, (label, role) in enumerate(zip(labels, roles, strict=True))
            ),
            holds=self._holds_until(ended_us, state),
            pauses=self._pauses_until(ended_us, state),
            warnings=tuple(self.warnings),
        )

    def _legs_until(self, ended_us: int, state: str) -> tuple[AgentLeg, ...]:
        still = [
            AgentLeg(device, since, ended_us, self.said[device])
            for device, since in self.open_legs.items()
        ]
        return tuple(
            replace(leg, to_us=min(leg.to_us, ended_us))
            for leg in (*self.legs, *still)
            if leg.from_us < ended_us or leg.from_us == self.began_us or state == "draft"
        )

    def _holds_until(self, ended_us: int, state: str) -> tuple[Span, ...]:
        return tuple(
            Span(span.from_us, min(span.to_us, ended_us))
            for span in self._joined_holds(ended_us)
            if span.from_us < min(span.to_us, ended_us) or state == "draft"
        )

    def _pauses_until(self, ended_us: int, state: str) -> tuple[Pause, ...]:
        return tuple(
            replace(each, to_us=min(each.to_us, ended_us))
            for each in self._joined_pauses(ended_us)
            if each.from_us < min(each.to_us, ended_us) or state == "draft"
        )


def _newly_said(said: tuple[str, ...], before: tuple[str, ...]) -> bool:
    """Whether the sender now names another agent at the device; to be silent changes nothing."""
    now, then = ([each for each in one if ":" in each] for one in (said, before))
    return bool(now) and now != then


def _joined(before: Record, record: Record) -> Record:
    pairs = zip(record.roles, before.roles, strict=False)
    roles = [new if new != "unknown" else old for new, old in pairs]
    return replace(
        record,
        customer=record.customer if before.customer == withheld() else before.customer,
        roles=(*roles, *record.roles[len(roles) :]),
        customer_key=record.customer_key or before.customer_key,
        agent_keys=record.agent_keys or before.agent_keys,
        sending=record.sending | before.sending,
    )


def _facts(record: Record) -> tuple[object, ...]:
    return (record.customer, record.roles, record.labels)
