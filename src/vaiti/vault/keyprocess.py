"""The key process: alone holds key material, and answers messages over a local socket.

Messages: docs/seams.md, "Keys". `handle` decides and is pure but for the key store; the rest moves
bytes. Nothing is ever logged of a message, an answer or a key.
"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from vaiti.values.clock import Clock, to_micros
from vaiti.vault.escrow import EscrowError, decode
from vaiti.vault.framing import MAX_CONNECTIONS, listen, peer_uid, receive, send, send_file
from vaiti.vault.grant import BACKUP, RESEALING, Grant, GrantRefused, check
from vaiti.vault.hardening import keep_out_of_dumps, keep_out_of_swap, open_to_others
from vaiti.vault.keyfiles import SecretFileError, read_public, read_secret
from vaiti.vault.keykept import data_keys, manifests, read_kept, read_shut
from vaiti.vault.keymessage import (
    Malformed,
    Message,
    in_base64,
    read_bytes,
    read_call_id,
    read_call_ids,
    read_day,
    read_days,
)
from vaiti.vault.keyservice import SCRYPT_N, KeyService, services
from vaiti.vault.keystore import Gone, KeyStore, KeyStoreError, OtherKey
from vaiti.vault.spent import AskAgain, Spent
from vaiti.vault.work import DESTRUCTION, INTAKE, MOVING, ROTATING, Permits, Work, on_calls, on_days
from vaiti.vault.wrapping import WrappingError, open_key, open_manifest

STACK: Final = 512 << 10  # in bytes, for each connection's thread; all of it is locked in memory
IDLE_SECONDS: Final = 60.0  # between messages
GIVEN_DAYS: Final = 40  # for which it is known under which entries keys were given
GIVEN_AT_ONCE: Final = 5_000

Answer = dict[str, Any]
Witness = Callable[[Grant], None]


@dataclass(frozen=True, slots=True)
class KeyConfig:
    """Where the key process finds its things: see docs/seams.md, "Data folder"."""

    socket: Path
    store: Path
    passphrase: Path
    grant_public: Path
    cost: int = SCRYPT_N
    service: KeyService | None = None  # else the passphrase
    callers: frozenset[int] = frozenset()  # users answered besides its own
    group: int | None = None  # whose members may connect
    credential: bool = False  # the passphrase comes from the service manager

    @property
    def escrow(self) -> Path:
        """Where a new escrow waits for its message. Who can write here has the key store too."""
        return self.store.parent / "escrow.json"


@dataclass(frozen=True, slots=True)
class State:
    """`witness` raises GrantRefused for a grant whose audit entry does not stand, `AskAgain` where
    that cannot be told; `locked` says that no memory of this process is written to swap.
    """

    store: KeyStore
    grant_public: bytes
    witness: Witness
    spent: Spent
    locked: bool = False
    escrow: Path | None = None
    permits: Permits = field(default_factory=Permits)


class Refused(Exception):
    """A message asks for what is never done."""


def handle(message: Message, state: State, now: datetime) -> Answer:
    """The answer to one message. An error answer has `error` (a code) and `message`."""
    verb = _VERBS.get(str(message.get("op")))
    if verb is None:
        return _error("unknown", f"the key process knows {', '.join(_VERBS)}")
    try:
        return {"ok": True, **verb(message, state, now)}
    except Malformed as error:
        return _error("malformed", str(error))
    except (EscrowError, GrantRefused, OtherKey, Refused, WrappingError) as error:
        return _error("refused", str(error))
    except Gone as error:
        return _error("gone", str(error))
    except (KeyStoreError, SecretFileError) as error:
        return _error("damaged", str(error))
    except AskAgain as error:
        return _error("unavailable", str(error))
    except sqlite3.Error as error:
        return _error("unavailable", f"the key store cannot be used: {error}")


def _describe(message: Message, state: State, now: datetime) -> Answer:
    today = now.astimezone(UTC).date()
    asked: Answer = {}
    if "call_id" in message:
        asked["alive"] = state.store.holds_call(read_call_id(message))
    if "calls" in message:
        asked["living"] = [one for one in read_call_ids(message) if state.store.holds_call(one)]
    return {
        **asked,
        "intake": {"day": today.isoformat(), "public": in_base64(state.store.intake_public(today))},
        "intake_days": [day.isoformat() for day in state.store.intake_days()],
        "days": [day.isoformat() for day in state.store.days()],
        "calls": None if asked else state.store.calls(),
        "locked": state.locked,
    }


def _rewrap(message: Message, state: State, now: datetime) -> Answer:
    call_id, day = read_call_id(message), read_day(message, "day") if message.get("day") else None
    wrapped, manifest = read_bytes(message, "wrapped"), read_bytes(message, "manifest")
    batch = read_call_ids(message) if "calls" in message else [call_id]
    if call_id not in batch:
        raise Malformed("the call is none of the calls that its grant is for")
    _require_grant(message, on_calls(INTAKE, batch), state, now)
    state.store.require_not_destroyed(call_id)
    private = state.store.intake_private(read_day(message, "intake_day"))
    text = open_manifest(private, call_id, manifest)
    data_key = open_key(private, call_id, wrapped)
    if day:
        state.store.keep_call(call_id, day, data_key)
    return {"manifest": in_base64(text)}


def _open(message: Message, state: State, now: datetime) -> Answer:
    """As `rewrap` without a day, of many calls of one batch: each that can be opened."""
    shut = read_shut(message, batch := read_call_ids(message))
    _require_grant(message, on_calls(INTAKE, batch), state, now)
    texts = manifests(shut, state.store)
    return {"manifests": [None if text is None else in_base64(text) for text in texts]}


def _keep(message: Message, state: State, now: datetime) -> Answer:
    """As `rewrap` with a day, of many calls of one batch: all of them, or none."""
    kept = read_kept(message, batch := read_call_ids(message))
    _require_grant(message, on_calls(INTAKE, batch), state, now)
    state.store.keep_calls(data_keys(kept, state.store))
    return {"kept": True}


def _unwrap(message: Message, state: State, now: datetime) -> Answer:
    token = message.get("grant")
    if not isinstance(token, str):
        raise Malformed("unwrap takes a grant")
    grant = check(state.grant_public, token, now)
    state.witness(grant)
    if grant.purpose not in RESEALING:  # which reads before it replaces the key, and again after
        state.spent.spend(token, grant, to_micros(now))
    state.store.note_given(grant.leaf, to_micros(now), GIVEN_DAYS * 86_400_000_000)
    return {"key": in_base64(state.store.call_key(grant.call_id))}


def _rekey(message: Message, state: State, now: datetime) -> Answer:
    """Only for a grant to silence or to join: one to listen opens, and changes nothing."""
    token, was = message.get("grant"), message.get("was")
    if not isinstance(token, str) or not isinstance(was, str):
        raise Malformed("rekey takes a grant, and the digest of the key that it replaces")
    grant = check(state.grant_public, token, now)
    if grant.purpose not in RESEALING:
        raise Refused("a key is replaced under a grant to silence or to join only")
    state.witness(grant)
    private = state.store.intake_private(read_day(message, "intake_day"))
    data_key = open_key(private, grant.call_id, read_bytes(message, "wrapped"))
    state.store.replace_call(grant.call_id, was, data_key)
    return {"gone": True}


def _move(message: Message, state: State, now: datetime) -> Answer:
    """A hold takes calls out of a day that will die: to a later day, and one that is to come."""
    calls, day = read_call_ids(message), read_day(message, "day")
    if day < now.astimezone(UTC).date():
        raise Refused("keys are moved to a day that is to come")
    _require_grant(message, on_calls(MOVING, calls, day), state, now)
    state.store.move_calls(calls, day)
    return {"moved": True}


def _destroy(message: Message, state: State, now: datetime) -> Answer:
    what = str(message.get("what"))
    if what in {"call", "calls"}:
        calls = [read_call_id(message)] if what == "call" else read_call_ids(message)
        _require_grant(message, on_calls(DESTRUCTION, calls), state, now)
        state.store.destroy_calls(calls)
    elif what == "days":
        days = read_days(message)
        _require_grant(message, on_days("day", days), state, now)
        state.store.destroy_days(days)
    elif what == "intake":
        day = read_day(message, "day")
        if day >= now.astimezone(UTC).date():
            raise Refused("an intake key is destroyed when its day is over")
        _require_grant(message, on_days("intake", [day]), state, now)
        state.store.destroy_intake(day)
    else:
        raise Malformed("destroy takes what: call, calls, days or intake")
    return {"gone": True}


def _keeping(message: Message, state: State, now: datetime) -> Answer:
    return {"keeping": asdict(state.store.keeping())}


def _rotate(message: Message, state: State, now: datetime) -> Answer:
    _require_grant(message, ROTATING, state, now)
    return {"keeping": asdict(state.store.rotate(to_micros(now)))}


def _entrust(message: Message, state: State, now: datetime) -> Answer:
    """From a file beside the key store: its public key opens everything to whoever made it."""
    if state.escrow is None or not state.escrow.exists():
        raise Refused("no new escrow waits beside the key store; make one: vaiti keys escrow")
    escrow = decode(read_secret(state.escrow))
    kept = state.store.entrust(escrow)
    state.escrow.unlink()
    return {"keeping": asdict(kept)}


def _given(message: Message, state: State, now: datetime) -> Answer:
    since = message.get("since_us")
    if type(since) is not int or not 0 <= since < 1 << 63:
        raise Malformed("given takes since_us, a whole number")
    return {"given": state.store.given(since, GIVEN_AT_ONCE)}


def _copy(message: Message, state: State, now: datetime) -> Answer:
    """The whole store, every key in it sealed, as an open file that no name leads to. Kept, it
    outlives what is destroyed later: so each copy has its entry, like each key that is given.
    """
    token = message.get("grant")
    if not isinstance(token, str):
        raise Malformed("copy takes a grant")
    grant = check(state.grant_public, token, now)
    if grant.purpose != BACKUP:
        raise Refused("the key store is copied under a grant for a backup only")
    state.witness(grant)
    state.spent.spend(token, grant, to_micros(now))
    state.store.note_given(grant.leaf, to_micros(now), GIVEN_DAYS * 86_400_000_000)
    return {"copy": state.store.copied()}


def _require_grant(message: Message, work: Work, state: State, now: datetime) -> None:
    token = message.get("grant")
    if not isinstance(token, str):
        raise GrantRefused(f"{work.purpose} takes a grant whose audit entry stands")
    state.permits.require(token, work, state.grant_public, state.witness, now)


_VERBS: Final[Mapping[str, Callable[[Message, State, datetime], Answer]]] = {
    "describe": _describe,
    "rewrap": _rewrap,
    "open": _open,
    "keep": _keep,
    "unwrap": _unwrap,
    "rekey": _rekey,
    "move": _move,
    "destroy": _destroy,
    "keeping": _keeping,
    "rotate": _rotate,
    "entrust": _entrust,
    "copy": _copy,
    "given": _given,
}


def _error(code: str, sentence: str) -> Answer:
    return {"ok": False, "error": code, "message": sentence}


def serve(config: KeyConfig, clock: Clock, witness: Witness) -> None:
    """The main function of the process: answers until SIGTERM or SIGINT.

    Raises KeyStoreError or SecretFileError when it cannot start.
    """
    keep_out_of_dumps()
    threading.stack_size(STACK)
    server = KeyServer(config, clock, witness, lock_memory=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    server.run()


class KeyServer:
    """Opens the key store and listens; `run` answers until another thread or a signal calls `stop`.

    One thread a connection, `MAX_CONNECTIONS` of them; further ones are closed unheard.
    """

    def __init__(
        self, config: KeyConfig, clock: Clock, witness: Witness, lock_memory: bool = False
    ) -> None:
        own = () if config.credential else (config.passphrase.parent,)
        for path in (config.store.parent, config.store, *own):
            if fault := open_to_others(path):
                raise KeyStoreError(fault)
        named = services(config.service, config.passphrase, config.credential, config.cost)
        store = KeyStore(config.store, *named)
        # after the master key is derived, which takes more memory than a low limit allows to lock
        locked = lock_memory and keep_out_of_swap()
        spent = Spent(to_micros(clock()))
        public = read_public(config.grant_public)
        self._state = State(store, public, witness, spent, locked, config.escrow)
        self._clock = clock
        self._path = config.socket
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._guard = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._callers = config.callers | {os.geteuid(), 0}  # root can read this memory anyway
        self._listener = listen(config.socket, config.group)
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if not self._stopped.is_set():
                    raise
                break
            self._welcome(connection)
        self._close()

    def stop(self) -> None:
        """May be called from a signal handler: sets a flag and wakes `run`."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def _welcome(self, connection: socket.socket) -> None:
        if peer_uid(connection) not in self._callers or not self._places.acquire(blocking=False):
            connection.close()
            return
        with self._guard:
            self._connections.add(connection)
        threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            with connection:
                while (message := receive(connection, IDLE_SECONDS)) is not None:
                    answer, passed = self._answer(message)
                    send(connection, answer)
                    if passed is not None:
                        with passed:
                            send_file(connection, passed.fileno())
        except OSError:
            pass  # the other side hung up or was too slow; it asks again on a new connection
        finally:
            with self._guard:
                self._connections.discard(connection)
            self._places.release()

    def _answer(self, message: bytes) -> tuple[bytes, BinaryIO | None]:
        """What to say, and a file to hand over after it."""
        try:
            content = json.loads(message)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            content = {"op": ""}
            answer = _error("malformed", "a message is a JSON object")
        else:
            answer = handle(content, self._state, self._clock())
        copied = answer.pop("copy", None)
        return json.dumps(answer).encode(), copied

    def _close(self) -> None:
        self._listener.close()
        self._path.unlink(missing_ok=True)
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._state.store.close()
