"""Days typed and instants written, without a browser's help."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.web.dates import NotADay, days_until, parse_day, write_day, write_length, write_time

HELSINKI = ZoneInfo("Europe/Helsinki")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("23.11.", date(2026, 11, 23)),
        ("24.11.", date(2026, 11, 24)),
        ("22.11.", date(2027, 11, 22)),
        ("29.2.", date(2028, 2, 29)),
        ("25.5.2018", date(2018, 5, 25)),
    ],
)
def test_a_day_that_is_to_come_needs_no_year_either(typed: str, day: date) -> None:
    assert parse_day(typed, TODAY, ahead=True) == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("25.5.2018", date(2018, 5, 25)),
        ("25.05.2018", date(2018, 5, 25)),
        (" 25. 5. 2018 ", date(2018, 5, 25)),
        ("25.5.18", date(2018, 5, 25)),
        ("2018-05-25", date(2018, 5, 25)),
        ("23.11.", date(2026, 11, 23)),
        ("24.11.", date(2025, 11, 24)),
        ("29.2.", date(2024, 2, 29)),
        ("", None),
        ("  ", None),
    ],
)
def test_a_typed_day_is_read_as_finns_write_it(typed: str, day: date | None) -> None:
    assert parse_day(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed",
    [
        "11/23/2026",
        "32.1.2026",
        "29.2.2026",
        "1.13.2026",
        "tomorrow",
        "25.5",
        "1" * 40,
        "٢٥.٥.٢٠١٨x",
    ],
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(NotADay):
        parse_day(typed, TODAY)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
@settings(max_examples=100)
def test_a_written_day_reads_back(day: date) -> None:
    assert parse_day(write_day(day), TODAY) == day


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_any_text_is_a_day_or_no_day(typed: str) -> None:
    try:
        found = parse_day(typed, TODAY)
    except NotADay:
        return
    assert found is None or isinstance(found, date)


def test_n12_the_hour_that_comes_twice_shows_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert write_time(first, HELSINKI, ".") == "03.30 UTC+3"
    assert write_time(first + timedelta(hours=1), HELSINKI, ".") == "03.30 UTC+2"


def test_n12_other_hours_show_no_offset_and_the_hour_that_never_comes_needs_none() -> None:
    assert write_time(datetime(2026, 10, 25, 2, 0, tzinfo=UTC), HELSINKI, ".") == "04.00"
    assert write_time(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), HELSINKI, ".") == "04.00"
    assert write_time(
        datetime(2026, 11, 23, 12, 2, 5, tzinfo=UTC), HELSINKI, ":", seconds=True
    ) == ("14:02:05")


def test_an_offset_of_half_an_hour_is_written_out() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    assert write_time(datetime(2026, 4, 4, 14, 45, tzinfo=UTC), lord_howe, ".").endswith("UTC+11")
    assert write_time(datetime(2026, 4, 4, 15, 15, tzinfo=UTC), lord_howe, ".") == (
        "01.45 UTC+10:30"
    )


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (95, "1:35"), (3599, "59:59"), (3871, "1:04:31"), (-1, "0:00")],
)
def test_lengths(seconds: int, written: str) -> None:
    assert write_length(timedelta(seconds=seconds)) == written


def test_days_until_counts_calendar_days_in_the_zone() -> None:
    now = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    assert days_until(datetime(2026, 11, 23, 22, 30, tzinfo=UTC), now, HELSINKI) == 1
