"""A sender whose sample clock is off is an alarm until it is right again (N-12)."""

from datetime import timedelta

from cast import NOW, Cast
from manifests import enter
from vaiti.due import alarms
from vaiti.register import sender_clocks
from vaiti.vault.manifest import Side

MINUTE = 60_000_000


def streams(ppm: float, minutes: int) -> tuple[Side, ...]:
    wall = minutes * MINUTE
    return tuple(Side(n, 1, 1, 0, 0, round(wall * (1 + ppm / 1e6)), wall) for n in (0, 1))


def test_n12_a_clock_that_is_off_is_an_alarm_by_sender(cast: Cast) -> None:
    for ppm in (310, 290, 280):
        enter("anna.astrom", peer="pbx-1", sides=streams(ppm, 10))
    for ppm in (-30, 900, 40):  # one stream among others tells nothing
        enter("anna.astrom", peer="pbx-2", sides=streams(ppm, 10))
    enter("anna.astrom", peer="pbx-3", sides=streams(5000, 2))  # too short
    enter("anna.astrom", peer="pbx-4", sides=streams(5000, 10))  # too few
    sender_clocks.watch(200, NOW)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key) == ("sender_clock", "pbx-1")
    assert alarm.detail == "290 in a million fast, 1.0 seconds in an hour"
    sender_clocks.watch(400, NOW)
    assert alarms.standing() == []
    sender_clocks.watch(200, NOW)
    sender_clocks.watch(200, NOW + timedelta(days=2))
    assert alarms.standing() == []
    sender_clocks.watch(0, NOW)
    assert alarms.standing() == []
