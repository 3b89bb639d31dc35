"""The phone system's records against the book: each missing call becomes a row, and no other."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from cast import NOW, Cast
from manifests import SERVICE, TEST_LINE, enter
from vaiti.audit import log, reading
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.register import gaps, outages, reconciling
from vaiti.register.gaps import GapCard, GapRefused, NotYours
from vaiti.register.matching import SECOND, Rules, Stretch
from vaiti.register.models import Call, Comparison
from vaiti.register.reconciling import Compared, Told, compare
from vaiti.register.sides import RecordsShifted
from vaiti.retention import gap_rows
from vaiti.values.clock import to_micros

MORNING = NOW - timedelta(hours=3)
MINUTE = timedelta(minutes=1)
RULES = Rules()
BY = "system:command-line"


def told(start: datetime, seconds: float = 60, line: str = SERVICE, direction: str = "") -> Told:
    first = to_micros(start)
    return Told(Stretch(line, first, first + round(seconds * SECOND)), direction)


def compared(*records: Told, now: datetime = NOW) -> Compared:
    return compare(records, source="pbx", rules=RULES, by=BY, now=now)


def rows(cast: Cast, **narrow: str) -> tuple[GapCard, ...]:
    return gaps.read(cast.dpo.id, NOW, **narrow).rows


def away() -> None:
    born = to_micros(MORNING - MINUTE)
    outages.seen("recorder", born, to_micros(MORNING), "", MORNING)
    outages.seen("recorder", to_micros(MORNING + MINUTE), to_micros(MORNING + 2 * MINUTE), "", NOW)


def refusing(reason: str) -> None:
    born = to_micros(MORNING - MINUTE)
    outages.seen("recorder", born, to_micros(MORNING), reason, MORNING)
    outages.seen("recorder", born, to_micros(MORNING + MINUTE), "", NOW)


def test_n22_a_call_that_nobody_recorded_is_a_row_with_line_and_times(cast: Cast) -> None:
    enter("anna.astrom", start=MORNING)
    found = compared(told(MORNING), told(MORNING + 5 * MINUTE, 90))
    assert (found.told, found.matched, found.missing, found.new) == (2, 1, 1, 1)
    (row,) = rows(cast)
    assert (row.what, row.cause, row.line, row.state) == ("missing", "unknown", SERVICE, "open")
    assert (row.started_at, row.ended_at) == (
        MORNING + 5 * MINUTE,
        MORNING + 5 * MINUTE + timedelta(seconds=90),
    )
    assert [alarm.kind for alarm in alarms.standing()] == ["calls_missing"]
    (entry,) = reading.entries(kind="register:records:compared").entries
    assert (entry.facts["told"], entry.facts["missing"]) == (2, 1)


def test_n22_the_same_records_again_enter_nothing_twice(cast: Cast) -> None:
    records = [told(MORNING), told(MORNING + MINUTE), told(MORNING + MINUTE)]
    assert compared(*records).new == 3
    again = compared(*records, told(MORNING + 3 * MINUTE))
    assert (again.missing, again.new) == (4, 1)
    assert len(rows(cast)) == 4


def test_n22_a_call_that_came_into_the_book_later_closes_its_row(cast: Cast) -> None:
    compared(told(MORNING), told(MORNING + 2 * MINUTE))
    enter("anna.astrom", start=MORNING)
    assert compared(told(MORNING), told(MORNING + 2 * MINUTE)).found == 1
    assert [row.state for row in rows(cast)] == ["open", "closed"]
    enter("anna.astrom", start=MORNING + 2 * MINUTE)
    compared(told(MORNING), told(MORNING + 2 * MINUTE))
    assert alarms.standing() == []


def test_n11_what_was_recorded_and_is_in_no_record_is_unwanted(cast: Cast) -> None:
    first, last = told(MORNING), told(MORNING + 9 * MINUTE)
    for minutes in (0, 4, 9):
        enter("anna.astrom", start=MORNING + minutes * MINUTE)
    enter("anna.astrom", start=MORNING + 9 * MINUTE + timedelta(seconds=5))
    found = compared(first, last)
    assert (found.missing, found.unwanted) == (0, 1)
    (row,) = rows(cast)
    assert (row.what, row.cause) == ("unwanted", "no_record")
    assert compared(first, told(MORNING + 4 * MINUTE), last).found == 1
    assert alarms.standing() == []


def test_one_call_recorded_twice_is_told_as_such(cast: Cast) -> None:
    for seconds in (0, 2):
        enter("anna.astrom", start=MORNING + timedelta(seconds=seconds))
    enter("anna.astrom", start=MORNING + 5 * MINUTE)
    compared(told(MORNING), told(MORNING + 5 * MINUTE))
    assert [(row.what, row.cause) for row in rows(cast)] == [("unwanted", "twice")]


def test_a_call_of_which_a_part_was_recorded_is_missing_in_part(cast: Cast) -> None:
    enter("anna.astrom", start=MORNING + 2 * MINUTE)
    found = compared(told(MORNING, 300), told(MORNING + 9 * MINUTE))
    assert (found.missing, found.unwanted) == (2, 0)
    assert [row.cause for row in rows(cast)] == ["unknown", "in_part"]


def test_n17_a_call_whose_recorder_died_is_missing_in_part_however_little_lacks(cast: Cast) -> None:
    enter("anna.astrom", start=MORNING, state="recovered", ended_by="recovered")
    found = compared(told(MORNING, 65))
    assert (found.matched, found.missing, found.unwanted) == (0, 1, 0)
    assert [row.cause for row in rows(cast)] == ["in_part"]


def test_other_lines_and_directions_and_fresh_calls_are_not_missing(cast: Cast) -> None:
    switchboard = cast.unrecorded_line.number
    found = compared(
        told(MORNING, line=switchboard),
        told(MORNING, line="+358209999999"),
        told(NOW - 2 * MINUTE),
    )
    assert (found.not_recorded, found.waiting, found.missing) == (2, 1, 0)
    assert rows(cast) == ()


def test_a_call_that_the_customer_objected_to_is_not_missing(cast: Cast) -> None:
    at = MORNING + timedelta(seconds=30)
    log.append(
        Kind.CALL_RECORDING_DROPPED, actor="a", subject="c", facts={"reason": "objection"}, now=at
    )
    found = compared(told(MORNING), told(MORNING))
    assert (found.missing, found.explained) == (1, 1)


@pytest.mark.parametrize(
    ("cause", "happens"),
    [
        ("recorder_down", away),
        ("disk_full", lambda: refusing("disk_full")),
        ("calls_limit", lambda: outages.turned_down("calls_limit", "pbx", MORNING, NOW)),
        ("unknown", lambda: outages.turned_down("line_not_recorded", "pbx", MORNING, NOW)),
    ],
)
def test_n22_the_cause_is_told_where_it_is_known(cast: Cast, cause: str, happens: object) -> None:
    happens()  # type: ignore[operator]
    compared(told(MORNING + timedelta(seconds=20)), told(MORNING + 30 * MINUTE))
    assert [row.cause for row in rows(cast, what="missing")] == ["unknown", cause]


def test_a_recorder_that_was_away_is_a_stretch_also_when_nobody_looked(cast: Cast) -> None:
    away()
    (row,) = rows(cast)
    assert (row.what, row.cause, row.calls) == ("stretch", "recorder_down", 0)
    assert (row.started_at, row.ended_at) == (MORNING, MORNING + MINUTE)


def test_a_recorder_that_is_away_is_a_stretch_until_it_is_back(cast: Cast) -> None:
    born = to_micros(MORNING - MINUTE)
    outages.silent("recorder", MORNING)  # never seen: nothing is known of it
    outages.seen("recorder", born, to_micros(MORNING), "", MORNING)
    outages.silent("recorder", MORNING + MINUTE)
    outages.silent("recorder", MORNING + 2 * MINUTE)
    assert [(row.started_at, row.ended_at) for row in rows(cast)] == [(MORNING, None)]
    back = MORNING + 3 * MINUTE
    outages.seen("recorder", to_micros(back), to_micros(back), "", back)
    assert [(row.started_at, row.ended_at) for row in rows(cast)] == [(MORNING, back)]


def test_refusals_that_follow_each_other_are_one_stretch(cast: Cast) -> None:
    for seconds in (0, 60, 110, 400):
        at = MORNING + timedelta(seconds=seconds)
        outages.turned_down("no_sockets", "pbx", at, NOW)
        outages.turned_down("no_sockets", "pbx", at, NOW)  # read again after a restart
    lengths = [(row.ended_at or NOW) - row.started_at for row in rows(cast)]
    assert lengths == [timedelta(seconds=60), timedelta(seconds=170)]


def test_n12_a_phone_systems_clock_that_is_off_is_measured_and_an_alarm(cast: Cast) -> None:
    for minutes in range(0, 30, 3):
        enter("anna.astrom", start=MORNING + minutes * MINUTE)
    late = timedelta(seconds=42)
    found = compared(*(told(MORNING + m * MINUTE - late) for m in range(0, 30, 3)))
    assert (found.matched, found.missing) == (10, 0)
    assert round(found.offset_us / SECOND) == 42
    assert [alarm.kind for alarm in alarms.standing()] == ["phone_system_clock"]
    compared(*(told(MORNING + m * MINUTE) for m in range(0, 30, 3)))
    assert alarms.standing() == []


def test_only_administrator_and_officer_read_it_and_say_why(cast: Cast) -> None:
    compared(told(MORNING))
    (row,) = rows(cast)
    for other in (cast.anna, cast.mikko, cast.auditor, cast.rights_handler):
        with pytest.raises(NotYours):
            gaps.read(other.id, NOW)
        with pytest.raises(NotYours):
            gaps.settle(other.id, row.id, "closed", "because", NOW)
    for state, why in (("explained", "  "), ("explained", "x" * 301), ("open", "because")):
        with pytest.raises(GapRefused):
            gaps.settle(cast.dpo.id, row.id, state, why, NOW)
    gaps.settle(cast.administrator.id, row.id, "explained", "the  trunk was moved", NOW)
    (row,) = rows(cast)
    assert (row.state, row.why, row.by) == (
        "explained",
        "the trunk was moved",
        cast.administrator.id.hex,
    )
    assert alarms.standing() == []
    gaps.settle(cast.dpo.id, row.id, "closed", "told the works council", NOW)
    with pytest.raises(GapRefused, match="gone"):
        gaps.settle(cast.dpo.id, row.id, "closed", "again", NOW)
    assert {e.actor for e in reading.entries(kind="register:gap:settled").entries} == {
        cast.dpo.id.hex,
        cast.administrator.id.hex,
    }


def test_a_comparison_that_is_late_is_an_alarm(cast: Cast) -> None:
    reconciling.watch_lateness(timedelta(0), NOW)
    assert alarms.standing() == []
    reconciling.watch_lateness(timedelta(hours=2), NOW)
    assert [alarm.kind for alarm in alarms.standing()] == ["comparison_late"]
    compared()
    reconciling.watch_lateness(timedelta(hours=2), NOW)
    assert alarms.standing() == []


def test_rows_end_when_their_own_time_is_over_and_a_lasting_one_stays(cast: Cast) -> None:
    compared(told(MORNING))
    outages.seen("recorder", to_micros(MORNING), to_micros(MORNING), "", MORNING)
    outages.silent("recorder", NOW)
    assert gap_rows.forget(timedelta(days=7), NOW) == 0
    assert gap_rows.forget(timedelta(days=7), NOW + timedelta(days=8)) == 2
    assert [row.what for row in rows(cast)] == ["stretch"]
    assert Comparison.objects.count() == 0
    (entry,) = reading.entries(kind="retention:gaps:removed").entries
    assert entry.facts == {"gaps": 1, "comparisons": 1}


def test_a_row_about_a_call_lets_go_of_it_when_it_is_destroyed(cast: Cast) -> None:
    call: UUID = enter("anna.astrom", start=MORNING + 2 * MINUTE)
    compared(told(MORNING), told(MORNING + 9 * MINUTE))
    assert len(rows(cast, what="unwanted")) == 1
    Call.objects.filter(id=call).delete()
    (row,) = rows(cast, what="unwanted")
    assert row.started_at == (MORNING + 2 * MINUTE).replace(microsecond=0)


def test_a_test_line_is_compared_like_any_other(cast: Cast) -> None:
    one = told(MORNING, line=TEST_LINE)
    assert compared(one, replace(one, direction="out")).missing == 2


@pytest.mark.parametrize("hours", [-2, 3])
def test_records_read_in_a_wrong_zone_are_refused_and_enter_nothing(cast: Cast, hours: int) -> None:
    starts = [MORNING - timedelta(hours=5) + n * 3 * MINUTE for n in range(12)]
    for start in starts:
        enter("anna.astrom", start=start)
    moved = [told(start - timedelta(hours=hours)) for start in starts]
    with pytest.raises(RecordsShifted) as caught:
        compared(*moved)
    assert caught.value.hours == hours
    assert rows(cast) == ()
    assert compared(*moved[:5]).missing == 5  # of so few it may be so
