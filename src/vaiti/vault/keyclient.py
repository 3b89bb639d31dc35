"""Asks the key process. One connection a thread, made again once when the process was restarted."""

import base64
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from vaiti.values.ids import CallId
from vaiti.vault.escrow import Escrow, Keeping
from vaiti.vault.framing import MAX_MESSAGE, receive, receive_file, send
from vaiti.vault.grant import claims
from vaiti.vault.work import (
    DESTRUCTION,
    INTAKE,
    MOVING,
    ROTATING,
    Granting,
    Permit,
    Work,
    on_calls,
    on_days,
)

ONE_MESSAGE: Final = MAX_MESSAGE // 2  # in bytes of manifests, which base64 makes a third more
ANSWER_SECONDS: Final = 30.0  # the end of a day with very many calls takes seconds


class KeysUnavailable(Exception):
    """The key process does not answer, or cannot just now: try again."""


class KeysRefused(Exception):
    """The key process says no. `code` is refused, gone, malformed, unknown or damaged."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Description:
    """Today's intake key (X25519, 32 bytes), and which intake days, days and how many calls live.

    `locked`: no memory of the key process is written to swap.
    """

    intake_day: date
    intake_public: bytes
    intake_days: tuple[date, ...]
    days: tuple[date, ...]
    calls: int
    locked: bool


def _keeping(answer: Mapping[str, Any]) -> Keeping:
    told = answer["keeping"]
    kept = told["escrow"]
    escrow = Escrow(**{**kept, "persons": tuple(kept["persons"])}) if kept else None
    return Keeping(**{**told, "escrow": escrow})


class _Connection:
    """A connection that closes when the thread that it belongs to is no more."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.connect(str(path))

    def __del__(self) -> None:
        self.socket.close()


def _in_messages(
    calls: Sequence[tuple[CallId, date, bytes]],
) -> Iterator[list[tuple[CallId, date, bytes]]]:
    """As many manifests at a time as a message has room for."""
    some, size = list[tuple[CallId, date, bytes]](), 0
    for call in calls:
        if some and size + len(call[2]) > ONE_MESSAGE:
            yield some
            some, size = [], 0
        some.append(call)
        size += len(call[2]) + 100  # its other fields
    if some:
        yield some


class KeyClient:
    """Talks to the socket at `path`. Threads may share it. `granting` allows each piece of work.

    Every method raises KeysUnavailable or KeysRefused. All may be asked twice: what was done
    stays done.
    """

    def __init__(self, path: Path, granting: Granting | None = None) -> None:
        self._path = path
        self._granting = granting
        self._local = threading.local()

    def describe(self) -> Description:
        answer = self._ask(op="describe")
        return Description(
            date.fromisoformat(answer["intake"]["day"]),
            base64.b64decode(answer["intake"]["public"]),
            tuple(date.fromisoformat(day) for day in answer["intake_days"]),
            tuple(date.fromisoformat(day) for day in answer["days"]),
            answer["calls"],
            answer["locked"],
        )

    def alive(self, call_id: CallId) -> bool:
        """Whether the call's key is alive."""
        return bool(self._ask(op="describe", call_id=call_id)["alive"])

    def living(self, calls: Sequence[CallId]) -> frozenset[CallId]:
        """Those of the calls whose keys are alive; at most 1,000 at a time."""
        answer = self._ask(op="describe", calls=list(calls))
        return frozenset(CallId(one) for one in answer["living"])

    def permit(self, calls: Sequence[CallId]) -> Permit:
        """To take these calls in; at most 1,000."""
        token = self._grant(on_calls(INTAKE, calls))
        return Permit(token, tuple(calls), claims(token).expires_us)

    def rewrap(
        self,
        call_id: CallId,
        wrapped: bytes,
        intake_day: date,
        manifest: bytes,
        day: date | None = None,
        *,
        permit: Permit | None = None,
    ) -> bytes:
        """The manifest's text; with `day`, the data key is kept under that day from now on."""
        permit = permit or self.permit([call_id])
        fields: dict[str, str | list[CallId]] = {
            "grant": permit.token,
            "calls": list(permit.calls),
            "call_id": call_id,
            "wrapped": base64.b64encode(wrapped).decode(),
            "intake_day": intake_day.isoformat(),
            "manifest": base64.b64encode(manifest).decode(),
        }
        if day:
            fields["day"] = day.isoformat()
        return base64.b64decode(self._ask(op="rewrap", **fields)["manifest"])

    def open(
        self, calls: Sequence[tuple[CallId, date, bytes]], *, permit: Permit
    ) -> list[bytes | None]:
        """The texts of manifests, each sealed to that day's intake key, in this order; None of a
        call that was destroyed, or whose manifest does not open. At most 1,000.
        """
        found = list[bytes | None]()
        for some in _in_messages(calls):
            sealed = [
                {
                    "call_id": call_id,
                    "intake_day": intake_day.isoformat(),
                    "manifest": base64.b64encode(manifest).decode(),
                }
                for call_id, intake_day, manifest in some
            ]
            told = self._ask(op="open", grant=permit.token, calls=list(permit.calls), sealed=sealed)
            found += [None if one is None else base64.b64decode(one) for one in told["manifests"]]
        return found

    def keep(self, calls: Sequence[tuple[CallId, bytes, date, date]], *, permit: Permit) -> None:
        """The data keys, each with its intake day, are kept under these destruction days from now
        on: all of them, or none. At most 1,000.
        """
        kept = [
            {
                "call_id": call_id,
                "wrapped": base64.b64encode(wrapped).decode(),
                "intake_day": intake_day.isoformat(),
                "day": day.isoformat(),
            }
            for call_id, wrapped, intake_day, day in calls
        ]
        self._ask(op="keep", grant=permit.token, calls=list(permit.calls), kept=kept)

    def unwrap(self, token: str) -> bytes:
        """The data key (32 bytes) of the call that the grant names. Drop it after use."""
        return base64.b64decode(self._ask(op="unwrap", grant=token)["key"])

    def rekey(self, token: str, was: str, wrapped: bytes, intake_day: date) -> None:
        """Replaces the data key of the call that the grant names; the one before is gone on return.

        `was` is the SHA-256 of the one before, `wrapped` the new one, sealed to the intake key.
        """
        self._ask(
            op="rekey",
            grant=token,
            was=was,
            wrapped=base64.b64encode(wrapped).decode(),
            intake_day=intake_day.isoformat(),
        )

    def move(self, calls: Sequence[CallId], day: date) -> None:
        """The keys live until `day` at least; at most 1,000 at a time, all of them or none."""
        grant = self._grant(on_calls(MOVING, calls, day))
        self._ask(op="move", calls=list(calls), day=day.isoformat(), grant=grant)

    def destroy_call(self, call_id: CallId) -> None:
        grant = self._grant(on_calls(DESTRUCTION, [call_id]))
        self._ask(op="destroy", what="call", call_id=call_id, grant=grant)

    def destroy_calls(self, calls: Sequence[CallId]) -> None:
        """At most 1,000 at a time."""
        grant = self._grant(on_calls(DESTRUCTION, calls))
        self._ask(op="destroy", what="calls", calls=list(calls), grant=grant)

    def destroy_day(self, day: date) -> None:
        self.destroy_days([day])

    def destroy_days(self, days: Sequence[date]) -> None:
        """At most 400 at a time; all of them or none."""
        grant, named = self._grant(on_days("day", days)), [day.isoformat() for day in days]
        self._ask(op="destroy", what="days", days=named, grant=grant)

    def destroy_intake(self, day: date) -> None:
        grant = self._grant(on_days("intake", [day]))
        self._ask(op="destroy", what="intake", day=day.isoformat(), grant=grant)

    def keeping(self) -> Keeping:
        """How the key store's secret is kept."""
        return _keeping(self._ask(op="keeping"))

    def rotate(self) -> Keeping:
        """The secret is a new one on return, and the one before opens nothing in any file."""
        return _keeping(self._ask(op="rotate", grant=self._grant(ROTATING)))

    def entrust(self) -> Keeping:
        """The key process takes the escrow that waits beside its key store."""
        return _keeping(self._ask(op="entrust"))

    def given(self, since_us: int) -> list[tuple[str, int]]:
        """The audit entries under which keys were given from then on, and when; some thousands."""
        return [(leaf, at_us) for leaf, at_us in self._ask(op="given", since_us=since_us)["given"]]

    def copy(self, token: str) -> BinaryIO:
        """The key store as of one instant, for the backup that the grant names: every key in it is
        sealed.
        """
        self._ask(op="copy", grant=token)
        try:
            return receive_file(self._local.connection.socket)
        except OSError as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Closes this thread's connection."""
        self._local.connection = None

    def _grant(self, work: Work) -> str:
        if self._granting is None:
            raise KeysRefused("refused", f"this program was given no grants for {work.purpose}")
        return self._granting(work)

    def _ask(
        self, **message: str | int | list[CallId] | list[str] | list[dict[str, str]]
    ) -> dict[str, Any]:
        content = json.dumps(message).encode()
        if len(content) > MAX_MESSAGE:
            raise KeysRefused("malformed", "the message is larger than the key process takes")
        answer: dict[str, Any] = json.loads(self._exchange(content))
        if answer["ok"]:
            return answer
        if answer["error"] == "unavailable":
            raise KeysUnavailable(answer["message"])
        raise KeysRefused(answer["error"], answer["message"])

    def _exchange(self, content: bytes) -> bytes:
        """Once over the connection at hand, which may be stale, and once over a fresh one."""
        if getattr(self._local, "connection", None):
            try:
                return self._over_connection(content)
            except ConnectionError:
                self.close()
            except OSError as error:
                raise self._unavailable(error) from error
        try:
            return self._over_connection(content)
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> KeysUnavailable:
        self.close()
        return KeysUnavailable(f"the key process does not answer: {error.strerror or error}")

    def _over_connection(self, content: bytes) -> bytes:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = _Connection(self._path)
        send(connection.socket, content)
        answer = receive(connection.socket, ANSWER_SECONDS)
        if answer is None:
            raise ConnectionResetError("the key process hung up")
        return answer
