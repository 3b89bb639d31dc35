"""Reports on their way into the journal: each kind now and then, however often it happens."""

import json

from vaiti.capture.events import Report
from vaiti.vault.journal import NO_CALL, Kind, frame

EVERY_S = 60.0  # one EVENT of a kind, peer and reason in so many seconds
MAX_KNOWN = 1024  # different reports remembered


class Reports:
    """Turns reports into EVENT records, at most one of each in EVERY_S."""

    def __init__(self) -> None:
        self._told: dict[Report, float] = {}

    def records(self, report: Report, now: float) -> list[bytes]:
        told = self._told.get(report)
        if told is not None and 0 <= now - told < EVERY_S:
            return []
        self._told.pop(report, None)
        if len(self._told) >= MAX_KNOWN:
            self._told.pop(next(iter(self._told)))
        self._told[report] = now
        body = {
            "kind": report.kind,
            "peer": report.peer,
            "reason": report.reason,
            "at_us": round(now * 1e6),
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return [frame(Kind.EVENT, NO_CALL, text.encode())]
