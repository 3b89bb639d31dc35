"""The figures of a period, for auditor and management: counted from the log, tombstones and rows.

Counts and no names: nobody is told apart, and nobody sorted (L-34). What was counted of a time that
is over counts the same later, but for what is told of calls that are still in the book.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vaiti.audit import counting
from vaiti.audit.counting import Ends
from vaiti.audit.kinds import Kind
from vaiti.people import coverage
from vaiti.people.coverage import Ready
from vaiti.register import unassigned
from vaiti.register.unassigned import Share
from vaiti.retention.lateness import Lateness, lateness

Span = tuple[datetime, datetime]

GROUPS: dict[str, tuple[Kind, ...]] = {
    "calls": (
        *(Kind.CALL_RECORDING_TAKEN_IN, Kind.RETENTION_CALL_DESTROYED),
        *(Kind.CALL_RECORDING_PAUSED, Kind.CALL_RECORDING_DROPPED),
        *(Kind.CALL_TRAINING_OBJECTED, Kind.CALL_PASSAGE_SILENCED, Kind.CALL_FACTS_CORRECTED),
    ),
    "listening": (
        *(Kind.ACCESS_LISTENING_OPENED, Kind.ACCESS_LISTENING_REFUSED),
        *(Kind.ACCESS_CALL_REFUSED, Kind.ACCESS_RECORDING_VERIFIED),
    ),
    "watched": (
        *(Kind.ACCESS_ALERT_RAISED, Kind.ACCESS_ALERT_ANSWERED, Kind.ACCESS_SPOT_CHECK_ASKED),
        *(Kind.ACCESS_SPOT_CHECK_SHOWN, Kind.ACCESS_SPOT_CHECK_DECIDED),
    ),
    "second": (
        *(Kind.ACCESS_APPROVAL_ASKED, Kind.ACCESS_APPROVAL_GIVEN, Kind.ACCESS_APPROVAL_REFUSED),
        Kind.ACCESS_APPROVAL_WITHDRAWN,
    ),
    "emergencies": (
        *(Kind.ACCESS_EMERGENCY_OPENED, Kind.ACCESS_EMERGENCY_ENDED),
        *(Kind.ACCESS_EMERGENCY_REFUSED, Kind.ACCESS_EMERGENCY_SEEN),
    ),
    "gaps": (
        *(Kind.REGISTER_GAP_FOUND, Kind.REGISTER_GAP_SETTLED, Kind.REGISTER_RECORDS_COMPARED),
    ),
    "rights": (
        *(Kind.PEOPLE_ROLE_GRANTED, Kind.PEOPLE_ROLE_ENDED, Kind.PEOPLE_REVIEW_CONFIRMED),
        *(Kind.PEOPLE_REVIEW_REPORTED, Kind.PEOPLE_REVIEW_SETTLED),
        *(Kind.PEOPLE_DELEGATION_GIVEN, Kind.PEOPLE_WIDENING_SEEN),
    ),
    "audit": (
        *(Kind.ACCESS_SAMPLE_DRAWN, Kind.ACCESS_SAMPLE_READ, Kind.ACCESS_SAMPLE_CHECKED),
        *(Kind.ACCESS_LOG_READ, Kind.ACCESS_REPORT_MADE),
        *(Kind.RETENTION_CERTIFICATE_ISSUED, Kind.RETENTION_PLACE_SCANNED),
    ),
}
"""What is counted of the log, in sections."""


@dataclass(frozen=True, slots=True)
class Period:
    """`taken_in` and `destroyed` are by `spans`; `listenings` by right and purpose; `answers` by
    what came of alerts; `opened` by kind of matter; `unassigned` of what is still in the book."""

    begins: datetime
    ends: datetime
    counts: dict[str, dict[str, int]]
    spans: tuple[Span, ...]
    taken_in: tuple[int, ...]
    destroyed: tuple[int, ...]
    lateness: Lateness
    listenings: tuple[tuple[str, str, int], ...]
    answers: tuple[tuple[str, int], ...]
    opened: tuple[tuple[str, int], ...]
    ready: Ready
    unassigned: Share
    log: Ends


def of_period(spans: Sequence[Span]) -> Period:
    """Of the time from the first span's beginning to the last one's end, which join."""
    begins, ends = spans[0][0], spans[-1][1]
    listened = counting.by_facts(Kind.ACCESS_LISTENING_OPENED, ("rule", "purpose"), begins, ends)
    answered = counting.by_facts(Kind.ACCESS_ALERT_ANSWERED, ("answer",), begins, ends)
    opened = counting.by_facts(Kind.ACCESS_MANDATE_OPENED, ("kind",), begins, ends)
    return Period(
        begins=begins,
        ends=ends,
        counts={name: counting.by_kind(kinds, begins, ends) for name, kinds in GROUPS.items()},
        spans=tuple(spans),
        taken_in=counting.by_span(Kind.CALL_RECORDING_TAKEN_IN, spans),
        destroyed=counting.by_span(Kind.RETENTION_CALL_DESTROYED, spans),
        lateness=lateness(begins, ends),
        listenings=tuple(sorted((rule, why, n) for (rule, why), n in listened.items())),
        answers=tuple(sorted((one, n) for (one,), n in answered.items())),
        opened=tuple(sorted((one, n) for (one,), n in opened.items())),
        ready=coverage.ready_at(ends),
        unassigned=unassigned.share_between(begins, ends),
        log=counting.checkpoints(begins, ends),
    )
