"""What the player is told of the leg it plays."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from vaiti.access.doors import LegView
from vaiti.web.dates import write_length
from vaiti.web.moments import Moments

SPEEDS = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)


@dataclass(frozen=True, slots=True)
class Speed:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Player:
    """`seconds` is the length until the sound's own is known; `watermark` names the listener."""

    call: str
    audio: str
    lanes: str
    status: str
    verify: str
    title: str
    watermark: str
    seconds: int
    length: str
    docked: bool
    speeds: list[Speed]
    verdict: object = None


def player_of(
    part: LegView, listening_id: str, listener: str, see: Moments, *, docked: bool
) -> Player:
    leg = part.leg
    call = leg.call.id.hex
    agent = leg.agent or _("unknown agent")
    named = {"moment": see.day_and_time(leg.started_at), "agent": agent}
    marked = {"name": listener, "moment": see.day_and_time(see.now)}
    return Player(
        call=call,
        audio=f"/calls/{call}/audio/{listening_id}",
        lanes=f"/calls/{call}/lanes/{listening_id}",
        status=f"/calls/{call}/status/{listening_id}",
        verify=f"/calls/{call}/verify/{listening_id}",
        title=_("The call of %(moment)s, %(agent)s") % named if docked else agent,
        watermark=_("Opened for %(name)s on %(moment)s") % marked,
        seconds=leg.length_s,
        length=write_length(leg.ended_at - leg.started_at),
        docked=docked,
        speeds=[_speed(rate) for rate in SPEEDS],
    )


def _speed(rate: float) -> Speed:
    plain = f"{rate:g}"
    places = len(plain.partition(".")[2])
    return Speed(plain, number_format(rate, decimal_pos=places) + "×", rate == 1)
