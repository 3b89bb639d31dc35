"""Each row of RFC 3261 section 17 and RFC 6026, written here once more and by hand."""

import itertools

import pytest

from sip.peer import START, TCP, UDP
from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.incoming import DialogId, Handle
from vaiti.capture.sip.timers import Timers
from vaiti.capture.sip.transaction import (
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Alarm,
    Do,
    Signal,
    State,
    Table,
    Transaction,
    Transactions,
)

S, I = State, Signal  # noqa: E741
Reaction = tuple[State, int, dict[Signal, float], tuple[Do, ...]]

# state, signal -> new state, messages sent, timers started over UDP (s), what the endpoint is told
INVITE_ROWS: dict[tuple[State, Signal], Reaction] = {
    (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, 1, {}, ()),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, 1, {}, ()),
    (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, 1, {I.TIMER_2XX: 0.5, I.TIMER_L: 32}, ()),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, 1, {I.TIMER_G: 0.5, I.TIMER_H: 32}, ()),
    (S.ACCEPTED, I.TIMER_2XX): (S.ACCEPTED, 1, {I.TIMER_2XX: 0.5}, ()),
    (S.ACCEPTED, I.ACK): (S.ACKNOWLEDGED, 0, {}, (Do.REPORT_ACK,)),
    (S.ACCEPTED, I.TIMER_L): (S.TERMINATED, 0, {}, (Do.GIVE_UP,)),
    (S.ACKNOWLEDGED, I.TIMER_L): (S.TERMINATED, 0, {}, ()),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, 1, {}, ()),
    (S.COMPLETED, I.TIMER_G): (S.COMPLETED, 1, {I.TIMER_G: 0.5}, ()),
    (S.COMPLETED, I.ACK): (S.CONFIRMED, 0, {I.TIMER_I: 5}, ()),
    (S.COMPLETED, I.TIMER_H): (S.TERMINATED, 0, {}, ()),
    (S.CONFIRMED, I.TIMER_I): (S.TERMINATED, 0, {}, ()),
}
SERVER_ROWS: dict[tuple[State, Signal], Reaction] = {
    (S.TRYING, I.SUCCESS): (S.COMPLETED, 1, {I.TIMER_J: 32}, ()),
    (S.TRYING, I.FAILURE): (S.COMPLETED, 1, {I.TIMER_J: 32}, ()),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, 1, {}, ()),
    (S.COMPLETED, I.TIMER_J): (S.TERMINATED, 0, {}, ()),
}
CLIENT_ROWS: dict[tuple[State, Signal], Reaction] = {
    (S.TRYING, I.REQUEST): (S.TRYING, 1, {I.TIMER_E: 0.5, I.TIMER_F: 32}, ()),
    (S.TRYING, I.TIMER_E): (S.TRYING, 1, {I.TIMER_E: 0.5}, ()),
    (S.TRYING, I.TIMER_F): (S.TERMINATED, 0, {}, ()),
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, 0, {}, ()),
    (S.TRYING, I.SUCCESS): (S.COMPLETED, 0, {I.TIMER_K: 5}, ()),
    (S.TRYING, I.FAILURE): (S.COMPLETED, 0, {I.TIMER_K: 5}, ()),
    (S.PROCEEDING, I.TIMER_E): (S.PROCEEDING, 1, {I.TIMER_E: 0.5}, ()),
    (S.PROCEEDING, I.TIMER_F): (S.TERMINATED, 0, {}, ()),
    (S.PROCEEDING, I.SUCCESS): (S.COMPLETED, 0, {I.TIMER_K: 5}, ()),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, 0, {I.TIMER_K: 5}, ()),
    (S.COMPLETED, I.TIMER_K): (S.TERMINATED, 0, {}, ()),
}
EXPECTED = (
    ("invite server", INVITE_SERVER, INVITE_ROWS),
    ("server", NON_INVITE_SERVER, SERVER_ROWS),
    ("client", NON_INVITE_CLIENT, CLIENT_ROWS),
)
CASES = [
    pytest.param(table, state, signal, rows, id=f"{name}: {state.name} {signal.name}")
    for name, table, rows in EXPECTED
    for state, signal in itertools.product(State, Signal)
]


class Bench:
    """One transaction in a state, and what it does."""

    def __init__(self, table: Table, state: State, flow: Flow = UDP) -> None:
        self.sent = 0
        self.timers: Timers[Alarm] = Timers()
        self.all = Transactions(self._count, self.timers)
        self.one = Transaction(("key",), table, state, flow, Handle(1), DialogId(1), 1, data=b"x")
        self.all.add(self.one)

    def _count(self, transaction: Transaction) -> None:
        assert transaction is self.one
        assert transaction.data == b"x"
        self.sent += 1

    def started(self) -> dict[Signal, float]:
        found = {}
        while (when := self.timers.next()) is not None:
            for _, signal in self.timers.due(when):
                found[signal] = when - START
        return found


@pytest.mark.parametrize(("table", "state", "signal", "rows"), CASES)
def test_each_pair_of_state_and_signal_does_what_its_row_says_or_nothing(
    table: Table, state: State, signal: Signal, rows: dict[tuple[State, Signal], Reaction]
) -> None:
    bench = Bench(table, state)
    done = bench.all.fire(bench.one, signal, START)
    new, sent, timers, told = rows.get((state, signal), (state, 0, {}, ()))
    assert bench.one.state is new
    assert bench.sent == sent
    assert bench.started() == timers
    assert tuple(a for a in done if a in {Do.REPORT_ACK, Do.GIVE_UP}) == told
    assert (bench.all.get(("key",)) is None) == (new is S.TERMINATED and state is not new)


def test_the_tables_have_no_row_that_is_not_expected() -> None:
    for name, table, rows in EXPECTED:
        assert set(table) == set(rows), name


@pytest.mark.parametrize(
    ("table", "state", "signal", "after"),
    [
        (INVITE_SERVER, S.COMPLETED, I.ACK, S.TERMINATED),
        (NON_INVITE_CLIENT, S.TRYING, I.SUCCESS, S.TERMINATED),
    ],
)
def test_over_tcp_nothing_lingers_for_retransmissions(
    table: Table, state: State, signal: Signal, after: State
) -> None:
    bench = Bench(table, state, TCP)
    bench.all.fire(bench.one, signal, START)
    assert bench.one.state is after
    assert bench.timers.next() is None
    assert len(bench.all) == 0


def test_over_tcp_an_answer_is_there_for_whoever_hears_a_request_again() -> None:
    """The next recorder may (docs/keeper.md); nobody else does."""
    bench = Bench(NON_INVITE_SERVER, S.TRYING, TCP)
    bench.all.fire(bench.one, I.SUCCESS, START)
    assert bench.started() == {I.TIMER_J: 32}


def test_over_tcp_a_refusal_is_not_repeated_but_a_2xx_is() -> None:
    refused = Bench(INVITE_SERVER, S.PROCEEDING, TCP)
    refused.all.fire(refused.one, I.FAILURE, START)
    assert refused.started() == {I.TIMER_H: 32}
    accepted = Bench(INVITE_SERVER, S.PROCEEDING, TCP)
    accepted.all.fire(accepted.one, I.SUCCESS, START)
    assert accepted.started() == {I.TIMER_2XX: 0.5, I.TIMER_L: 32}


def test_retransmissions_double_from_t1_to_t2() -> None:
    bench = Bench(NON_INVITE_CLIENT, S.TRYING)
    bench.all.fire(bench.one, I.REQUEST, START)
    moments = []
    while (when := bench.timers.next()) is not None:
        for transaction, signal in bench.timers.due(when):
            moments.append((signal, when - START))
            bench.all.fire(transaction, signal, when)
    assert [at for signal, at in moments if signal is I.TIMER_E and at < 32] == [
        0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
    ]  # fmt: skip
    assert bench.sent == 11
    assert (I.TIMER_F, 32) in moments


def test_a_provisional_answer_slows_our_request_down_to_t2() -> None:
    bench = Bench(NON_INVITE_CLIENT, S.TRYING)
    bench.all.fire(bench.one, I.PROVISIONAL, START)
    bench.all.fire(bench.one, I.TIMER_E, START)
    assert bench.started() == {I.TIMER_E: 4}
