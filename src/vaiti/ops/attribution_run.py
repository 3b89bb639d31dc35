"""A made-up day driven through the real thing: SIPREC messages in, legs of people out, counted.

Messages go through the recorder's session, its manifests through intake, the feed's words through
the verb of the API, each at its instant. Only sockets and sound are left out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from vaiti.capture.events import Allocate, End, Output, Send
from vaiti.capture.orders import Intake, Line, Orders, Peer
from vaiti.capture.session.session import Session
from vaiti.capture.sip.flow import Address, Flow
from vaiti.ops.attribution_plan import Call, Day, Kind, Word
from vaiti.ops.phone.messages import Dialog, offer, read, two_parts
from vaiti.ops.phone.metadata import Party, Recording
from vaiti.people.seats import FeedRules
from vaiti.register import agent_feed, attribution, unassigned
from vaiti.register.intake import take_in
from vaiti.register.models import Correction, Desk, Leg
from vaiti.values.clock import to_micros
from vaiti.values.ids import new_object_id
from vaiti.vault.manifest import Manifest

BY = "system:bench"
FIRST_DESK = 2000
PATTERN = "2[0-9]{3}"
CUSTOMER = "sip:+358401234567@carrier.example"
FLOW = Flow("udp", Address("192.0.2.1", 5060), Address("198.51.100.7", 5062))
LOOK_S = 60.0
ROUNDING_S = 0.0001  # of the plan's instants to whole microseconds
GONE_S, TAKEN_IN_S, SOON_S = 1.6, 2.0, 120.0
"""When nothing goes on any more in another session, when a call is taken in after its end, and when
it is looked at for the first time after that."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom the plan's numbers stand for: ids, and what the feed and the sender call them."""

    ids: tuple[UUID, ...]
    names: tuple[str, ...] = field(repr=False)


@dataclass(slots=True)
class Counted:
    """Of legs, and of their seconds: whose they truly are, nobody's, somebody else's."""

    right: int = 0
    unknown: int = 0
    wrong: int = 0
    right_s: float = 0.0
    unknown_s: float = 0.0
    wrong_s: float = 0.0

    @property
    def legs(self) -> int:
        return self.right + self.unknown + self.wrong

    @property
    def percent(self) -> float:
        return 100 * self.right / self.legs if self.legs else 0.0


@dataclass(slots=True)
class Result:
    """`first` is counted some minutes after each call, `last` when the day is over.

    `mistaken` legs were somebody else's for a while, until a late word said whose they are. Of
    those that stay nobody's the assigner is told of `guessed` who it probably was; of these `amiss`
    are somebody else's.
    """

    calls: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    words: int = 0
    moved: int = 0
    mistaken: int = 0
    guessed: int = 0
    amiss: int = 0
    first: Counted = field(default_factory=Counted)
    last: Counted = field(default_factory=Counted)


@dataclass(slots=True)
class _Talk:
    """One recording session, as its sender holds it."""

    call: Call
    dialog: Dialog
    recording: Recording
    status: int = 0


@dataclass(slots=True)
class Runner:
    """`line` is a listed number; `begins` the day's first instant."""

    day: Day
    people: People
    line: str
    begins: datetime
    rules: FeedRules = field(default_factory=FeedRules)
    result: Result = field(default_factory=Result)
    _session: Session = field(init=False)
    _talks: dict[int, _Talk] = field(default_factory=dict)
    _ended: list[Manifest] = field(default_factory=list)
    _fresh: list[tuple[float, UUID]] = field(default_factory=list)

    def __post_init__(self) -> None:
        peer = Peer(
            name="pbx",
            addresses=("198.51.100.0/24",),
            agent_pattern=PATTERN,
            agent_fields=("userid",),
        )
        orders = Orders(
            issued_us=to_micros(self.begins),
            expires_us=to_micros(self.begins + timedelta(days=3)),
            zone_country="FI",
            intake=Intake(self.begins.date().isoformat(), bytes(32)),
            lines=(Line(self.line, recorded=True),),
            peers=(peer,),
        )
        self._session = Session("recorder-1", orders, ["192.0.2.1"])

    def run(self) -> Result:
        for at_s, act, subject in sorted(self._acts(), key=lambda one: (one[0], one[1])):
            getattr(self, f"_{act}")(subject, at_s)
        _count(self, self.result.last, None)
        self._guess()
        taken_away = Correction.objects.filter(what="agent").exclude(before="")
        self.result.mistaken = taken_away.values("leg_id").distinct().count()
        return self.result

    def _guess(self) -> None:
        legs = {leg.id: leg for leg in Leg.objects.filter(person_id__isnull=True)}
        for number, one in unassigned.likely(legs, self.rules).items():
            leg = legs[number]
            middle = leg.started_at + (leg.ended_at - leg.started_at) / 2
            desk = int(leg.device) - FIRST_DESK
            agent = self.day.at(desk, (middle - self.begins).total_seconds())
            self.result.guessed += 1
            self.result.amiss += agent is None or self.people.ids[agent] != one.person

    def _acts(self) -> Iterator[tuple[float, str, int]]:
        last = 0.0
        for number, call in enumerate(self.day.calls):
            yield call.from_s, "invite", number
            for part in call.parts[1:]:
                if part.from_s > call.from_s:
                    yield part.from_s, "change", number
            yield call.to_s, "bye", number
            yield call.to_s + GONE_S, "let_go", number
            yield call.to_s + TAKEN_IN_S, "take_in", number
            last = max(last, call.to_s)
        for number, word in enumerate(self.day.words):
            yield word.comes_s, "word", number
            last = max(last, word.comes_s)
        at = LOOK_S
        while at < last + SOON_S + 2 * LOOK_S:
            yield at, "look", 0
            at += LOOK_S

    def _at(self, at_s: float) -> datetime:
        return self.begins + timedelta(seconds=at_s)

    # The sender

    def _invite(self, number: int, at_s: float) -> None:
        call = self.day.calls[number]
        self.result.calls[call.kind] += 1
        first, *others = (self._party(part.desk, at_s) for part in call.parts)
        if call.kind is Kind.CONSULTATION:
            recording = Recording(others[0], [first])
        else:
            recording = Recording(Party((CUSTOMER,), self._at(at_s)), [first])
        talk = _Talk(call, _dialog(), recording)
        self._talks[number] = talk
        self._send(talk, "INVITE", at_s)
        if talk.status == 200:
            self._send(talk, "ACK", at_s)

    def _change(self, number: int, at_s: float) -> None:
        """Somebody joins; at a transfer, the one before leaves."""
        talk = self._talks[number]
        coming = next(part for part in talk.call.parts if part.from_s == at_s)
        if talk.call.kind is Kind.TRANSFER:
            talk.recording.agents[-1].left = self._at(at_s)
        talk.recording.agents.append(self._party(coming.desk, at_s))
        self._send(talk, "INVITE", at_s)
        self._send(talk, "ACK", at_s)

    def _bye(self, number: int, at_s: float) -> None:
        talk = self._talks.pop(number)
        if talk.status == 200:
            self._send(talk, "BYE", at_s)

    def _let_go(self, _: int, at_s: float) -> None:
        self._session.handle_timer(self._at(at_s).timestamp())
        self._ended += [one.facts for one in self._session.take() if isinstance(one, End)]

    def _party(self, desk: int, at_s: float) -> Party:
        return Party((f"sip:{device(desk)}@pbx.example", f"tel:{self.line}"), self._at(at_s))

    def _send(self, talk: _Talk, method: str, at_s: float) -> None:
        body = kind = ""
        if method == "INVITE":
            document = talk.recording.document()
            if talk.call.names_agent:
                document = self._naming(document, talk.call, at_s)
            description = offer("198.51.100.7", (40_000, 40_002), 1, "sendonly")
            body, kind = two_parts(description, document)
        now = self._at(at_s).timestamp()
        self._session.receive(talk.dialog.request(method, body, kind), FLOW, now)
        while outputs := self._session.take():
            for output in outputs:
                self._happened(talk, output, now)

    def _naming(self, document: str, call: Call, at_s: float) -> str:
        """The sender says who the agent at the last desk is, as some do in extension data."""
        desk = [part.desk for part in call.parts if part.from_s <= at_s][-1]
        agent = self.day.at(desk, at_s)
        assert agent is not None
        said = f'<v:userID xmlns:v="urn:vendor">{self.people.names[agent]}</v:userID>'
        return document.replace("</recording>", f"{said}</recording>")

    def _happened(self, talk: _Talk, output: Output, now: float) -> None:
        if isinstance(output, Allocate):
            ports = {track: 30_000 + 2 * track for track in output.tracks}
            self._session.allocated(output.call_id, ports, now)
        elif isinstance(output, End):
            self._ended.append(output.facts)
        elif isinstance(output, Send) and (answer := read(output.data)) is not None:
            talk.status = answer.status or talk.status
            if 200 <= answer.status < 300:
                talk.dialog.settle(answer)

    # The worker

    def _take_in(self, _: int, at_s: float) -> None:
        while self._ended:
            manifest = self._ended.pop()
            call = take_in(
                manifest,
                new_object_id(),
                sha256=manifest.sha256,
                segments=manifest.segments,
                now=self._at(at_s),
                rules=self.rules,
            )
            self.result.kept += 1
            self._fresh.append((at_s + SOON_S, call))

    def _word(self, number: int, at_s: float) -> None:
        word = self.day.words[number]
        looked = agent_feed.look_at_objects([self._row(word)], self._at(at_s))
        assert not looked.faults, looked.faults
        done = agent_feed.take(looked.named, self.rules, by=BY, now=self._at(at_s))
        self.result.words += 1
        self.result.moved += done.legs

    def _row(self, word: Word) -> dict[str, str]:
        return {
            "person": self.people.names[word.agent],
            "device": f"sip:{device(word.desk)}@pbx.example",
            "event": word.what,
            "from": self._at(word.at_s).isoformat(),
            "id": word.ref,
        }

    def _look(self, _: int, at_s: float) -> None:
        self.result.moved += attribution.look_again(self.rules, self._at(at_s))
        while self._fresh and self._fresh[0][0] <= at_s:
            _count(self, self.result.first, self._fresh.pop(0)[1])


def device(desk: int) -> str:
    return str(FIRST_DESK + desk)


def _dialog() -> Dialog:
    return Dialog(
        target="sip:recorder@192.0.2.1",
        local="sip:src@198.51.100.7",
        remote="sip:recorder@192.0.2.1",
        contact="sip:src@198.51.100.7:5062",
        via="SIP/2.0/UDP 198.51.100.7:5062",
    )


def _count(runner: Runner, counted: Counted, call: UUID | None) -> None:
    """Compares the legs, of one call or all, with who truly sat at their desks."""
    desks = Desk.objects.all() if call is None else Desk.objects.filter(call_id=call)
    devices = {(row.call_id, row.ordinal): row.device for row in desks}
    for leg in Leg.objects.filter(call_id__in={key for key, _ in devices}):
        said = devices[leg.call_id, leg.desk or 0]
        _compare(runner, counted, leg, int(said) - FIRST_DESK)


def _compare(runner: Runner, counted: Counted, leg: Leg, desk: int) -> None:
    """Second by second at its ends and where somebody sat down or rose; a leg is as its worst."""
    begins, ends = ((at - runner.begins).total_seconds() for at in (leg.started_at, leg.ended_at))
    changes = {at for sit in runner.day.sits if sit.desk == desk for at in (sit.from_s, sit.to_s)}
    cuts = [begins, *sorted(at for at in changes if begins < at < ends), ends]
    wrong = unknown = 0.0
    for first, last in pairwise(cuts):
        agent = runner.day.at(desk, (first + last) / 2)
        if leg.person_id is None:
            unknown += last - first
        elif agent is None or runner.people.ids[agent] != leg.person_id:
            wrong += last - first
    counted.wrong_s, counted.unknown_s = counted.wrong_s + wrong, counted.unknown_s + unknown
    counted.right_s += ends - begins - wrong - unknown
    counted.wrong += wrong > ROUNDING_S
    counted.unknown += unknown > ROUNDING_S >= wrong
    counted.right += max(wrong, unknown) <= ROUNDING_S
