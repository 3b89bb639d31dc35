"""Holds each day's count of the sound that left against what the log says was handed out (N-09)."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from vaiti.access import listening
from vaiti.audit import log, reading, sound
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.playback import egress

ALARM = "sound_unexplained"
ACTOR = "system:egress"
EVERY = 600.0
KEPT = timedelta(days=8)
"""Meanwhile the live check of the promise looks at the count again."""


@dataclass(frozen=True, slots=True)
class EgressDesk:
    """`folder` is where playback counts. Each day is compared once, when it has settled."""

    folder: Path

    def round(self, now: datetime) -> int:
        """How many listenings and copies gave out more or less than the log says."""
        there, told = egress.days(self.folder), _told()
        ready = [one for one in there if egress.settled(one, now)]
        fresh = [one for one in ready if one > told]
        wrong = self._wrong(fresh, there) if fresh else {}
        with transaction.atomic():
            for one, rest in wrong.items():
                alarms.raise_alarm(ALARM, one.hex, f"bytes={rest}", now, event=True)
            for day in fresh:
                self._tell(day, len(wrong), now)
        for day in ready:
            if _begins(day) + KEPT <= now:
                (self.folder / day.isoformat()).unlink()
        return len(wrong)

    def _wrong(self, fresh: list[date], there: list[date]) -> dict[UUID, int]:
        """What was opened on these days, with all that left under it until now."""
        left: Counter[UUID] = Counter()
        mine, later = set[UUID](), set[UUID]()
        for day in there:
            counted = egress.counted(self.folder, day)
            left.update(counted)
            (mine if day in fresh else later if day > fresh[-1] else set()).update(counted)
        begins, ends = _begins(fresh[0]), _begins(fresh[-1] + timedelta(days=1))
        heard = sound.handed_out(sound.HEARD, begins)
        mine |= sound.opened(begins, ends) & set(heard)
        return egress.unexplained(
            {one: left[one] for one in mine},
            {one: heard[one] for one in mine},
            sound.handed_out(sound.TAKEN, begins),
            listening.running() | later,
        )

    def _tell(self, day: date, wrong: int, now: datetime) -> None:
        counted = egress.counted(self.folder, day)
        facts: Facts = {
            "day": day.isoformat(),
            "count": len(counted),
            "sound_bytes": counted.total(),
            "problems": wrong,
        }
        log.append(Kind.OPS_EGRESS_COMPARED, actor=ACTOR, facts=facts, now=now)


def _told() -> date:
    """The newest day that was compared, as the log says."""
    newest = reading.entries(kind=Kind.OPS_EGRESS_COMPARED, limit=1).entries
    return date.fromisoformat(newest[0].facts["day"]) if newest else date.min


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
