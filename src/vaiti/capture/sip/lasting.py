"""What an endpoint leaves to another one that goes on with its dialogs: entries by key. Pure.

A dialog and a transaction are an entry each, of strings and numbers by name: they are told with
nearly every message. Deadlines that have passed meanwhile ring at once.
Secrets are not left: a nonce of the one before is stale for the next, and is asked for anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import count
from typing import Any

from vaiti.capture.sip.dialog import Dialog
from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.transaction import (
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Signal,
    State,
    Transaction,
)

DIALOG, TRANSACTION = b"d", b"t"
_TABLES = {"is": INVITE_SERVER, "ns": NON_INVITE_SERVER, "nc": NON_INVITE_CLIENT}
_OWN = frozenset({"unanswered", "unacknowledged"})
_DIALOG = tuple(each.name for each in fields(Dialog) if each.name not in _OWN)
_TRANSACTION = tuple(each.name for each in fields(Transaction) if each.name != "table")


def watch(endpoint: Endpoint, *, everything: bool) -> None:
    """From now on `changes` knows what has changed; `everything`: as if it all just had."""
    dialogs, transactions = endpoint.dialogs, endpoint.transactions
    dialogs.touched = set(dialogs.by_id) if everything else set()
    transactions.touched = set(transactions.by_key.values()) if everything else set()


def let_be(endpoint: Endpoint) -> None:
    """Nobody asks for `changes` any more."""
    endpoint.dialogs.touched = endpoint.transactions.touched = None


def changes(endpoint: Endpoint) -> Iterator[tuple[bytes, object]]:
    """What has changed since they were asked for last; None for what is gone."""
    dialogs, transactions = endpoint.dialogs, endpoint.transactions
    for dialog_id in dialogs.touched or ():
        dialog = dialogs.by_id.get(dialog_id)
        yield DIALOG + str(dialog_id).encode(), _told(dialog) if dialog is not None else None
    for transaction in transactions.touched or ():
        known = transactions.by_key.get(transaction.key) is transaction
        yield _key(transaction), _facts(endpoint, transaction) if known else None
    if dialogs.touched:
        dialogs.touched.clear()
    if transactions.touched:
        transactions.touched.clear()


def go_on(endpoint: Endpoint, entries: Mapping[bytes, Any]) -> None:
    """A new endpoint takes over what another one left."""
    told = [value for key, value in entries.items() if key[:1] == DIALOG]
    for facts in told:
        dialog = Dialog(**{**facts, "flow": _flow(facts["flow"])})
        endpoint.dialogs.add(dialog)
        dialog.watched_at = None
        endpoint.expiries.set(dialog, dialog.expires_at)
    found = [value for key, value in entries.items() if key[:1] == TRANSACTION]
    for facts, places in found:
        _take_up(endpoint, facts, places)
    used = [facts["id"] for facts in told] + [facts["handle"] for facts, _ in found]
    endpoint.serials = count(max(used, default=0) + 1)


def connections(endpoint: Endpoint) -> set[int]:
    """The numbers of those that anything here came on."""
    dialogs = endpoint.dialogs.by_id.values()
    transactions = endpoint.transactions.by_key.values()
    return {each.flow.connection for some in (dialogs, transactions) for each in some} - {0}


def call_ids(endpoint: Endpoint) -> set[str]:
    """Of all dialogs."""
    return {each.call_id for each in endpoint.dialogs.by_id.values()}


def _told(dialog: Dialog) -> dict[str, object]:
    facts = {name: getattr(dialog, name) for name in _DIALOG}
    facts["flow"] = _ends(dialog.flow)
    return facts


def _ends(flow: Flow) -> tuple[object, ...]:
    local, remote = flow.local, flow.remote
    ends = (local.host, local.port, remote.host, remote.port)
    return (flow.transport, *ends, flow.connection, flow.proven)


def _flow(ends: tuple[Any, ...]) -> Flow:
    transport, host, port, far_host, far_port, connection, proven = ends
    return Flow(transport, Address(host, port), Address(far_host, far_port), connection, proven)


def _key(transaction: Transaction) -> bytes:
    return TRANSACTION + "\0".join(transaction.key).encode("utf-8", "surrogateescape")


def _facts(endpoint: Endpoint, transaction: Transaction) -> tuple[dict[str, object], str]:
    """Its fields, and in whose lists it stands: pending, unanswered, unacknowledged."""
    facts = {name: getattr(transaction, name) for name in _TRANSACTION}
    facts["table"] = next(k for k, table in _TABLES.items() if table is transaction.table)
    facts["flow"], facts["state"] = _ends(transaction.flow), transaction.state.name
    facts["alarms"] = {signal.name: when for signal, when in transaction.alarms.items()}
    dialog = endpoint.dialogs.by_id.get(transaction.dialog)
    places = "p" if endpoint.pending.get(transaction.handle) is transaction else ""
    if dialog is not None and dialog.unanswered.get(transaction.cseq) is transaction:
        places += "u"
    if dialog is not None and dialog.unacknowledged.get(transaction.cseq) is transaction:
        places += "a"
    return facts, places


def _take_up(endpoint: Endpoint, facts: Mapping[str, Any], places: str) -> None:
    transaction = Transaction(
        **{
            **facts,
            "table": _TABLES[facts["table"]],
            "state": State[facts["state"]],
            "flow": _flow(facts["flow"]),
            "alarms": {Signal[name]: when for name, when in facts["alarms"].items()},
        }
    )
    endpoint.transactions.add(transaction)
    for signal, when in transaction.alarms.items():
        endpoint.timers.set(when, (transaction, signal))
    dialog = endpoint.dialogs.by_id.get(transaction.dialog)
    if "p" in places:
        endpoint.pending[transaction.handle] = transaction
    if dialog is not None and "u" in places:
        dialog.unanswered[transaction.cseq] = transaction
    if dialog is not None and "a" in places:
        dialog.unacknowledged[transaction.cseq] = transaction
