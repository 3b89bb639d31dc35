"""What may be asked of a recorder about calls in progress: the messages of `run/control.sock`.

Pure. Messages: docs/control.md. Whoever asks names devices, not persons: who may ask for which
device is decided, and written down, before.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from vaiti.capture.session.session import Session
from vaiti.capture.session.signs import Sign

MAX_DEVICES = 64  # in one message
MAX_DEVICE = 64  # characters
MAX_NAME = 128  # characters
REASONS = frozenset({"payment", "identity", "sensitive"})
"""Why recording pauses: card numbers, identity codes, what else must not be kept (L-40, D-16)."""

Message = Mapping[str, Any]
Answer = dict[str, Any]


class Malformed(ValueError):
    """The message is not of the form that docs/control.md gives."""


class NoCall(LookupError):
    """Nobody speaks at the device, or another call than the one meant."""


def handle(message: Message, session: Session, now: float) -> Answer:
    """The answer to one message. An error answer has `error` (a code) and `message`."""
    act = _ACTS.get(str(message.get("op")))
    if act is None:
        return _error("unknown", f"the recorder knows {', '.join(_ACTS)}")
    try:
        return {"ok": True, **act(message, session, now)}
    except Malformed as error:
        return _error("malformed", str(error))
    except NoCall as error:
        return _error("no_call", str(error))


def _state(message: Message, session: Session, now: float) -> Answer:
    found = session.live(_devices(message), _called(message))
    return {"calls": [asdict(each) for each in found]}


def _pause(message: Message, session: Session, now: float) -> Answer:
    reason = message.get("reason")
    if reason not in REASONS:
        raise Malformed(f"a pause has one of the reasons {', '.join(sorted(REASONS))}")
    if not session.pause(_call(message), _devices(message), str(reason), now):
        raise NoCall("there is no such call at these devices")
    return _state(message, session, now)


def _resume(message: Message, session: Session, now: float) -> Answer:
    if not session.resume(_call(message), _devices(message), now):
        raise NoCall("there is no such call at these devices")
    return _state(message, session, now)


def _drop(message: Message, session: Session, now: float) -> Answer:
    if not session.drop(_call(message), _devices(message), now):
        raise NoCall("there is no such call at these devices")
    return _state(message, session, now)


def _announced(message: Message, session: Session, now: float) -> Answer:
    return _reported(Sign.ANNOUNCED, message, session, now)


def _answered(message: Message, session: Session, now: float) -> Answer:
    return _reported(Sign.ANSWERED, message, session, now)


def _reported(sign: Sign, message: Message, session: Session, now: float) -> Answer:
    """Of one call, or of all that wait at the devices."""
    call = _call(message) if "call" in message else ""
    if not session.report(sign, call, _devices(message), now):
        raise NoCall("there is no such call at these devices")
    return _state(message, session, now)


_ACTS: Mapping[str, Callable[[Message, Session, float], Answer]] = {
    "state": _state,
    "pause": _pause,
    "resume": _resume,
    "drop": _drop,
    "announced": _announced,
    "answered": _answered,
}


def _devices(message: Message) -> frozenset[str]:
    devices = message.get("devices")
    least = 0 if "called" in message else 1
    if not isinstance(devices, list) or not least <= len(devices) <= MAX_DEVICES:
        raise Malformed(f"a message names 1 to {MAX_DEVICES} devices")
    # the device of a call that names none is empty, and means no other call
    shortest = 0 if "call" in message else 1
    if not all(isinstance(each, str) and shortest <= len(each) <= MAX_DEVICE for each in devices):
        raise Malformed(f"a device is a text of 1 to {MAX_DEVICE} characters")
    return frozenset(devices)


def _called(message: Message) -> frozenset[str]:
    """What a person is called where senders name the agent, in small letters."""
    called = message.get("called", [])
    if not isinstance(called, list) or len(called) > MAX_DEVICES:
        raise Malformed(f"called names at most {MAX_DEVICES} texts")
    if not all(isinstance(each, str) and 0 < len(each) <= MAX_NAME for each in called):
        raise Malformed(f"a person is called by a text of 1 to {MAX_NAME} characters")
    return frozenset(called)


def _call(message: Message) -> str:
    call = message.get("call")
    if not isinstance(call, str):
        raise Malformed("a message names the call that it is about")
    return call


def _error(code: str, sentence: str) -> Answer:
    return {"ok": False, "error": code, "message": sentence}
