"""An agent's own calls in progress, for the program at their desk: what the small page does."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from vaiti.access import live
from vaiti.access.errors import NotVisible
from vaiti.access.live import Asking, LiveCall, NoLiveCall, RecorderAway
from vaiti.access.token_rules import TokenScope
from vaiti.register import referred
from vaiti.web.api.moments import written
from vaiti.web.api.operation import Asked, Operation
from vaiti.web.api.shapes import an_id, choice, instant, or_nothing, record, several, text, truth
from vaiti.web.http.problems import Problem
from vaiti.web.http.recorder import RecorderRefused
from vaiti.web.http.wiring import wired

AWAY: Final = {503: "the recorder does not answer: treat the call as not recorded"}
SILENT: Final = "does not answer; treat the call as not recorded"
ENDED: Final = {404: "the call has ended, or is not the owner's", **AWAY}
CARD: Final = record(
    {
        "call": an_id(),
        "state": choice(("waiting", "recording", "paused", "not_recorded")),
        "since": instant(),
        "until": or_nothing(instant("when a pause ends by itself")),
        "reason": text("of a pause; or what is waited for: announcement, answer"),
        "line": text(),
        "direction": choice(("in", "out")),
        "customer": text("masked"),
        "reference": text("by which the customer may ask for this call, once it is kept"),
    }
)


def now(asked: Asked) -> Mapping[str, Any]:
    """The owner's calls in progress."""
    with_recorder = _asking(lambda: live.own_calls(_owner(asked), _with(asked)))
    return {"calls": [_card(one) for one in with_recorder]}


def pause(asked: Asked) -> None:
    reason, call = asked.body["reason"], asked.path["call_id"]
    _asking(lambda: live.pause(_owner(asked), call, reason, _with(asked)))


def resume(asked: Asked) -> None:
    call = asked.path["call_id"]
    _asking(lambda: live.resume(_owner(asked), call, _with(asked)))


def drop(asked: Asked) -> None:
    wish, call = asked.body["wish"], asked.path["call_id"]
    _asking(lambda: live.do_not_keep(_owner(asked), call, wish, _with(asked)))


def announced(asked: Asked) -> None:
    call = asked.path["call_id"]
    _asking(lambda: live.announce(_owner(asked), call, _with(asked)))


def do_not_call(asked: Asked) -> Mapping[str, Any]:
    call = asked.path["call_id"]
    _asking(lambda: live.do_not_call(_owner(asked), call, _with(asked)))
    return {"dialler_told": wired().dialler_told}


def _with(asked: Asked) -> Asking:
    return Asking(wired().recorder, wired().agent_feed, asked.now)


def _asking(does: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked
    try:
        return does()
    except NoLiveCall as error:
        raise Problem(404, "the call has ended") from error
    except RecorderRefused as error:
        raise Problem(503, f"the recorder {SILENT}") from error
    except RecorderAway as error:
        which = ", ".join(error.names) or "the recorder"
        raise Problem(503, f"{which} {SILENT}") from error


def _owner(asked: Asked) -> Any:  # noqa: ANN401
    if asked.token.person is None:
        raise NotVisible
    return asked.token.person


def _card(one: LiveCall) -> dict[str, Any]:
    return {
        "call": one.call,
        "state": one.state,
        "since": written(one.since),
        "until": written(one.until) if one.until else None,
        "reason": one.reason,
        "line": one.line,
        "direction": one.direction,
        "customer": one.customer,
        "reference": referred.reference_of(UUID(hex=one.call)),
    }


OPERATIONS: Final = (
    Operation(
        "ownCallsNow",
        "GET",
        "live/calls",
        TokenScope.LIVE,
        "The owner's calls in progress, and whether each is recorded.",
        now,
        gives=record({"calls": several(CARD)}),
        refuses={404: "the owner is no agent", **AWAY},
    ),
    Operation(
        "pauseRecording",
        "POST",
        "live/calls/<hexid:call_id>/pause",
        TokenScope.LIVE,
        "Nothing is recorded from now on, until it goes on or the limit of the settings.",
        pause,
        body=record({"reason": choice(live.REASONS)}),
        refuses=ENDED,
    ),
    Operation(
        "resumeRecording",
        "POST",
        "live/calls/<hexid:call_id>/resume",
        TokenScope.LIVE,
        "Recording goes on.",
        resume,
        refuses=ENDED,
    ),
    Operation(
        "dropRecording",
        "POST",
        "live/calls/<hexid:call_id>/drop",
        TokenScope.LIVE,
        "Nothing of the call is kept. It cannot be undone.",
        drop,
        body=record({"wish": choice(live.WISHES)}),
        refuses=ENDED,
    ),
    Operation(
        "announcementMade",
        "POST",
        "live/calls/<hexid:call_id>/announced",
        TokenScope.LIVE,
        "The announcement was made: a line that waits for it is recorded from now on.",
        announced,
        refuses=ENDED,
    ),
    Operation(
        "doNotCall",
        "POST",
        "live/calls/<hexid:call_id>/do-not-call",
        TokenScope.LIVE,
        "The customer wants no more calls. Only the time is kept; webhooks tell the dialler.",
        do_not_call,
        gives=record({"dialler_told": truth("false: no webhook of the settings is told of it")}),
        refuses=ENDED,
    ),
)
