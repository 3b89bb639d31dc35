"""The facts of one call while it lasts, and the manifest that is made of them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from vaiti.capture.agents import newly_said
from vaiti.capture.events import Withhold
from vaiti.capture.orders import Peer
from vaiti.capture.policy import Record
from vaiti.capture.session.branch import Branch, joined
from vaiti.capture.session.media import Kept
from vaiti.capture.session.signs import Sign
from vaiti.capture.session.starting import Facts
from vaiti.capture.siprec.metadata import Key
from vaiti.values.ids import CallId
from vaiti.vault.manifest import AgentLeg, Manifest, Pause, Span, Track

MAX_HOLDS = MAX_PAUSES = 1_000  # spans of one call; later ones are joined to the last
MAX_LEGS = 100  # agents' parts of one call; later ones are joined to one of nobody's
MAX_WARNINGS = 32  # names in one manifest
FRESH_US = 2_000_000  # within which both sides must have been heard to speak with each other

AGENT, SENDER = "agent", "sender"
"""Who has paused a call; each ends what he has begun."""
SENDERS_PAUSE = "sender"
"""The reason of a pause that the sender asked for."""

HOLDS_JOINED, PAUSES_JOINED, LEGS_JOINED = "holds_joined", "pauses_joined", "legs_joined"


class State(Enum):
    """ALLOCATING: the INVITE waits for sockets. ANSWERED: answered, nothing is recorded yet.

    RECORDING. CLOSING: over; the end is set by when the customer was last heard. DROPPED: the
    session goes on, and nothing of it is kept. PARTED: its session has ended, another may come.
    """

    ALLOCATING = auto()
    ANSWERED = auto()
    RECORDING = auto()
    CLOSING = auto()
    DROPPED = auto()
    PARTED = auto()


@dataclass(slots=True, repr=False)
class Call:
    """`branches` are its recording sessions, `at` the one in which something has just happened.

    Instants are microseconds, UTC: `heard_us` is the customer's last packet known of, 0 when none;
    `counted_us` the instant from which silence is counted anew, `excused_since_us` that from which
    it does not count. `ties` tell which other recording sessions are of the same call,
    `close_ties` those that carry the same conversation; a call that is `spare_of` another one is
    kept only if that one is lost; one that `succeeds` another came after it in the same recording
    session. `check_at` is the call's deadline, looked at when the timer numbered `watch` rings at
    `watched_at`. `sessions`: by what other recorders know it; `named`: headers that may tell it
    apart where that does not; `words`: what those are told of it; `inherited`: pauses told to them.
    """

    id: CallId
    peer: Peer
    at: Branch
    branches: list[Branch] = field(default_factory=list)
    ties: frozenset[Key] = frozenset()
    close_ties: frozenset[Key] = frozenset()
    spare_of: CallId | None = None
    succeeds: bool = False
    record: Record | None = None
    state: State = State.ALLOCATING
    watch: int = 0
    check_at: float = 0.0
    watched_at: float | None = None
    began_us: int = 0
    heard_us: int = 0
    counted_us: int = 0
    changed: bool = False
    wait_until: float = 0.0
    parted_us: int = 0
    heard: dict[int, int] = field(default_factory=dict)
    state_told: bool | None = None
    answer_told: bool = False
    announced: bool = False
    has_spare: bool = False
    held_since_us: int | None = None
    excused_since_us: int | None = None
    holds: list[Span] = field(default_factory=list)
    paused_since_us: int | None = None
    pause_reason: str = ""
    agents_reason: str = ""
    pausers: dict[str, int] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    sessions: tuple[str, ...] = ()
    named: frozenset[Key] = frozenset()
    words: dict[str, Withhold] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)
    legs: list[AgentLeg] = field(default_factory=list)
    open_legs: dict[str, int] = field(default_factory=dict)
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.branches.append(self.at)

    @property
    def devices(self) -> Collection[str]:
        """Of the agents who take part now, or will when recording begins, if it ever does."""
        told = self.record.devices if self.record else ()
        if self.state is State.DROPPED:
            return {*self.open_legs, *told}
        return told if self.state is State.ANSWERED else self.open_legs.keys()

    def living(self) -> list[Branch]:
        """The recording sessions that go on."""
        return [each for each in self.branches if not each.over]

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
        self.warn(record.warnings)
        self.at.learn(record)
        self.combine()

    def combine(self) -> None:
        """The call's facts are those of its newest session and the tracks and devices of all."""
        newest = self.at.record
        before = self.record
        if newest is None:
            return
        told = self._told_by_track()
        record = replace(
            joined(before, newest) if before else newest,
            devices=tuple(dict.fromkeys(self._devices())),
            said=self._said(),
            labels=tuple(label for label, _ in told),
            roles=tuple(role for _, role in told),
        )
        self.record = record
        facts = [(each.customer, each.roles, each.labels) for each in (before or record, record)]
        self.changed = self.changed or facts[0] != facts[1]

    def _told_by_track(self) -> list[tuple[str, str]]:
        found: dict[int, tuple[str, str]] = {}
        for branch in self.branches:
            found |= branch.told_by_track()
        used = range(max(found, default=-1) + 1)
        return [found.get(track, ("", "unknown")) for track in used]

    def _said(self) -> dict[str, tuple[str, ...]]:
        said: dict[str, tuple[str, ...]] = {}
        for branch in (*self.living(), self.at):
            said |= branch.record.said if branch.record is not None else {}
        return said

    def _devices(self) -> Iterator[str]:
        for branch in (self.at, *self.living()):
            if branch.record is not None:
                yield from branch.record.devices

    def follow(self, now_us: int) -> bool:
        """Brings facts, holds and legs to the present; whether anything changed."""
        changed, self.changed = self.changed, False
        legs = self._follow_legs(now_us)
        excuse = self._follow_excuse(now_us)
        return self._follow_hold(now_us) or excuse or legs or changed

    @property
    def held(self) -> bool:
        """Whether a stream is inactive, or a side that sent is said to send nothing."""
        return bool(self._inactive() or self._fallen_silent())

    @property
    def excused(self) -> bool:
        """Whether it is the customer's stream that is inactive, so that silence is no sign.

        While recording is paused, or left out for a hold, nobody is listened for.
        """
        if self.pausers or self._hold_left_out:
            return True
        key = self.record.customer_key if self.record else None
        return bool(self._inactive() & self.customer_tracks()) or key in self._fallen_silent()

    def _inactive(self) -> frozenset[int]:
        return frozenset().union(*[each.streams.inactive() for each in self.living()])

    def pause(self, by: str, reason: str, now_us: int) -> None:
        """Of several who pause the first one's reason stands, and the last one resumes."""
        if not self.pausers:
            self.paused_since_us, self.pause_reason = now_us, reason
            self.changed = True
        self.pausers[by] = now_us
        self.agents_reason = reason if by == AGENT else self.agents_reason

    def resume(self, by: str, now_us: int) -> None:
        del self.pausers[by]
        self.inherited -= {by}
        if not self.pausers:
            self.pauses = self._joined_pauses(now_us)
            self.paused_since_us = None
            self.changed = True

    def note(self, sign: Sign) -> None:
        if sign is Sign.ON or sign is Sign.OFF:
            self.state_told = sign is Sign.ON
        elif sign is Sign.ANSWERED:
            self.answer_told = True
        else:
            self.announced = True

    def told(self, now_us: int) -> Facts:
        """What speaks for the call having been answered and announced."""
        return Facts(
            both=self.record is not None and self.record.both,
            state=self.state_told,
            heard=self._two_way(now_us),
            reported=self.answer_told,
            announced=self.announced,
        )

    def _two_way(self, now_us: int) -> bool:
        """Whether both sides were heard just now; every stream where their roles are not known."""
        fresh = {track for track, at_us in self.heard.items() if now_us - at_us < FRESH_US}
        roles = self.record.roles if self.record else ()
        sides = [
            {track for track, role in enumerate(roles) if role in (side, "mixed")}
            for side in ("customer", "agent")
        ]
        if not all(sides):
            return bool(fresh) and fresh >= self.tracks()
        return all(fresh & side for side in sides)

    def kept_of(self, branch: Branch) -> Kept:
        """What of a session's streams is kept now."""
        if branch.over:
            return Kept.NOTHING
        if self.pausers:
            return Kept.PAUSED
        return Kept.NOTHING if self._hold_left_out else Kept.ALL

    @property
    def _hold_left_out(self) -> bool:
        return self.record is not None and not self.record.line.keeps_hold and self.held

    def outlives(self, branch: Branch) -> bool:
        """Whether the call goes on without this session: others have the customer."""
        others = [each for each in self.living() if each is not branch]
        if not branch.answered or not others:
            return bool(others)
        roles = self.record.roles if self.record else ()
        carry = {track for track, role in enumerate(roles) if role != "agent"}
        return not carry or any(carry & set(each.streams.in_order()) for each in others)

    def _joined_pauses(self, until_us: int) -> list[Pause]:
        since = self.paused_since_us
        if since is None or until_us < since:
            return self.pauses
        if len(self.pauses) >= MAX_PAUSES:
            self.warn([PAUSES_JOINED])
            return [*self.pauses[:-1], Pause(self.pauses[-1].from_us, until_us, self.pause_reason)]
        return [*self.pauses, Pause(since, until_us, self.pause_reason)]

    def _fallen_silent(self) -> frozenset[Key]:
        return frozenset().union(*[each.fallen_silent() for each in self.living()])

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
            if device not in devices or newly_said(said.get(device, ()), self.said[device])
        ]
        for device in gone:
            self.close_leg(device, now_us)
        come = [device for device in devices if device not in self.open_legs]
        for device in come:
            self.open_legs[device] = now_us
            self.said[device] = said.get(device, ())
        return bool(gone or come)

    def close_leg(self, device: str, until_us: int) -> None:
        said, from_us = self.said.pop(device), self.open_legs.pop(device)
        leg = AgentLeg(device, from_us, max(from_us, until_us), said)  # two sockets: any order
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
        return frozenset(known or self.tracks())

    def tracks(self) -> frozenset[int]:
        return frozenset(track for each in self.branches for track in each.streams.in_order())

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
            sessions=self.sessions,
        )

    def _legs_until(self, ended_us: int, state: str) -> tuple[AgentLeg, ...]:
        still = [
            AgentLeg(device, since, ended_us, self.said[device])
            for device, since in self.open_legs.items()
        ]
        return tuple(
            leg if leg.to_us <= ended_us else replace(leg, to_us=ended_us)
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
