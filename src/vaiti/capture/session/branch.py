"""One recording session of a call: its dialog, its streams, what it says of the parties.

Most calls have one. Some senders open one for each voice, or a new one when the call moves on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

from vaiti.capture.parties import Addresses, Parties
from vaiti.capture.policy import Record
from vaiti.capture.session.media import OFFERED, Streams
from vaiti.capture.session.request import Said
from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.incoming import NO_HANDLE, DialogId, Handle
from vaiti.capture.siprec.metadata import EVERY, Key, Metadata
from vaiti.values.masked import withheld


@dataclass(slots=True, repr=False)
class Branch:
    """`pending` is the request that waits for its answer, `bare` that it asks for no description.

    `answered`: our 2xx has gone out; `over`: the session has ended, its tracks stay the call's;
    nothing that comes after `over_us` is kept of them, where the call only may go on.
    """

    dialog: DialogId
    flow: Flow
    streams: Streams
    metadata: Metadata
    carriers: dict[str, Addresses]
    pending: Handle = NO_HANDLE
    bare: bool = False
    answered: bool = False
    over: bool = False
    over_us: int = 0
    record: Record | None = None

    def take_on(self, said: Said) -> tuple[int, ...]:
        """The tracks of the first offer, or of the one that we shall make: one voice alone needs
        one stream."""
        if said.sdp is not None:
            return self.streams.take_on(said.sdp)
        return self.streams.invite_offer(1 if EVERY in self.metadata.senders else OFFERED)

    def parties(self) -> Parties:
        streams = self.streams
        return Parties(self.metadata, self.carriers, streams.labels(), streams.indexes())

    def learn(self, record: Record) -> None:
        """What was known and is not said again stands."""
        self.record = joined(self.record, record) if self.record else record

    def told_by_track(self) -> dict[int, tuple[str, str]]:
        """Of each track its label and its role."""
        if self.record is None:
            return {}
        pairs = zip(self.record.labels, self.record.roles, strict=True)
        return dict(zip(self.streams.in_order(), pairs, strict=False))

    def left_out(self) -> frozenset[int]:
        """The tracks that carry a conversation without the customer."""
        places = self.record.left_out if self.record else ()
        return frozenset(
            track for place, track in enumerate(self.streams.in_order()) if place in places
        )

    def fallen_silent(self) -> frozenset[Key]:
        """The sides that sent a stream and are now said to send none."""
        return self.record.told_silent & self.record.sending if self.record else frozenset()


def joined(before: Record, record: Record) -> Record:
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


def media_host(flow: Flow, ours: Sequence[str]) -> str:
    """Where media is to be sent: the address that the message came to, or one of its kind."""
    if flow.local.host in ours:
        return flow.local.host
    version = ip_address(flow.remote.host).version
    same = (host for host in ours if ip_address(host).version == version)
    return next(same, flow.local.host)
