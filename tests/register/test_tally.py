"""Calls counted over time: the same as the list finds, and from indexes where they are many."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from cast import NOW, Cast
from manifests import START, enter
from vaiti.register import calls, tally
from vaiti.register.filters import Filters
from vaiti.register.marks import INTERRUPTED, PAUSED
from vaiti.register.models import Call, Leg, State
from vaiti.register.strands import Scope, Stay
from vaiti.register.tally import Tally
from vaiti.vault.manifest import Pause
from vaiti.web.spans import Unit, cut, range_of

HELSINKI = ZoneInfo("Europe/Helsinki")
ALL = Filters(HELSINKI)
DAY = timedelta(days=1)
FIRST = START - DAY * 2 - timedelta(minutes=1)  # a call is entered in whole seconds, a leg is not
SPANS = [(FIRST + DAY * n, FIRST + DAY * (n + 1)) for n in range(3)]
US = 1_000_000


def paused(start: datetime) -> tuple[Pause, ...]:
    at = int(start.timestamp()) * US
    return (Pause(at + US, at + 2 * US, "payment"),)


def enter_some() -> None:
    for n in range(3):
        enter("anna.astrom", start=START - DAY - timedelta(hours=n))
    enter("anna.astrom", start=START, state="recovered")
    enter("leila.virtanen", start=START, pauses=paused(START))
    enter("oskar.lind", start=START, state="recovered", pauses=paused(START))


def test_n22_what_was_interrupted_or_paused_is_counted_beside_the_rest(cast: Cast) -> None:
    enter_some()
    whole = Scope(frozenset({cast.anna.id, cast.leila.id, cast.oskar.id}))
    assert tally.tally(whole, ALL, SPANS, NOW) == (Tally(2, 0, 0), Tally(1, 0, 0), Tally(3, 2, 2))
    assert tally.tally_all(SPANS) == (Tally(2, 0, 0), Tally(1, 0, 0), Tally(3, 2, 2))
    assert Call.objects.get(recorder__gt="", marks=INTERRUPTED | PAUSED).legs.get().marks == 3


def test_only_the_scope_and_what_passes_the_filters_is_counted(cast: Cast) -> None:
    enter_some()
    mine = Scope(frozenset({cast.anna.id}))
    assert [one.count for one in tally.tally(mine, ALL, SPANS, NOW)] == [2, 1, 1]
    out = replace(ALL, direction="out")
    assert [one.count for one in tally.tally(mine, out, SPANS, NOW)] == [0, 0, 0]
    assert [one.count for one in tally.tally(Scope(), ALL, SPANS, NOW)] == [0, 0, 0]


def test_what_is_in_reach_in_two_ways_counts_once(cast: Cast) -> None:
    call = enter("anna.astrom", start=START)
    stays = (Stay(cast.anna.id, START - DAY, None),)
    twice = Scope(frozenset({cast.anna.id}), calls=frozenset({call}), stays=stays)
    assert [one.count for one in tally.tally(twice, ALL, SPANS, NOW)] == [0, 0, 1]


@pytest.mark.parametrize("few", [1, 2_000])
def test_n19_few_are_counted_as_the_list_has_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(tally, "FEW", few)
    enter_some()
    Call.objects.filter(started_at__gte=START - timedelta(hours=1) / 2).update(
        state=State.DESTROYING
    )
    whole = Scope(frozenset({cast.anna.id, cast.leila.id, cast.oskar.id}))
    counted = sum(one.count for one in tally.tally(whole, ALL, SPANS, NOW))
    listed = calls.page(whole, ALL, None, NOW).count
    assert (listed, counted) == (3, 6 if few == 1 else 3)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(0, 500))
def test_n12_spans_join_without_a_gap_and_hold_every_instant_of_their_days(
    first: date, days: int
) -> None:
    first, last = range_of(first, first + timedelta(days=days), date(2027, 1, 1))
    unit, stretches = cut(first, last, HELSINKI)
    assert all(one.ends == two.begins for one, two in pairwise(stretches))
    assert stretches[0].begins.astimezone(HELSINKI).date() == stretches[0].first == first
    assert stretches[-1].ends.astimezone(HELSINKI).date() == last + DAY
    assert len(stretches) <= 62
    assert (unit is Unit.HOUR) == (last - first <= DAY)


def test_a_month_is_drawn_where_no_day_is_asked_for() -> None:
    today = date(2026, 11, 23)
    assert range_of(None, None, today) == (date(2026, 10, 25), today)
    assert range_of(date(2026, 11, 1), None, today) == (date(2026, 11, 1), today)
    assert range_of(date(2026, 12, 1), None, today)[1] == date(2026, 12, 1)
    assert range_of(None, date(1, 1, 2), today)[1] == date(1, 1, 2)
    assert cut(*range_of(date.max, date.max, today), HELSINKI)[0] is Unit.DAY
    assert range_of(date(1, 1, 1), date(9998, 1, 1), today)[0] == date(9997, 1, 1)


def test_the_day_on_which_clocks_go_back_has_an_hour_more() -> None:
    assert len(cut(date(2026, 10, 25), date(2026, 10, 25), HELSINKI)[1]) == 25
    assert len(cut(date(2026, 3, 29), date(2026, 3, 29), HELSINKI)[1]) == 23


def test_n22_what_silence_or_a_stop_cut_short_is_interrupted_and_is_marked_so_afterwards_too(
    cast: Cast,
) -> None:
    for ended_by in ("silence", "stopped", "bye"):
        enter("anna.astrom", start=START, ended_by=ended_by)
    marks = dict(Call.objects.values_list("ended_by", "marks"))
    assert marks == {"silence": INTERRUPTED, "stopped": INTERRUPTED, "bye": 0}
    Leg.objects.update(marks=PAUSED)
    Call.objects.update(marks=PAUSED)
    mark = import_module("vaiti.register.migrations.0013_cut_short").mark
    for _twice in range(2):
        mark(apps, None)
    wanted = {"silence": 3, "stopped": 3, "bye": PAUSED}
    assert dict(Call.objects.values_list("ended_by", "marks")) == wanted
    assert dict(Leg.objects.values_list("call__ended_by", "marks")) == wanted
