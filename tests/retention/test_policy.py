from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.notice.due import destruction_day, due_instant
from vaiti.ops.orders import LIFETIME
from vaiti.retention.policy import Reason, day_is_over, reason_to_destroy, spent_intake_days

HELSINKI = ZoneInfo("Europe/Helsinki")
TICK = timedelta(microseconds=1)
YEARS = (datetime(2020, 1, 1, tzinfo=UTC), 40 * 366 * 86_400)
instants = st.integers(0, YEARS[1]).map(lambda second: YEARS[0] + timedelta(seconds=second))


@settings(max_examples=100)
@given(instants, st.integers(1, 60))
def test_n18_n19_a_call_goes_from_its_due_instant_on_and_before_its_day_key(
    end: datetime, months: int
) -> None:
    due = due_instant(end, months, HELSINKI)
    assert reason_to_destroy(due - TICK, due - TICK) is Reason.EXPIRED
    assert reason_to_destroy(due, due - TICK) is None
    assert reason_to_destroy(due, due) is Reason.EXPIRED
    assert not day_is_over(destruction_day(due, HELSINKI), [HELSINKI], due)


def test_a_day_is_over_when_it_is_over_in_every_zone_of_a_notice() -> None:
    day = date(2027, 5, 23)
    helsinki_midnight = datetime(2027, 5, 23, 21, tzinfo=UTC)
    assert not day_is_over(day, [HELSINKI], helsinki_midnight - TICK)
    assert day_is_over(day, [HELSINKI], helsinki_midnight)
    both = [HELSINKI, ZoneInfo("Atlantic/Azores")]
    assert not day_is_over(day, both, helsinki_midnight)
    assert day_is_over(day, both, datetime(2027, 5, 24, tzinfo=UTC))
    assert not day_is_over(day, [], helsinki_midnight)


def test_an_intake_key_is_spent_when_no_journal_needs_it_and_no_recorder_can_use_it() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    days = [date(2026, 11, day) for day in (23, 22, 21, 20, 19)]
    assert spent_intake_days(days, {date(2026, 11, 19)}, now) == [date(2026, 11, 20)]


def test_an_intake_key_outlives_the_last_orders_that_name_it() -> None:
    sealed_on = date(2026, 11, 20)
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    last_seal = midnight - TICK + LIFETIME
    assert spent_intake_days([sealed_on], set(), last_seal) == []
    assert spent_intake_days([sealed_on], set(), midnight + timedelta(days=2)) == [sealed_on]
