"""Calls whose agent nobody knows: how many there are, and what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from vaiti.due import alarms
from vaiti.notice.models import Function, Line
from vaiti.people import feed
from vaiti.people import likely as people
from vaiti.people.likely import Likely
from vaiti.people.seats import FeedRules
from vaiti.register.models import Leg
from vaiti.register.strands import nobodys

ALARM = "unassigned_agents"
BACK = timedelta(days=1)
FEWEST = 10  # legs of a day; of fewer a share says nothing


@dataclass(frozen=True, slots=True)
class Share:
    """Of `every` leg of some time, the test line's left out, `unknown` have no agent."""

    unknown: int
    every: int

    def above(self, percent: int) -> bool:
        return self.unknown >= 1 and self.unknown * 100 > self.every * percent


def share(now: datetime) -> Share:
    lines = Line.objects.exclude(function=Function.TEST).values_list("id", flat=True)
    day = Leg.objects.filter(started_at__gt=now - BACK)
    every = day.filter(line_id__in=list(lines)).count()
    return Share(unknown=day.filter(nobodys()).count(), every=every)


def share_between(begins: datetime, ends: datetime) -> Share:
    """Of what began from `begins` on and before `ends`, and is still in the book."""
    lines = Line.objects.exclude(function=Function.TEST).values_list("id", flat=True)
    legs = Leg.objects.filter(started_at__gte=begins, started_at__lt=ends)
    every = legs.filter(line_id__in=list(lines)).count()
    return Share(unknown=legs.filter(nobodys()).count(), every=every)


def watch(percent: int, now: datetime) -> None:
    """An alarm stands while more than `percent` of the last day's legs have no agent."""
    found = share(now)
    if found.every >= FEWEST and found.above(percent):
        detail = f"{found.unknown} of {found.every} in a day; allowed {percent} in a hundred"
        alarms.raise_alarm(ALARM, "register", detail, now)
    else:
        alarms.clear(ALARM, "register", now)


def likely(leg_ids: Iterable[int], rules: FeedRules) -> dict[int, Likely]:
    """Who each leg's agent most likely was, where a login was lost and its logout came. Nobody
    else is to be told of it than who says whose such a leg is, and nothing is decided by it."""
    legs = list(Leg.objects.filter(nobodys(), id__in=set(leg_ids)).exclude(device=""))
    found = dict[int, Likely]()
    for device in {leg.device for leg in legs}:
        here = [leg for leg in legs if leg.device == device]
        begins, ends = min(leg.started_at for leg in here), max(leg.ended_at for leg in here)
        words = feed.around(device, begins, ends, rules)
        for leg in here:
            one = people.likely(device, leg.started_at, leg.ended_at, words, rules)
            if one is not None and feed.was_here(one.person, leg.started_at):
                found[leg.id] = one
    return found


def devices(leg_ids: Iterable[int]) -> dict[int, str]:
    """The telephone that each leg was on, where its agent is not known."""
    return dict(Leg.objects.filter(id__in=set(leg_ids)).values_list("id", "device"))
