"""What the worker does for people's requests: looks at every clock, each in the notice's zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from vaiti.notice import versions
from vaiti.rights import watch
from vaiti.rights.policy import CaseRules

EVERY = 600.0


@dataclass(frozen=True, slots=True)
class CaseDesk:
    rules: CaseRules

    def round(self, now: datetime) -> None:
        zone = versions.zone_at(now) or ZoneInfo("UTC")
        watch.watch_clocks(self.rules, now.astimezone(zone).date(), now)
        watch.watch_handlers(self.rules, now)
        watch.forget(self.rules, now)
