"""How far senders' sample clocks are from ours, over minutes (N-12): an alarm by sender.

The recorder notes how long a stream's own clock ran while ours did. One stream tells little, for
packets are late by chance; the middle one of a sender's streams of a day tells its clock.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from vaiti.due import alarms
from vaiti.register.models import Call

ALARM = "sender_clock"
LEAST_US = 180_000_000
"""Of a shorter time together chance is larger than a clock's fault."""
FEWEST = 3  # streams
MOST = 2_000  # calls of a day that are looked at, the newest
AT_ONCE = 200  # of them in memory
BACK = timedelta(days=1)


def parts_per_million(recording: Mapping[str, Any]) -> list[float]:
    """Of each stream that lasted long enough: positive, when the sender's clock is fast. Pure."""
    times = [(one.get("clock_us", 0), one.get("wall_us", 0)) for one in recording.get("sides", ())]
    return [(clock - wall) * 1e6 / wall for clock, wall in times if wall >= LEAST_US]


def by_peer(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, float]:
    """The middle of each sender's streams, of those who sent enough. Pure."""
    found: dict[str, list[float]] = {}
    for peer, recording in calls:
        found.setdefault(peer, []).extend(parts_per_million(recording))
    return {peer: median(each) for peer, each in found.items() if len(each) >= FEWEST}


def watch(most_ppm: int, now: datetime) -> None:
    """An alarm stands while a sender's clock is off by more than this; 0: none is looked at."""
    rows = Call.objects.filter(started_at__gt=now - BACK).order_by("-started_at")
    newest = rows.values_list("peer", "recording")[:MOST].iterator(AT_ONCE)
    clocks = by_peer(newest) if most_ppm else {}
    wrong = {peer: ppm for peer, ppm in clocks.items() if abs(ppm) > most_ppm}
    for peer, ppm in wrong.items():
        seconds = abs(ppm) * 3600 / 1e6
        way = "fast" if ppm > 0 else "slow"
        detail = f"{abs(ppm):.0f} in a million {way}, {seconds:.1f} seconds in an hour"
        alarms.raise_alarm(ALARM, peer[:128], detail, now)
    for standing in alarms.standing():
        if standing.kind == ALARM and standing.key not in wrong:
            alarms.clear(ALARM, standing.key, now)
