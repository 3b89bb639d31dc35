"""What the recorder makes of a sender's messages, for those who connect a phone system. Pure.

The messages of one recording session are taken one after the other, as if they came from a listed
peer; a bare body is put into an INVITE first. Numbers come out masked, names not at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vaiti.capture import numbers, sdes, sdp
from vaiti.capture.events import Allocate, Begin, Draft, End, Output, Report, Send
from vaiti.capture.orders import Orders, Peer
from vaiti.capture.parties import Parties, carriers, without_metadata
from vaiti.capture.policy import CUSTOMER_LEFT, Policy, Record, Refuse
from vaiti.capture.session.explain_input import (
    OUR_HOST,
    THEIR_HOST,
    NotExplained,
    acknowledgement,
    as_message,
    in_session,
)
from vaiti.capture.session.request import Said, Unreadable, read
from vaiti.capture.session.session import Session
from vaiti.capture.sip.admission import warnings_of
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.message import Request, SipError, parse
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import Key, Metadata, Participant
from vaiti.vault.manifest import Manifest

FIRST_PORT = 40_000

RECORDED = "recorded"
WAITING = "waiting"
ANSWER_GIVEN = "this is an answer: give the message that the sender sends"

_FLOW = Flow("udp", Address(OUR_HOST, 5060), Address(THEIR_HOST, 5060))


@dataclass(frozen=True, slots=True)
class Party:
    """`number` is masked; `side` is customer, agent or unknown; `labels` of the streams sent; `by`
    says by what the customer is known (`vaiti.capture.roles`)."""

    side: str
    number: str
    present: bool
    labels: tuple[str, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """An m-line: what is offered and what becomes of it. `role` is "" while nothing is recorded,
    `by` by what it is known, `suite` that of SRTP or ""."""

    label: str
    kind: str
    codecs: tuple[str, ...]
    offered: str
    taken: bool
    role: str
    suite: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """`what` was given; `status` is the SIP answer, 0 for none, `answer` its description.

    `verdict` is recorded, waiting, the constant of a refusal, or "" when nothing was decided;
    `held` says whether the call is on hold now, `over` whether it has ended; `ended_by` how this
    message ended one, also where the next call of the session has begun by it.
    """

    what: str
    status: int = 0
    answer: str = ""
    verdict: str = ""
    direction: str = ""
    line: str = ""
    customer: str = ""
    devices: tuple[str, ...] = ()
    parties: tuple[Party, ...] = ()
    streams: tuple[Stream, ...] = ()
    held: bool = False
    over: bool = False
    ended_by: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Explainer:
    """One recording session. `peer` must be one of the orders' peers, or a likely one; `codecs` are
    taken besides G.711."""

    orders: Orders
    peer: Peer
    codecs: frozenset[str] = frozenset()
    _session: Session = field(init=False)
    _now: float = field(init=False)
    _metadata: Metadata | None = None
    _record: Record | None = None
    _our_tag: str = ""
    _manifest: Manifest | None = None
    _turn: int = 0

    def __post_init__(self) -> None:
        everywhere = replace(self.peer, addresses=(THEIR_HOST,), transports=("udp",), digest=())
        self._now = self.orders.issued_us / 1e6
        orders = replace(self.orders, peers=(everywhere,))
        self._session = Session("explain", orders, [OUR_HOST], codecs=self.codecs)

    def explain(self, data: bytes) -> Explained:
        """Takes the next message, body, description or metadata. Raises NotExplained."""
        what, message = as_message(data)
        self._turn += 1
        self._now += 1.0
        try:
            parsed = parse(message)
            if not isinstance(parsed, Request):
                raise NotExplained(ANSWER_GIVEN)
            request = in_session(parsed, self._our_tag)
            outputs = self._exchange(request)
        except SipError as error:
            return Explained("unreadable", status=error.status)
        what = what or parsed.method
        try:
            said = read(request, sdes.ALLOWED, sdp.G711 | self.codecs)
        except Unreadable as error:
            return Explained(what, status=error.status)
        return self._explained(what, request, said, outputs)

    def _exchange(self, request: Request) -> list[Output]:
        self._session.receive(request.encode(), _FLOW, self._now)
        outputs = self._taken()
        if request.method == "BYE":
            self._session.handle_timer(self._now + self.peer.rejoin_s)  # nobody comes again
            outputs += self._taken()
        if request.method == "INVITE" and (tag := _tag(outputs)):
            self._our_tag = tag
            outputs += self._acknowledge(request)
        return outputs

    def _taken(self) -> list[Output]:
        outputs: list[Output] = []
        while taken := self._session.take():
            outputs += taken
            for each in taken:
                if isinstance(each, Allocate):
                    ports = {track: FIRST_PORT + 2 * track for track in each.tracks}
                    self._session.allocated(each.call_id, ports, self._now)
                elif isinstance(each, Begin | Draft):
                    self._manifest = each.draft
                elif isinstance(each, End):
                    self._manifest = each.facts
        return outputs

    def _acknowledge(self, request: Request) -> list[Output]:
        message = acknowledgement(request, self._our_tag).encode()
        self._session.receive(message, _FLOW, self._now)
        return self._taken()

    def _explained(
        self, what: str, request: Request, said: Said, outputs: list[Output]
    ) -> Explained:
        told = said.metadata or (None if self._metadata else without_metadata(request))
        if told is not None:
            self._metadata = merge(self._metadata, told) if self._metadata else told
        assert self._metadata is not None
        media = said.sdp.media if said.sdp else ()
        labels = tuple(each.label for each in media if each.acceptable)
        indexes = tuple(index for index, each in enumerate(media) if each.acceptable)
        self._tell_sides(Parties(self._metadata, carriers(request), labels, indexes))
        facts = self._manifest
        ends = [each.facts.ended_by for each in outputs if isinstance(each, End)]
        warnings = dict.fromkeys(
            (*request.warnings, *warnings_of(request), *said.warnings, *_given(told))
        )
        if facts is not None:
            warnings.update(dict.fromkeys(facts.warnings))
        return Explained(
            what,
            status=_status(outputs),
            answer=_description(outputs),
            verdict=_verdict(outputs, facts),
            direction=facts.direction if facts else "",
            line=facts.line if facts else "",
            customer=facts.customer if facts else "",
            devices=_now_present(facts),
            parties=tuple(map(self._party, self._metadata.participants.values())),
            streams=_streams(media, facts, self._record.roles_by if self._record else ()),
            held=_held(facts),
            over=facts is not None and facts.state == "complete",
            ended_by=ends[-1] if ends else "",
            warnings=tuple(warnings),
        )

    def _tell_sides(self, parties: Parties) -> None:
        policy = Policy(self.orders)
        if self._record is None:
            verdict = policy.decide(parties, self.peer, self._now)
        else:
            verdict = policy.review(parties, self.peer, self._record)
        if isinstance(verdict, Refuse) and verdict.reason == CUSTOMER_LEFT:
            verdict = policy.decide(parties, self.peer, self._now)
        if isinstance(verdict, Record):
            self._record = verdict

    def _party(self, participant: Participant) -> Party:
        assert self._metadata is not None
        masked = (
            numbers.mask(each.aor.reveal(), self.orders.zone_country).text
            for each in participant.name_ids[:1]
        )
        side = self._side(participant.id)
        return Party(
            side=side,
            number=next(masked, ""),
            present=participant.id in self._metadata.present,
            labels=tuple(map(_plain, self._metadata.labels_sent(participant.id))),
            by=self._record.customer_by if self._record and side == "customer" else "",
        )

    def _side(self, key: Key) -> str:
        if self._record is None:
            return "unknown"
        if key == self._record.customer_key:
            return "customer"
        return "agent" if key in self._record.agent_keys else "unknown"


def _tag(outputs: Iterable[Output]) -> str:
    for each in _answers(outputs):
        found = re.search(rb"(?im)^To:[^\r\n]*;tag=([^;\s]+)", each)
        if found and each.startswith(b"SIP/2.0 2"):
            return found[1].decode("ascii", "replace")
    return ""


def _answers(outputs: Iterable[Output]) -> list[bytes]:
    sent = (each.data for each in outputs if isinstance(each, Send))
    return [data for data in sent if re.match(rb"SIP/2\.0 [2-6]", data)]


def _status(outputs: Iterable[Output]) -> int:
    answers = _answers(outputs)
    return int(answers[0].split(None, 2)[1]) if answers else 0


def _description(outputs: Iterable[Output]) -> str:
    for each in _answers(outputs):
        return each.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
    return ""


def _verdict(outputs: Iterable[Output], facts: Manifest | None) -> str:
    reported = [each.kind for each in outputs if isinstance(each, Report)]
    if reported:
        return reported[-1]
    if facts is not None:
        return RECORDED
    return WAITING if _status(outputs) == 200 else ""


def _given(told: Metadata | None) -> tuple[str, ...]:
    return told.warnings if told else ()


def _now_present(facts: Manifest | None) -> tuple[str, ...]:
    if facts is None:
        return ()
    return tuple(leg.device for leg in facts.legs if leg.to_us >= facts.ended_us)


def _held(facts: Manifest | None) -> bool:
    return facts is not None and any(span.to_us >= facts.ended_us for span in facts.holds)


def _streams(
    media: Iterable[sdp.Media], facts: Manifest | None, roles_by: Iterable[str]
) -> tuple[Stream, ...]:
    by = iter(roles_by)
    roles = iter(each.role for each in facts.tracks) if facts else iter(())
    return tuple(
        Stream(
            label=_plain(each.label),
            kind=each.kind,
            codecs=tuple(f"{codec.name}/{codec.clock}" for codec in each.codecs),
            offered=each.direction if each.port else "closed",
            taken=each.acceptable,
            role=next(roles, "") if each.acceptable else "",
            suite=each.crypto.suite if each.crypto else "",
            by=next(by, "") if each.acceptable else "",
        )
        for each in media
    )


def _plain(label: str) -> str:
    """A label unless it might be somebody's number."""
    return label if sum(each.isdigit() for each in label) <= 6 else "…"
