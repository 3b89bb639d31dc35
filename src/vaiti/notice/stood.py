"""The lines, notices and rules as they stood at many instants: asked for at once.

The same as `lines.line_for` and `versions.in_force` say of one, and the rule that shortens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vaiti.notice.due import Approved, Months, months_kept
from vaiti.notice.lines import Entry, LineCard, entries_of
from vaiti.notice.rules import approved
from vaiti.notice.versions import Notice, in_force_between


@dataclass(frozen=True, slots=True)
class Stood:
    """Of the lines and instants that it was asked for; `_notices` has the newest first."""

    _lines: Mapping[str, Sequence[Entry]]
    _notices: Sequence[Notice]
    _approved: Sequence[Approved]

    def line_for(self, number: str, at: datetime) -> LineCard | None:
        """The entry that stood for `number` (E.164) at `at`."""
        entries = self._lines.get(number, ())
        return next((entry.line for entry in entries if entry.stood(at)), None)

    def in_force(self, at: datetime) -> Notice | None:
        return next((one for one in self._notices if one.valid_from <= at), None)

    def kept_for(self, told: int, ended_at: datetime) -> Months:
        return months_kept(told, ended_at, self._approved)


def stood_at(instants: Iterable[datetime], numbers: Iterable[str] = ()) -> Stood:
    """Of these lines, and at these instants or between them. Raises NoticeAltered."""
    known = sorted(instants)
    notices = in_force_between(known[0], known[-1]) if known else []
    return Stood(entries_of(set(numbers)), notices, approved())
