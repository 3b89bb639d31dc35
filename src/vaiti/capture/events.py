"""What the pure session asks of the world, and what the world is told. Frozen, no behaviour.

All `_us` fields are microseconds since the epoch, UTC.
"""

from dataclasses import dataclass, field

from vaiti.capture.sdes import Crypto
from vaiti.capture.sip.flow import Address, Send
from vaiti.values.ids import CallId
from vaiti.vault.manifest import Manifest

__all__ = [
    "Allocate",
    "AskLastHeard",
    "Asked",
    "Begin",
    "Draft",
    "End",
    "Expect",
    "Forget",
    "Output",
    "Report",
    "Send",
    "Withhold",
]


@dataclass(frozen=True, slots=True)
class Allocate:
    """Bind one UDP socket for each of `tracks` on `host`; answer with `Session.allocated`."""

    call_id: CallId
    tracks: tuple[int, ...]
    host: str


@dataclass(frozen=True, slots=True)
class Expect:
    """What track `track` may carry from now on: `codecs` maps payload type to (name, clock in Hz).

    `remote_host` is the only address accepted; `active` is False while on hold or at port 0,
    `paused` says that nothing is kept although it may flow.
    `ignored` are payload types to drop by name (telephone-event, comfort noise is not among them).
    `crypto`: the packets are SRTP with this key of the sender's. `until_us`: what arrived later is
    not kept, though it may have been read already; 0 for no such time.
    """

    call_id: CallId
    track: int
    label: str
    remote: Address
    codecs: dict[int, tuple[str, int]]
    ignored: dict[int, str]
    active: bool
    paused: bool = False
    crypto: Crypto | None = field(default=None, repr=False)
    until_us: int = 0


@dataclass(frozen=True, slots=True)
class Begin:
    """Recording starts: packets that arrived before `at_us` are dropped as `before_answer`.

    `draft` is what is known so far, state draft; seal and journal it (OPEN, DRAFT) at once.
    `keypad`: key tones are taken out of the sound before it is sealed.
    """

    call_id: CallId
    at_us: int
    draft: Manifest
    keypad: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The facts changed (transfer, hold): journal this draft."""

    call_id: CallId
    draft: Manifest


@dataclass(frozen=True, slots=True)
class AskLastHeard:
    """When did each track last carry a packet? Answer with `Session.last_heard`."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class End:
    """Recording ends. Packets after `facts.ended_us` are cut; close the sockets, or leave them to
    `heir`, the next call of the same session.

    The recorder adds epochs, segments, sha256, packets and drops to `facts` and seals it last.
    """

    call_id: CallId
    facts: Manifest
    heir: CallId | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing of this call is kept (cancelled, refused after allocation, objected to): VOID.

    `over`: close its sockets, or leave them to `heir`; else the session goes on, and they take what
    nobody keeps.
    """

    call_id: CallId
    over: bool = True
    heir: CallId | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """For an alarm or a counter. Holds no number, name, address or header of the caller's."""

    kind: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Withhold:
    """Leave word for other recorders, before anything else is heard: from `since_us` on nothing is
    kept of the call that they know by one of `sessions` (told_apart), as `by` has told; 0: it is
    over, of whatever word lies under one of `sessions`. Of a call that they know by one of `alike`
    only, it is over at `until_us` at the latest."""

    sessions: tuple[str, ...]
    by: str
    since_us: int = 0
    reason: str = ""
    alike: tuple[str, ...] = ()
    until_us: int = 0


Asked = Allocate | Expect | Begin | Draft | AskLastHeard | End | Forget | Report | Withhold
Output = Send | Asked
