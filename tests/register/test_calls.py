"""The book read: scope, due instant, filters, keyset pages, bounded counts."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from cast import NOW, Cast
from manifests import START, TEST_LINE, enter
from vaiti.register import calls, strands
from vaiti.register.calls import LegCard, LegPage
from vaiti.register.filters import Cursor, FilterError, Filters, parse_cursor, stored_prefix
from vaiti.register.models import Call, Leg, State
from vaiti.register.strands import Scope

HELSINKI = ZoneInfo("Europe/Helsinki")
ALL = Filters(zone=HELSINKI)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def everyone(cast: Cast) -> Scope:
    people = (cast.anna, cast.leila, cast.sofia, cast.oskar)
    return Scope(frozenset(person.id for person in people))


def found(cast: Cast, **filters: Any) -> list[LegCard]:  # noqa: ANN401
    chosen = Filters(zone=HELSINKI, **filters)
    return list(calls.page(everyone(cast), chosen, None, NOW).rows)


def test_only_legs_of_the_scope_are_returned(cast: Cast) -> None:
    enter("anna.astrom", "oskar.lind")
    enter("leila.virtanen")
    page = calls.page(Scope(frozenset([cast.anna.id])), ALL, None, NOW)
    assert [row.person_id for row in page.rows] == [cast.anna.id]
    assert page.count == 1
    assert calls.page(Scope(), ALL, None, NOW).rows == ()


def test_the_test_line_is_a_scope_of_its_own(cast: Cast) -> None:
    enter("anna.astrom")
    enter("hot.desk", line=TEST_LINE)
    page = calls.page(Scope(test_line=True), ALL, None, NOW)
    assert [row.call.line_number for row in page.rows] == [TEST_LINE]


def test_n19_a_call_is_unreadable_from_its_due_instant_on(cast: Cast) -> None:
    due_at = Call.objects.get(id=enter("anna.astrom")).due_at
    before = due_at - timedelta(microseconds=1)
    assert len(calls.page(everyone(cast), ALL, None, before).rows) == 1
    assert calls.page(everyone(cast), ALL, None, due_at).rows == ()
    assert Call.objects.count() == 1


def test_the_many_on_their_way_to_destruction_leave_no_page_short(cast: Cast) -> None:
    kept = [enter("anna.astrom", start=START - MINUTE * n) for n in range(6)]
    Call.objects.filter(id__in=kept[1:4]).update(state=State.DESTROYING)
    page = calls.page(everyone(cast), ALL, None, NOW, 2)
    assert [row.call.id for row in page.rows] == [kept[0], kept[4]]
    assert page.older is not None
    assert [row.call.id for row in calls.page(everyone(cast), ALL, page.older, NOW, 2).rows] == [
        kept[5]
    ]


def test_n13_nobody_writes_a_length(cast: Cast) -> None:
    enter("anna.astrom")
    leg = Leg.objects.get()
    assert leg.length_s == 60
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE register_leg SET length_s = 1")


def test_a_call_marked_for_destruction_is_unreadable(cast: Cast) -> None:
    Call.objects.filter(id=enter("anna.astrom")).update(state=State.DESTROYING)
    assert found(cast) == []


def test_a_row_tells_what_the_list_shows(cast: Cast) -> None:
    enter("oskar.lind", direction="out", line="+358207200000")
    (row,) = found(cast)
    assert (row.agent, row.length_s, row.call.direction) == ("Oskar Lind", 60, "out")
    assert (row.call.line_label, row.call.customer) == ("Telephone sales", "+358401234***")
    assert row.started_at.microsecond == row.ended_at.microsecond == 0
    assert row.call.zone == "Europe/Helsinki"
    assert "Oskar" not in repr(row)


def test_dates_are_local_and_both_included(cast: Cast) -> None:
    late = START.replace(hour=21, minute=59, second=59)  # 23:59:59 in Helsinki
    enter("anna.astrom", start=late - DAY)
    enter("anna.astrom", start=late - DAY + timedelta(seconds=1))
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    assert len(found(cast, from_day=sunday, to_day=sunday)) == 1
    assert len(found(cast, from_day=monday, to_day=monday)) == 1
    assert len(found(cast, from_day=sunday, to_day=monday)) == 2
    assert len(found(cast, to_day=date.max)) == 2


@pytest.mark.parametrize(
    ("filters", "agents"),
    [
        ({"direction": "out"}, ["Oskar Lind"]),
        ({"direction": "in"}, ["Anna Åström"]),
        ({"line_number": "+358207200000"}, ["Oskar Lind"]),
        ({"number": "+358 50 123"}, ["Oskar Lind"]),
        ({"number": "0035840"}, ["Anna Åström"]),
        ({"number": "358 (40) 1234"}, ["Anna Åström"]),
        ({"number": "+35840123456"}, []),
        ({"shortest_s": 60}, ["Anna Åström", "Oskar Lind"]),
        ({"shortest_s": 61}, []),
        ({"longest_s": 59}, []),
        ({"destroyed_on": date(2027, 5, 23)}, ["Anna Åström", "Oskar Lind"]),
        ({"destroyed_on": date(2027, 5, 22)}, []),
        ({"longest_s": 60, "direction": "in"}, ["Anna Åström"]),
    ],
)
def test_each_filter_narrows_the_list(
    cast: Cast, filters: dict[str, Any], agents: list[str]
) -> None:
    sales: dict[str, Any] = {
        "direction": "out",
        "line": "+358207200000",
        "customer": "+358501234***",
    }
    enter("oskar.lind", **sales)
    enter("anna.astrom")
    assert sorted(row.agent for row in found(cast, **filters)) == agents


def test_the_agent_filter_never_widens_the_scope(cast: Cast) -> None:
    enter("anna.astrom")
    own = Scope(frozenset([cast.leila.id]))
    filters = Filters(zone=HELSINKI, agent=cast.anna.id)
    assert calls.page(own, filters, None, NOW).rows == ()


@pytest.mark.parametrize(
    "filters",
    [
        {"from_day": date(2026, 2, 2), "to_day": date(2026, 2, 1)},
        {"direction": "up"},
        {"number": "Anna"},
        {"number": "0401234"},
        {"number": "+" + "1" * 16},
        {"shortest_s": 5, "longest_s": 4},
        {"shortest_s": -1},
        {"longest_s": 100_000},
    ],
)
def test_an_impossible_filter_is_refused_with_a_sentence(filters: dict[str, Any]) -> None:
    with pytest.raises(FilterError) as refusal:
        Filters(zone=HELSINKI, **filters)
    assert "Anna" not in str(refusal.value)


def test_the_log_is_told_which_filters_and_never_their_values() -> None:
    filters = Filters(zone=HELSINKI, number="+358401234", direction="in", shortest_s=0)
    assert filters.names() == "direction number shortest"
    assert "358401234" not in repr(filters)


@settings(max_examples=100)
@given(st.text(max_size=30))
def test_any_text_as_a_number_is_a_prefix_or_a_sentence(typed: str) -> None:
    try:
        prefix = stored_prefix(typed)
    except FilterError:
        return
    assert prefix.removeprefix("+").isdigit()


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_any_text_as_a_cursor_is_a_place_or_a_sentence(text: str) -> None:
    try:
        cursor = parse_cursor(text)
    except FilterError:
        return
    assert parse_cursor(str(cursor)) == cursor


@given(st.integers(0, 10**16), st.integers(0, 10**17), st.booleans())
@settings(max_examples=50)
def test_a_cursor_reads_back_as_written(at_us: int, leg_id: int, newer: bool) -> None:
    cursor = Cursor(at_us, leg_id, newer)
    assert parse_cursor(str(cursor)) == cursor


def walk(cast: Cast, size: int) -> list[LegPage]:
    pages = [calls.page(everyone(cast), ALL, None, NOW, size)]
    while pages[-1].older is not None:
        pages.append(calls.page(everyone(cast), ALL, pages[-1].older, NOW, size))
    return pages


def test_pages_hold_every_row_once_newest_first_ties_and_all(cast: Cast) -> None:
    for n in range(7):
        enter("anna.astrom", "leila.virtanen", start=START + MINUTE * (n // 3))
    pages = walk(cast, 4)
    rows = [row for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [4, 4, 4, 2]
    assert len({row.id for row in rows}) == 14
    order = [(row.from_us, row.id) for row in rows]
    assert order == sorted(order, reverse=True)
    assert pages[0].newer is None
    assert pages[-1].older is None


def test_one_can_go_back_to_the_newer_page(cast: Cast) -> None:
    for n in range(5):
        enter("anna.astrom", start=START + MINUTE * n)
    first, second, third = walk(cast, 2)
    again = calls.page(everyone(cast), ALL, third.newer, NOW, 2)
    assert again.rows == second.rows
    assert again.older is not None
    back = calls.page(everyone(cast), ALL, again.newer, NOW, 2)
    assert back.rows == first.rows
    assert back.newer is None


def test_rows_that_arrive_meanwhile_do_not_shift_the_next_page(cast: Cast) -> None:
    for n in range(4):
        enter("anna.astrom", start=START + MINUTE * n)
    first, second = walk(cast, 2)
    enter("anna.astrom", start=START + MINUTE * 10)
    assert calls.page(everyone(cast), ALL, first.older, NOW, 2).rows == second.rows


def test_counts_are_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_COUNT", 2)
    for _ in range(2):
        enter("anna.astrom")
    page = calls.page(everyone(cast), ALL, None, NOW)
    assert (page.count, page.more) == (2, False)
    enter("anna.astrom")
    page = calls.page(everyone(cast), ALL, None, NOW)
    assert (page.count, page.more) == (2, True)


@pytest.mark.parametrize("busy", [1, 3, 7, 9])
def test_counts_are_right_though_one_agent_has_nearly_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, busy: int
) -> None:
    monkeypatch.setattr(calls, "MAX_COUNT", 8)
    monkeypatch.setattr(strands, "SPARE", 0)
    for n in range(busy):
        enter("anna.astrom", start=START + MINUTE * n)
    enter("leila.virtanen")
    assert len(everyone(cast).persons) >= strands.SEVERAL
    page = calls.page(everyone(cast), ALL, None, NOW, 1)
    assert (page.count, page.more) == (min(busy + 1, 8), busy + 1 > 8)


def test_the_legs_of_a_call_come_in_order_and_one_by_id(cast: Cast) -> None:
    call = enter("anna.astrom", "hot.desk")
    legs = calls.legs(call)
    assert [(leg.ordinal, leg.agent) for leg in legs] == [(1, "Anna Åström"), (2, "")]
    assert calls.leg(legs[1].id) == legs[1]
    assert calls.leg(0) is None
    assert calls.sealed(call).object_id == Call.objects.get(id=call).object_id.hex
