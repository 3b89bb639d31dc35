"""The due rule against appendix A of the requirements, and properties that hold for any call."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.notice.due import (
    MAX_MONTHS,
    RULE,
    Approved,
    Months,
    add_months,
    destruction_day,
    due_instant,
    months_kept,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = ["Europe/Helsinki", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


APPENDIX_A = [
    ("2026-08-28T10:00", "2027-02-28T08:00"),
    ("2026-08-29T10:00", "2027-02-28T08:00"),
    ("2026-08-30T10:00", "2027-02-28T08:00"),
    ("2026-08-31T10:00", "2027-02-28T08:00"),
    ("2027-08-29T10:00", "2028-02-29T08:00"),
    ("2027-08-30T10:00", "2028-02-29T08:00"),
    ("2027-08-31T10:00", "2028-02-29T08:00"),
    ("2026-03-31T10:00", "2026-09-30T07:00"),
    ("2026-05-31T10:00", "2026-11-30T08:00"),
    ("2026-09-28T03:30", "2027-03-28T00:30"),
    ("2026-04-25T03:30", "2026-10-25T00:30"),
    ("2026-12-31T23:59", "2027-06-30T20:59"),
    ("2027-01-01T00:30", "2027-06-30T21:30"),
    ("2026-08-31T00:10", "2027-02-27T22:10"),
]


@pytest.mark.parametrize(("end", "due"), APPENDIX_A)
def test_n18_every_vector_of_appendix_a_holds(end: str, due: str) -> None:
    expected = datetime.fromisoformat(due).replace(tzinfo=UTC)
    assert due_instant(local(end), 6, HELSINKI) == expected


def test_n18_a_call_over_midnight_counts_from_its_end() -> None:
    started, ended = local("2026-08-30T23:50"), local("2026-08-31T00:10")
    assert due_instant(ended, 6, HELSINKI).astimezone(HELSINKI) == local("2027-02-28T00:10")
    assert due_instant(ended, 6, HELSINKI) != due_instant(started, 6, HELSINKI)


def test_the_zone_that_an_instant_is_written_in_does_not_matter() -> None:
    end = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    elsewhere = end.astimezone(timezone(timedelta(hours=-11)))
    assert due_instant(end, 6, HELSINKI) == due_instant(elsewhere, 6, HELSINKI)


def test_the_second_of_a_doubled_hour_still_gives_the_earlier_instant() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert due_instant(first, 6, HELSINKI) == due_instant(second, 6, HELSINKI)


def test_the_destruction_day_is_the_local_date() -> None:
    due = datetime(2027, 6, 30, 21, 30, tzinfo=UTC)
    assert destruction_day(due, HELSINKI) == date(2027, 7, 1)


@pytest.mark.parametrize("months", [0, -6, MAX_MONTHS + 1])
def test_an_absurd_retention_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match="months"):
        due_instant(datetime(2026, 1, 1, tzinfo=UTC), months, HELSINKI)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due_instant(datetime(2026, 1, 1), 6, HELSINKI)  # noqa: DTZ001


instants = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@settings(max_examples=100)
@given(instants, st.integers(1, 60), st.sampled_from(ZONES))
def test_never_later_than_any_naive_reading_of_the_same_wall_time(
    end: datetime, months: int, name: str
) -> None:
    zone = ZoneInfo(name)
    due = due_instant(end, months, zone)
    wall = end.astimezone(zone)
    day = add_months(wall.date(), months)
    for fold in (0, 1):
        naive = datetime.combine(day, wall.time().replace(fold=fold), tzinfo=zone)
        assert due <= naive.astimezone(UTC)
    rolled_over = datetime(wall.year, wall.month, 1, tzinfo=zone)
    last = add_months(rolled_over.date(), months + 1)
    assert due < datetime(last.year, last.month, 1, tzinfo=zone).astimezone(UTC)
    assert due > end


@settings(max_examples=100)
@given(instants, instants, st.integers(1, 60), st.sampled_from(ZONES))
def test_the_later_call_falls_due_later_but_for_a_change_of_the_clocks(
    one: datetime, other: datetime, months: int, name: str
) -> None:
    zone = ZoneInfo(name)
    first, second = sorted((one, other))
    change = timedelta(hours=2)  # a change at the end of the first call and one at its due instant
    assert due_instant(first, months, zone) <= due_instant(second, months, zone) + change


@settings(max_examples=100)
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_months_add_up_and_never_leave_the_month_they_reach(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


def test_n18_a_rule_shortens_what_was_told_and_a_longer_one_takes_nothing_back() -> None:
    first, second = local("2026-03-01T00:00"), local("2026-05-01T00:00")
    rules = [Approved(1, 3, first), Approved(2, 5, second)]
    before, between, after = (
        months_kept(6, local(f"2026-0{month}-15T10:00"), rules) for month in (2, 4, 6)
    )
    assert (before.months, before.number) == (3, 1)
    assert (between.months, between.number) == (3, 1)
    assert (after.months, after.number) == (5, 2)
    assert months_kept(2, second, rules) == Months(2)
    assert months_kept(2, second, rules).rule == RULE
    assert after.rule == "calendar-months/1;rule=2"
