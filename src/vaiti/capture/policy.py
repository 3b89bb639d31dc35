"""May this be recorded, and who is who? Pure decisions on what a recording session says.

The line register decides: without a listed, recorded line nothing is. docs/siprec.md describes the
order in which line, customer, agent and direction are looked for, and why.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vaiti.capture import conversations, numbers, patterns, roles
from vaiti.capture.agents import Clues, said_of
from vaiti.capture.ends import End, any_end, end_of
from vaiti.capture.matching import ANY, addresses_of, carried, line_key, matches
from vaiti.capture.orders import Line, Orders, Peer
from vaiti.capture.parties import Parties
from vaiti.capture.role_sources import CALLEE_FIRST, CALLER_FIRST
from vaiti.capture.roles import Roles
from vaiti.capture.sides import Side, consulting
from vaiti.capture.siprec.metadata import Key, Participant
from vaiti.values.masked import MaskedNumber, mask_digits, withheld

MAX_DEVICE = patterns.LONGEST  # characters
MAX_ANY_DEVICE = 6  # digits; more may be somebody's telephone number unless a pattern allows them
MOST_KNOWN = 16_384  # lines and devices whose numbers are remembered, for as long as the orders

UNLISTED_LINE = "unlisted_line"
LINE_NOT_RECORDED = "line_not_recorded"
DIRECTION_NOT_RECORDED = "direction_not_recorded"
INTERNAL_CALL = "internal_call"
TRANSFERRED_OUTSIDE = "transferred_outside"
CUSTOMER_LEFT = "customer_left"
ORDERS_EXPIRED = "orders_expired"

DIRECTION_BY_ORDER = "direction_by_order"

_LABEL = re.compile(r"[A-Za-z0-9._-]{1,32}")
_CALLED = frozenset({"called-party", "diversion", "history-info", "to", "request-uri"})
_CALLING = frozenset({"asserted-identity", "from"})


@dataclass(frozen=True, slots=True)
class Record:
    """The call may be recorded. `line` is spelled as in the orders, `direction` is in or out.

    `devices` are those of the agents present; `roles` and `labels` stand in the order of the
    recorded streams, a label that holds the end of the customer's number left out.
    `customer_key` and `agent_keys` are the sender's identifiers, for comparing with later metadata;
    `sending` and `told_silent` those of the two sides that send a stream, or are said to send none.
    `both` says that customer and agent are in the session; `said` what the sender says, by device,
    of who its agent is (vaiti.capture.agents); `left_out` the places of streams that are none of
    this call's; `customer_by` and, of each stream, `roles_by` by what the roles are known
    (vaiti.capture.roles).
    """

    line: Line
    direction: str
    customer: MaskedNumber
    devices: tuple[str, ...]
    roles: tuple[str, ...]
    labels: tuple[str, ...]
    customer_key: Key | None = field(default=None, repr=False)
    agent_keys: frozenset[Key] = field(default=frozenset(), repr=False)
    sending: frozenset[Key] = field(default=frozenset(), repr=False)
    told_silent: frozenset[Key] = field(default=frozenset(), repr=False)
    both: bool = True
    left_out: frozenset[int] = frozenset()
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    customer_by: str = ""
    roles_by: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing of the call may be kept. `status` is the SIP answer, `reason` a constant above."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The peer starts recording when both sides are associated, and not both are told yet.

    With a `reason`: agents are among themselves, and followed in case that a customer comes.
    """

    reason: str = ""


Verdict = Record | Refuse | Wait


class Policy:
    """The decisions that one set of orders makes."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._region = orders.zone_country
        self._by_number = {
            key: line for line in orders.lines if (key := line_key(line.number, self._region))
        }
        self._ours = Ours(self._region, {key: key for key in self._by_number})
        self._by_user = {line.number: line for line in orders.lines}
        self.keypad = any(line.keypad for line in orders.lines)

    def decide(self, parties: Parties, peer: Peer, now: float) -> Verdict:
        """On a new recording session. `now` in seconds since the epoch, UTC."""
        if self._orders.expired(now):
            return Refuse(503, ORDERS_EXPIRED)
        sides = self._sides(parties, peer)
        line, carrier = self._find_line(parties, peer, sides)
        if line is None:
            if peer.consultations == "followed" and consulting(sides):
                return Wait(INTERNAL_CALL)
            waiting = peer.start_on != "answered" and len(sides) < 2
            return Wait() if waiting else Refuse(peer.refuse_code, UNLISTED_LINE)
        hint = self._direction_told(parties, carrier)
        case = _Case(parties, sides, line, ours=self._ours, peer=peer, hint=hint)
        verdict = self._judge(case, hint)
        if isinstance(verdict, Record):
            self._ours.remember(verdict.devices)
        return verdict

    def review(self, parties: Parties, peer: Peer, standing: Record) -> Verdict:
        """On new metadata of a call that is being recorded: line and direction stand."""
        sides = self._sides(parties, peer)
        hint, ours = standing.direction, self._ours
        case = _Case(
            parties, sides, standing.line, ours=ours, peer=peer, hint=hint, standing=standing
        )
        if case.customer_left(standing):
            return Refuse(peer.refuse_code, CUSTOMER_LEFT)
        if len(sides) > 1 and not case.customers:
            return Refuse(peer.refuse_code, INTERNAL_CALL)
        if case.outside():
            return Refuse(peer.refuse_code, TRANSFERRED_OUTSIDE)
        return case.record(standing.direction)

    def _judge(self, case: "_Case", hint: str) -> Verdict:
        code = case.peer.refuse_code
        if len(case.sides) > 1 and not case.customers:
            followed = case.peer.consultations == "followed"
            return Wait(INTERNAL_CALL) if followed else Refuse(code, INTERNAL_CALL)
        if not case.line.recorded:
            return Refuse(code, LINE_NOT_RECORDED)
        direction = case.direction_by_flag() or hint or case.direction_by_order()
        if not (case.line.inbound if direction == "in" else case.line.outbound):
            return Refuse(code, DIRECTION_NOT_RECORDED)
        record = case.record(direction)
        return record if record.both or case.peer.start_on != "associated" else Wait()

    def _line(self, address: str) -> Line | None:
        """The listed line that `address` names: as a number, or by its exact user part."""
        return self._listed(address, self._ours.number(address))

    def _listed(self, address: str, number: str | None) -> Line | None:
        if number is not None and number in self._by_number:
            return self._by_number[number]
        return self._by_user.get(numbers.user_part(address))

    def _sides(self, parties: Parties, peer: Peer) -> tuple[Side, ...]:
        return tuple(self._side(each, peer) for each in parties.present())

    def _side(self, participant: Participant, peer: Peer) -> Side:
        addresses = addresses_of(participant)
        found = [self._ours.number(address) for address in addresses]
        lines = map(self._listed, addresses, found)
        full = (each for each in found if each and each.startswith("+"))
        return Side(
            participant,
            line=next((line for line in lines if line), None),
            device=any(matches(peer.agent_pattern, address) for address in addresses),
            number=next(full, next((each for each in found if each), None)),
        )

    def _find_line(
        self, parties: Parties, peer: Peer, sides: tuple[Side, ...]
    ) -> tuple[Line | None, str]:
        """The first listed line in the peer's order of carriers, and the carrier that named it."""
        for carrier in peer.line_from:
            if carrier == "participant":
                lines = (side.line for side in sides)
            else:
                lines = (self._line(address) for address in carried(parties, carrier))
            line = next((line for line in lines if line), None)
            if line is not None:
                return line, carrier
        return None, ""

    def _direction_told(self, parties: Parties, carrier: str) -> str:
        """in or out: as the metadata says, else by the carrier; "" where neither tells."""
        return (
            parties.metadata.direction
            or self._direction_by_numbers(parties)
            or ("in" if carrier in _CALLED else "out" if carrier in _CALLING else "")
        )

    def _direction_by_numbers(self, parties: Parties) -> str:
        metadata = parties.metadata
        called = any(self._line(each.reveal()) for each in metadata.called)
        calling = any(self._line(each.reveal()) for each in metadata.calling)
        return "" if called == calling else "in" if called else "out"


@dataclass(frozen=True, slots=True)
class Ours:
    """Numbers as dialled in `region`; `known` has what lines and agents' devices come to.

    A customer's number is never remembered.
    """

    region: str
    known: dict[str, str] = field(repr=False)

    def number(self, address: str) -> str | None:
        return numbers.normalise(address, self.region, self.known)

    def remember(self, devices: Iterable[str]) -> None:
        for device in devices:
            if device not in self.known and len(self.known) < MOST_KNOWN:
                self.known[device] = self.number(device) or ""


class _Case:
    """One recording session's sides, told apart."""

    def __init__(
        self,
        parties: Parties,
        sides: tuple[Side, ...],
        line: Line,
        *,
        ours: "Ours",
        peer: Peer,
        hint: str,
        standing: Record | None = None,
    ) -> None:
        self.parties = parties
        self.sides = sides
        self.line = line
        self._ours = ours
        self.peer = peer
        self.standing = standing
        known = standing.customer_key if standing else None
        found = roles.customers(sides, peer, hint, known)
        self.customers, self.customer_by = found.sides, found.by
        self.warnings = [found.warning] if found.warning else []
        keys = [each.participant.id for each in self.customers]
        self._apart = conversations.apart(parties.metadata, keys)
        self.agents = tuple(each for each in sides if self._is_agent(each))

    def record(self, direction: str) -> Record:
        streams = self.parties.metadata.sends
        voices = self._voices(direction)
        keys = [each.participant.id for each in self.sides]
        devices = [self._device(each) for each in self.agents]
        return Record(
            line=self.line,
            direction=direction,
            customer=self._masked(direction),
            devices=tuple(dict.fromkeys(devices)),
            roles=voices.roles,
            labels=tuple(map(self._label, self.parties.labels)),
            customer_key=self._customer_key(),
            agent_keys=frozenset(each.participant.id for each in self.agents),
            sending=frozenset(key for key in keys if streams.get(key)),
            told_silent=frozenset(key for key in keys if key in streams and not streams[key]),
            both=bool(self.customers) and bool(self.agents),
            left_out=conversations.left_out(
                self.parties.metadata, self.parties.labels, self._apart
            ),
            said=self._said(devices),
            customer_by=self.customer_by,
            roles_by=voices.by,
            warnings=tuple(dict.fromkeys(self.warnings)),
        )

    def _customer_key(self) -> Key | None:
        known = self.customers and self.customer_by
        return self.customers[0].participant.id if known else None

    def _voices(self, direction: str) -> Roles:
        told = {"customer": self.customers, "agent": self.agents, "all": self.sides}
        found = roles.streams(self.parties, self.peer, told, direction)
        self.warnings += [found.warning] if found.warning else []
        return found

    def _is_agent(self, side: Side) -> bool:
        key, metadata = side.participant.id, self.parties.metadata
        return side not in self.customers and conversations.takes_part(metadata, key, self._apart)

    def customer_left(self, standing: Record) -> bool:
        told = [mask_digits(each.number) if each.number else withheld() for each in self.customers]
        key, number = standing.customer_key, standing.customer
        return conversations.customer_left(self.parties.metadata, key, number, told)

    def outside(self) -> bool:
        """Whether every known agent has left and nobody came instead whose part is recorded."""
        if self.agents and all(each.line and not each.line.recorded for each in self.agents):
            return True
        keys = frozenset(each.participant.id for each in self.agents)
        known = self.standing.agent_keys if self.standing else frozenset()
        if not keys or not known or keys & known:
            return False
        return all(each.full and not each.company for each in self.agents)

    def direction_by_flag(self) -> str:
        for side in self.customers:
            if side.participant.calling is not None:
                return "in" if side.participant.calling else "out"
        for side in self.agents:
            if side.participant.calling is not None:
                return "out" if side.participant.calling else "in"
        return ""

    def direction_by_order(self) -> str:
        """Caller first, which is a guess unless the peer's settings say so."""
        said = set(self.peer.roles_from) & {CALLER_FIRST, CALLEE_FIRST}
        if not said:
            self.warnings.append(DIRECTION_BY_ORDER)
        sides = self.sides[::-1] if said == {CALLEE_FIRST} else self.sides
        return "out" if sides and sides[0] in self.agents else "in"

    def _masked(self, direction: str) -> MaskedNumber:
        """The customer's number, from the participant, else from the metadata's extension data."""
        number = self.customers[0].number if self.customers and self.customer_by else None
        if number is not None:
            return mask_digits(number)
        metadata = self.parties.metadata
        others = metadata.calling if direction == "in" else metadata.called
        masked = (numbers.mask(each.reveal(), self._ours.region) for each in others)
        return next(masked, withheld())

    def _device(self, side: Side) -> str:
        """The user part of the agent's address; of a line when there is no other, "" if unfit."""
        users = [numbers.user_part(address) for address in addresses_of(side.participant)]
        fit = (user for user in users if self._is_device(user))
        return next(fit, side.line.number if side.line else "")

    def _said(self, devices: list[str]) -> dict[str, tuple[str, ...]]:
        """By device; two agents at one device are told by nobody but the feed."""
        headers = () if self.standing else self.parties.carriers.get("agent", ())
        clues = Clues(
            order=self.peer.agent_from,
            fields=frozenset(each.lower() for each in self.peer.agent_fields),
            metadata=self.parties.metadata,
            headers=headers,
            ends=self._ends,
            alone=len(self.agents) == 1,
        )
        said = [said_of(each.participant, clues) for each in self.agents]
        return {
            device: one
            for device, one in zip(devices, said, strict=True)
            if devices.count(device) == 1
        }

    @cached_property
    def _ends(self) -> tuple[End, ...]:
        """Of the customers, and of the one that the call was begun with, who is masked."""
        before = any_end(self.standing.customer) if self.standing else ()
        return (*(end_of(each.number) for each in self.customers if each.number), *before)

    def _is_device(self, user: str) -> bool:
        if not 0 < len(user) <= MAX_DEVICE or not user.isprintable():
            return False
        if user == self.line.number or self._is_line(user):
            return False
        if self.peer.agent_pattern not in ANY:
            return matches(self.peer.agent_pattern, user)
        return sum(each.isdigit() for each in user) <= MAX_ANY_DEVICE

    def _is_line(self, user: str) -> bool:
        number = self._ours.number(user)
        return number is not None and number == line_key(self.line.number, self._ours.region)

    def _label(self, label: str) -> str:
        """The label if it is a plain token that cannot be anybody's telephone number.

        Whose number it might be need not be known yet, and it may be written with marks in it.
        """
        digits = "".join(each for each in label if each.isdigit())
        telling = len(digits) > MAX_ANY_DEVICE or any(e.within(digits) for e in self._ends)
        return label if _LABEL.fullmatch(label) and not telling else ""
