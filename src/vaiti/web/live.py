"""The agent's small page: is this call being recorded, and what may be asked of the recorder."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access import live
from vaiti.access.errors import NotVisible
from vaiti.access.live import Asking, LiveCall, NoLiveCall, RecorderAway
from vaiti.register import referred
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.recorder import RecorderRefused
from vaiti.web.http.request import SignedIn, is_fragment
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.numbers import write_masked, write_whole
from vaiti.web.wording import spelling, words

AWAY = (RecorderAway, RecorderRefused)
SENDER, UNKNOWN = "sender", "unknown"
REMINDER = timedelta(minutes=1)
"""So long before a pause ends by itself the page reminds of it."""
ENDED, OBJECTED = "ended", "objected"
PAUSES = {
    "payment": gettext_noop("payment by card"),
    "identity": gettext_noop("personal identity code"),
    "sensitive": gettext_noop("other sensitive matter"),
    "sender": gettext_noop("the phone system asked for it"),
    "unknown": gettext_noop("what another recorder was told cannot be read"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One call in progress, in words. `mood` is good, warn or bad; `announces`, `recording`,
    `paused` and `kept` say what may be asked; `soon`: a pause is about to end by itself;
    `by_sender`: it is the phone system that paused; `unknown`: perhaps somebody, at a recorder that
    had the call before."""

    call: str
    state: str
    mood: str
    about: str
    since: str
    until: str
    announces: bool
    recording: bool
    paused: bool
    soon: bool
    by_sender: bool
    unknown: bool
    kept: bool
    reference: str
    spelt: str


@only("GET")
def page(request: SignedIn) -> HttpResponseBase:
    """With `small` without anything around it, for a window in a corner of the screen."""
    given = {"small": "small" in request.GET, **_said(request.GET.get("said", ""))}
    return render(request, "live.html", {**_now(request), **given})


@only("GET")
def now(request: SignedIn) -> HttpResponseBase:
    """The present state, and nothing while it is what the page shows already."""
    found = _now(request)
    if request.GET.get("as") == found["key"]:
        return HttpResponse(status=204)
    return render(request, "_live.html", found)


@only("POST")
def act(request: SignedIn, call_id: str, name: str) -> HttpResponseBase:
    said = ""
    try:
        said = _act(request, call_id, name)
    except NoLiveCall:
        said = ENDED
    except AWAY:
        pass  # the page says so itself
    if is_fragment(request):
        return render(request, "_live.html", {**_now(request), **_said(said)})
    response = HttpResponse(status=303)
    response.headers["Location"] = f"/live/?said={said}" if said else "/live/"
    return response


def _said(code: str) -> dict[str, str]:
    if code == ENDED:
        return {"said": _("The call had ended already."), "said_mood": "warn"}
    if code != OBJECTED:
        return {}
    if wired().dialler_told:
        return {
            "said": _("The dialler is told not to call again. Only the time is kept here."),
            "said_mood": "good",
        }
    return {
        "said": _("The time is kept. No dialler is told: take the number off your list yourself."),
        "said_mood": "warn",
    }


def _act(request: SignedIn, call_id: str, name: str) -> str:
    """The code of what the page says about it."""
    person, asked = request.person.id, _with(request)
    try:
        if name == "pause":
            live.pause(person, call_id, request.POST.get("reason", ""), asked)
        elif name == "resume":
            live.resume(person, call_id, asked)
        elif name == "forget":
            live.do_not_keep(person, call_id, request.POST.get("wish", ""), asked)
        elif name == "announced":
            live.announce(person, call_id, asked)
        elif name == "do-not-call":
            live.do_not_call(person, call_id, asked)
            return OBJECTED
        else:
            raise Http404
    except (NotVisible, ValueError) as error:
        raise Http404 from error
    return ""


def _with(request: SignedIn) -> Asking:
    return Asking(wired().recorder, wired().agent_feed, request.moment)


def _now(request: SignedIn) -> dict[str, object]:
    away = None
    calls: Sequence[LiveCall] = ()
    try:
        calls = live.own_calls(request.person.id, _with(request))
    except NotVisible as error:
        raise Http404 from error
    except AWAY as error:
        away = _away(error)
    see = Moments.at(request.moment)
    return {
        "cards": [_card(each, see) for each in calls],
        "away": away,
        "key": _key(calls, away is not None, request.moment),
        "dialler_told": wired().dialler_told,
        "reasons": [(code, pause_reason(code)) for code in live.REASONS],
    }


def _away(error: RecorderAway | RecorderRefused) -> Trouble:
    if isinstance(error, RecorderAway) and error.partly:
        return Trouble(
            _("One of the recorders does not answer"),
            _(
                "If you are in a call, it may be there, and nobody can say whether it is recorded. "
                "Treat it as not recorded, and confirm in writing what matters. Tell your "
                "administrator which one it is: %(names)s."
            )
            % {"names": ", ".join(error.names)},
        )
    return Trouble(
        _("The recorder does not answer"),
        _(
            "Nobody can say whether your call is recorded. Treat it as not recorded, and "
            "confirm in writing what matters. Tell your administrator."
        ),
    )


def _soon(call: LiveCall, now: datetime) -> bool:
    """Whether a pause is about to end by itself, so that somebody is reminded of it (L-40)."""
    return call.until is not None and call.until - now <= REMINDER


def _key(calls: Sequence[LiveCall], away: bool, now: datetime) -> str:
    """Differs when anything that the page shows does."""
    told = [
        (each.call, each.state, each.since, each.until, each.reason, _soon(each, now))
        for each in calls
    ]
    return hashlib.sha256(repr((told, away)).encode()).hexdigest()[:16]


def _card(call: LiveCall, see: Moments) -> Card:
    number, reference = write_masked(call.customer), referred.reference_of(UUID(hex=call.call))
    about = f"{words.direction(call.direction)} · {write_whole(call.line)} · {number}"
    return Card(
        call=call.call,
        state=_state(call),
        mood={"recording": "good", "paused": "warn", "waiting": "warn"}.get(call.state, "bad"),
        about=about,
        since=_("since %(time)s") % {"time": see.time(call.since, seconds=True)},
        until=see.time(call.until, seconds=True) if call.until else "",
        announces=(call.state, call.reason) == ("waiting", "announcement"),
        recording=call.state == "recording",
        paused=call.state == "paused",
        soon=_soon(call, see.now),
        by_sender=call.state == "paused" and call.reason == SENDER,
        unknown=call.state == "paused" and call.reason == UNKNOWN,
        kept=call.state != "not_recorded",
        reference=reference,
        spelt=spelling.spelt(reference),
    )


def _state(call: LiveCall) -> str:
    if call.state == "recording":
        return _("Recording")
    if call.state == "paused":
        return _("Paused: %(reason)s") % {"reason": pause_reason(call.reason)}
    if call.state == "waiting" and call.reason == "announcement":
        return _("Not recorded yet: waiting for the announcement")
    if call.state == "waiting":
        return _("Not recorded yet: waiting for the answer")
    return _("Not recorded")


def pause_reason(code: str) -> str:
    return _(PAUSES[code]) if code in PAUSES else code
