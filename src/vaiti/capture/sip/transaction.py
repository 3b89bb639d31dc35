"""Transactions as state tables (RFC 3261 section 17, RFC 6026).

`INVITE_SERVER` joins the INVITE server transaction of section 17.2.1, its Accepted state of RFC
6026, and the retransmission of the 2xx by the user agent core (section 13.3.1.4): timer L and the
core's patience are both 64*T1, and we are always both. A pair of state and signal that is not in a
table changes nothing and does nothing: late timers, late ACKs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.incoming import NO_HANDLE, DialogId, Handle
from vaiti.capture.sip.message import Request, Response
from vaiti.capture.sip.routing import answer_flow
from vaiti.capture.sip.timers import Timers

T1_S = 0.5
T2_S = 4.0
T4_S = 5.0
PATIENCE_S = 64 * T1_S
MAX_TRANSACTIONS = 32_768
MAGIC_COOKIE = "z9hG4bK"


class State(Enum):
    TRYING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    ACKNOWLEDGED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Signal(Enum):
    """What happens to a transaction: a message, or a timer by the letter the RFC gives it."""

    REQUEST = auto()
    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    ACK = auto()
    TIMER_E = auto()
    TIMER_F = auto()
    TIMER_G = auto()
    TIMER_H = auto()
    TIMER_I = auto()
    TIMER_J = auto()
    TIMER_K = auto()
    TIMER_L = auto()
    TIMER_2XX = auto()


class Do(Enum):
    SEND = auto()
    SLOW_DOWN = auto()
    START_E = auto()
    START_F = auto()
    START_G = auto()
    START_H = auto()
    START_I = auto()
    START_J = auto()
    START_K = auto()
    START_L = auto()
    START_2XX = auto()
    REPORT_ACK = auto()
    GIVE_UP = auto()


Table = Mapping[tuple[State, Signal], tuple[State, tuple[Do, ...]]]

INVITE_SERVER: Table = {
    (State.PROCEEDING, Signal.REQUEST): (State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Signal.PROVISIONAL): (State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Signal.SUCCESS): (State.ACCEPTED, (Do.SEND, Do.START_2XX, Do.START_L)),
    (State.PROCEEDING, Signal.FAILURE): (State.COMPLETED, (Do.SEND, Do.START_G, Do.START_H)),
    (State.ACCEPTED, Signal.TIMER_2XX): (State.ACCEPTED, (Do.SEND, Do.START_2XX)),
    (State.ACCEPTED, Signal.ACK): (State.ACKNOWLEDGED, (Do.REPORT_ACK,)),
    (State.ACCEPTED, Signal.TIMER_L): (State.TERMINATED, (Do.GIVE_UP,)),
    (State.ACKNOWLEDGED, Signal.TIMER_L): (State.TERMINATED, ()),
    (State.COMPLETED, Signal.REQUEST): (State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Signal.TIMER_G): (State.COMPLETED, (Do.SEND, Do.START_G)),
    (State.COMPLETED, Signal.ACK): (State.CONFIRMED, (Do.START_I,)),
    (State.COMPLETED, Signal.TIMER_H): (State.TERMINATED, ()),
    (State.CONFIRMED, Signal.TIMER_I): (State.TERMINATED, ()),
}

# No Proceeding state: nothing is answered provisionally but INVITE (RFC 4320).
NON_INVITE_SERVER: Table = {
    (State.TRYING, Signal.SUCCESS): (State.COMPLETED, (Do.SEND, Do.START_J)),
    (State.TRYING, Signal.FAILURE): (State.COMPLETED, (Do.SEND, Do.START_J)),
    (State.COMPLETED, Signal.REQUEST): (State.COMPLETED, (Do.SEND,)),
    (State.COMPLETED, Signal.TIMER_J): (State.TERMINATED, ()),
}

NON_INVITE_CLIENT: Table = {
    (State.TRYING, Signal.REQUEST): (State.TRYING, (Do.SEND, Do.START_E, Do.START_F)),
    (State.TRYING, Signal.TIMER_E): (State.TRYING, (Do.SEND, Do.START_E)),
    (State.TRYING, Signal.TIMER_F): (State.TERMINATED, ()),
    (State.TRYING, Signal.PROVISIONAL): (State.PROCEEDING, (Do.SLOW_DOWN,)),
    (State.TRYING, Signal.SUCCESS): (State.COMPLETED, (Do.START_K,)),
    (State.TRYING, Signal.FAILURE): (State.COMPLETED, (Do.START_K,)),
    (State.PROCEEDING, Signal.TIMER_E): (State.PROCEEDING, (Do.SEND, Do.START_E)),
    (State.PROCEEDING, Signal.TIMER_F): (State.TERMINATED, ()),
    (State.PROCEEDING, Signal.SUCCESS): (State.COMPLETED, (Do.START_K,)),
    (State.PROCEEDING, Signal.FAILURE): (State.COMPLETED, (Do.START_K,)),
    (State.COMPLETED, Signal.TIMER_K): (State.TERMINATED, ()),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds over UDP and over TCP. None: does not run. `GROWING`: T1, doubled each time to T2."""

    signal: Signal
    datagram_s: float
    stream_s: float | None


GROWING = -1.0

CLOCKS: Mapping[Do, Clock] = {
    Do.START_E: Clock(Signal.TIMER_E, GROWING, None),
    Do.START_F: Clock(Signal.TIMER_F, PATIENCE_S, PATIENCE_S),
    Do.START_G: Clock(Signal.TIMER_G, GROWING, None),
    Do.START_H: Clock(Signal.TIMER_H, PATIENCE_S, PATIENCE_S),
    Do.START_I: Clock(Signal.TIMER_I, T4_S, 0.0),
    # Over TCP too: who goes on for a recorder, or a front, hears again what may have been answered.
    Do.START_J: Clock(Signal.TIMER_J, PATIENCE_S, PATIENCE_S),
    Do.START_K: Clock(Signal.TIMER_K, T4_S, 0.0),
    Do.START_L: Clock(Signal.TIMER_L, PATIENCE_S, PATIENCE_S),
    # Over TCP too: behind the next hop the 2xx may travel by UDP (section 13.3.1.4).
    Do.START_2XX: Clock(Signal.TIMER_2XX, GROWING, GROWING),
}

Key = tuple[str, ...]


@dataclass(slots=True, eq=False, repr=False)
class Transaction:
    """`request` is kept until the final answer only; `data` is what a retransmission repeats.

    `alarms` are the newest deadlines of its timers."""

    key: Key
    table: Table
    state: State
    flow: Flow
    handle: Handle
    dialog: DialogId
    cseq: int
    request: Request | None = None
    data: bytes = b""
    interval_s: float = T1_S
    alarms: dict[Signal, float] = field(default_factory=dict)

    @property
    def is_invite(self) -> bool:
        return self.table is INVITE_SERVER


Alarm = tuple[Transaction, Signal]


def server_key(request: Request, method: str) -> Key:
    """Matches requests to transactions (RFC 3261 section 17.2.3).

    `method` is INVITE for an ACK, and for the INVITE that a CANCEL means. Without a branch of RFC
    3261, or with one that is nothing but the magic cookie (RFC 4475 section 3.2.1), the rules of
    RFC 2543 hold; they leave out the To tag, which the ACK has and the INVITE has not.
    """
    via = request.via
    branch = via.branch
    if len(branch) > len(MAGIC_COOKIE) and branch.startswith(MAGIC_COOKIE):
        return (branch, via.host.lower(), str(via.port), method)
    sender = request.sender.tag
    return (request.uri, sender, request.call_id, str(request.cseq), via.encode(), method)


def client_key(response: Response) -> Key:
    """Matches responses to our requests (RFC 3261 section 17.1.3)."""
    return ("client", response.vias[0].branch, response.method)


def serve(request: Request, flow: Flow, handle: Handle, dialog: DialogId) -> Transaction:
    """A server transaction in its first state; `flow` is the one the request came on."""
    invite = request.method == "INVITE"
    return Transaction(
        key=server_key(request, request.method),
        table=INVITE_SERVER if invite else NON_INVITE_SERVER,
        state=State.PROCEEDING if invite else State.TRYING,
        flow=answer_flow(request.via, flow),
        handle=handle,
        dialog=dialog,
        cseq=request.cseq,
    )


def ask(method: str, branch: str, flow: Flow, data: bytes) -> Transaction:
    """A client transaction that `Signal.REQUEST` starts; the dialog has ended with its BYE."""
    return Transaction(
        key=("client", branch, method),
        table=NON_INVITE_CLIENT,
        state=State.TRYING,
        flow=flow,
        handle=NO_HANDLE,
        dialog=DialogId(0),
        cseq=0,
        data=data,
    )


class Transactions:
    """Runs the tables: keeps, sends, starts timers. `send` lets out what a transaction has to say.

    `touched`, once somebody has made it a set, gathers those in which anything has happened."""

    touched: "set[Transaction] | None" = None

    def __init__(self, send: Callable[[Transaction], None], timers: Timers[Alarm]) -> None:
        self._send = send
        self._timers = timers
        self.by_key: dict[Key, Transaction] = {}

    def __len__(self) -> int:
        return len(self.by_key)

    @property
    def full(self) -> bool:
        return len(self.by_key) >= MAX_TRANSACTIONS

    def get(self, key: Key) -> Transaction | None:
        return self.by_key.get(key)

    def add(self, transaction: Transaction) -> Transaction:
        self.by_key[transaction.key] = transaction
        self._touch(transaction)
        return transaction

    def _touch(self, transaction: Transaction) -> None:
        if self.touched is not None:
            self.touched.add(transaction)

    def drop(self, transaction: Transaction) -> None:
        """Forget it; its timers may still hold it, but not what it said."""
        self._touch(transaction)
        transaction.state = State.TERMINATED
        transaction.request, transaction.data = None, b""
        if self.by_key.get(transaction.key) is transaction:
            del self.by_key[transaction.key]

    def fire(self, transaction: Transaction, signal: Signal, now: float) -> tuple[Do, ...]:
        """Take one step; returns what was to be done, for the endpoint to do its part."""
        step = transaction.table.get((transaction.state, signal))
        if step is None:
            return ()
        self._touch(transaction)
        transaction.state, actions = step
        for action in actions:
            self._act(transaction, action, now)
        if transaction.state is State.TERMINATED:
            self.drop(transaction)
        return actions

    def _act(self, transaction: Transaction, action: Do, now: float) -> None:
        if action is Do.SEND:
            self._send(transaction)
        elif action is Do.SLOW_DOWN:
            transaction.interval_s = T2_S
        elif action in CLOCKS:
            self._start(transaction, CLOCKS[action], now)

    def _start(self, transaction: Transaction, clock: Clock, now: float) -> None:
        reliable = transaction.flow.transport != "udp"
        seconds = clock.stream_s if reliable else clock.datagram_s
        if seconds is None:
            return
        if seconds == GROWING:
            seconds = transaction.interval_s
            transaction.interval_s = min(2 * seconds, T2_S)
        if seconds == 0:
            self.fire(transaction, clock.signal, now)
        else:
            transaction.alarms[clock.signal] = now + seconds
            self._timers.set(now + seconds, (transaction, clock.signal))


def signal_for(status: int) -> Signal:
    if status < 200:
        return Signal.PROVISIONAL
    return Signal.SUCCESS if status < 300 else Signal.FAILURE
