"""The one-month clock: every vector of appendix B, and what moves it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaiti.rights import clock
from vaiti.rights.clock import ClockRefused, Course, Limits, Stage
from vaiti.rights.holidays import Calendar, computed, easter_sunday, read_dates

FINLAND = Calendar("FI")
D = date.fromisoformat
VECTORS = {
    "same_day_number": ("2026-08-31", "2026-09-30", "2026-09-30", "2026-11-30", "2026-11-30"),
    "independence_day": ("2026-11-06", "2026-12-06", "2026-12-07", "2027-02-06", "2027-02-08"),
    "christmas": ("2026-11-25", "2026-12-25", "2026-12-28", "2027-02-25", "2027-02-25"),
    "new_year": ("2026-12-01", "2027-01-01", "2027-01-04", "2027-03-01", "2027-03-01"),
    "last_of_january": ("2027-01-31", "2027-02-28", "2027-03-01", "2027-04-30", "2027-04-30"),
    "good_friday": ("2027-02-26", "2027-03-26", "2027-03-30", "2027-05-26", "2027-05-26"),
    "easter_sunday": ("2027-02-28", "2027-03-28", "2027-03-30", "2027-05-28", "2027-05-28"),
    "may_day": ("2027-04-01", "2027-05-01", "2027-05-03", "2027-07-01", "2027-07-01"),
    "leap_year": ("2028-01-31", "2028-02-29", "2028-02-29", "2028-04-30", "2028-05-02"),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_l07_appendix_b(vector: tuple[str, ...]) -> None:
    received, due, outer, longer, longest = map(D, vector)
    first = clock.read(Course(received), FINLAND, received)
    assert first.limits == first.unpaused == Limits(due, outer)
    extended = clock.read(Course(received, extended_on=due), FINLAND, due)
    assert extended.limits == Limits(longer, longest)


def test_l07_an_extension_is_told_within_the_first_month_or_not_at_all() -> None:
    course = Course(D("2027-01-31"))
    clock.check_extension(course, D("2027-02-28"))
    with pytest.raises(ClockRefused, match="late"):
        clock.check_extension(course, D("2027-03-01"))
    with pytest.raises(ClockRefused, match="extended"):
        clock.check_extension(Course(course.received, D("2027-02-01")), D("2027-02-02"))


def test_l07_asking_who_somebody_is_stops_the_clock_and_both_numbers_stand() -> None:
    received = D("2026-11-02")
    course = Course(received, asked_on=D("2026-11-04"))
    now = clock.read(course, FINLAND, D("2026-11-10"))
    assert now.paused
    assert now.due == D("2026-12-08")
    assert now.unpaused.due == D("2026-12-02")
    answered = Course(received, asked_on=D("2026-11-04"), answered_on=D("2026-11-14"))
    later = clock.read(answered, FINLAND, D("2026-12-20"))
    assert not later.paused
    assert later.limits == Limits(D("2026-12-12"), D("2026-12-14"))
    assert {Stage.OVERDUE, Stage.OVERDUE_UNPAUSED} <= set(
        clock.stages(answered, FINLAND, D("2026-12-20"))
    )
    assert Stage.OVERDUE not in clock.stages(answered, FINLAND, D("2026-12-10"))
    assert Stage.OVERDUE_UNPAUSED in clock.stages(answered, FINLAND, D("2026-12-10"))


def test_a_doubt_that_comes_late_stops_nothing() -> None:
    course = Course(D("2026-11-02"), asked_on=D("2026-11-13"))
    now = clock.read(course, FINLAND, D("2026-11-20"))
    assert not now.paused
    assert now.due == D("2026-12-02")
    with pytest.raises(ClockRefused, match="doubt_late"):
        clock.check_asking(Course(D("2026-11-02")), D("2026-11-13"))


def test_l07_alarms_at_ten_twenty_and_twenty_five_days_and_before_due() -> None:
    course = Course(D("2026-11-02"))
    reached = {
        day: clock.stages(course, FINLAND, D(day))
        for day in (
            *("2026-11-11", "2026-11-12", "2026-11-22", "2026-11-27", "2026-11-30", "2026-12-02"),
            "2026-12-03",
        )
    }
    assert [len(one) for one in reached.values()] == [0, 1, 2, 3, 4, 4, 5]
    assert reached["2026-11-30"][-1] is Stage.SOON
    assert reached["2026-12-03"][-1] is Stage.OVERDUE


def test_a_limit_ends_with_the_local_day() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")
    assert clock.ends(D("2026-12-07"), helsinki) == datetime(2026, 12, 7, 22, tzinfo=UTC)
    assert clock.ends(D("2027-05-01"), helsinki) == datetime(2027, 5, 1, 21, tzinfo=UTC)


def test_holidays_of_finland_and_sweden_and_a_table_for_others() -> None:
    assert computed("FI", 2026) == {
        D(f"2026-{day}")
        for day in (
            *("01-01", "01-06", "04-03", "04-05", "04-06", "05-01", "05-14", "05-24", "06-20"),
            *("10-31", "12-06", "12-25", "12-26"),
        )
    }
    assert computed("SE", 2026) - computed("FI", 2026) == {D("2026-06-06")}
    assert computed("FI", 2026) - computed("SE", 2026) == {D("2026-12-06")}
    assert computed("EE", 2026) == frozenset()
    estonia = Calendar("EE", read_dates(["2027-02-24"]))
    assert clock.read(Course(D("2027-01-24")), estonia, D("2027-01-24")).limits == Limits(
        D("2027-02-24"), D("2027-02-25")
    )
    assert [easter_sunday(year) for year in (2024, 2025, 2026, 2038)] == [
        *(D("2024-03-31"), D("2025-04-20"), D("2026-04-05"), D("2038-04-25")),
    ]


@given(st.dates(D("2020-01-01"), D("2090-01-01")))
def test_a_month_is_never_longer_than_the_calendar_allows(received: date) -> None:
    found = clock.read(Course(received), FINLAND, received)
    assert timedelta(days=28) <= found.due - received <= timedelta(days=31)
    assert FINLAND.works(found.limits.outer)
    assert found.limits.outer - found.due <= timedelta(days=5)
