"""Lanes as SVG."""

import re
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext, override
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.playback.lanes import Lanes
from vaiti.web.drawing import MOST_STROKES, draw, path, thin
from vaiti.web.http.pace import MAX_KEYS, Pace
from vaiti.web.places import GROUPS, OF_ROLE, first_place, places_of
from vaiti.web.wording.call_headings import heading_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.lists(st.floats(0, 1), max_size=900))
@settings(max_examples=50)
def test_thinning_keeps_the_loudest_and_the_bound(peaks: list[float]) -> None:
    found = thin(peaks, MOST_STROKES)
    assert len(found) <= MOST_STROKES
    assert max(found, default=0) == max(peaks, default=0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=900))
@settings(max_examples=50)
def test_strokes_stay_within_the_picture(peaks: list[float]) -> None:
    strokes = re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)", path(peaks))
    assert len(strokes) == min(len(peaks), MOST_STROKES)
    for x, top, bottom in strokes:
        assert 0 <= float(x) <= 1000
        assert 0 <= float(top) < float(bottom) <= 100


def test_holds_and_silences_are_placed_on_the_length() -> None:
    drawing = draw(Lanes(20.0, [0.5], [0.1], [(8.0, 12.0)], [(5.0, 10.0)]), "x")
    assert drawing.silences == "8.00-12.00"
    assert [(hold.x, hold.width) for hold in drawing.holds] == [("250", "250")]


def test_what_cannot_be_played_is_shaded_in_the_lane_of_whom_it_is() -> None:
    lanes = Lanes(20.0, [0.5], [0.1], [], [(0.0, 1.0)], [(5.0, 10.0)], [(5.0, 10.0), (12.0, 14.0)])
    drawing = draw(lanes, "x")
    agent, customer = ([shade.x for shade in lane.shades] for lane in drawing.drawn)
    assert (agent, customer) == (["0", "250"], ["0", "250", "600"])
    said = [(shade.span, shade.label) for shade in drawing.holds if shade.unplayed]
    both, one = "cannot be played here", "the customer cannot be played here"
    assert said == [("0:05–0:10", both), ("0:12–0:14", one)]


def test_a_recording_without_sound_is_drawn_empty() -> None:
    drawing = draw(Lanes(0.0, [], [], [], []), "x")
    assert [lane.path for lane in drawing.drawn] == ["", ""]


def test_a_pace_refuses_until_its_time_is_over_and_keys_do_not_disturb_each_other() -> None:
    pace = Pace(most=2, seconds=60)
    assert pace.allows("a", NOW)
    assert pace.allows("a", NOW)
    assert not pace.allows("a", NOW + timedelta(seconds=59))
    assert pace.allows("b", NOW)
    assert pace.allows("a", NOW + timedelta(seconds=60))


def test_a_pace_remembers_a_bounded_number_of_persons() -> None:
    pace = Pace(most=1, seconds=60)
    for number in range(MAX_KEYS + 5):
        assert pace.allows(str(number), NOW)
    assert pace.allows("0", NOW), "the first was forgotten"
    assert not pace.allows(str(MAX_KEYS + 4), NOW)


def test_every_role_begins_somewhere() -> None:
    firsts = {"/calls/", "/cases/", "/desk/", "/activities/", "/unassigned/"}
    assert {first_place([role]) for role in OF_ROLE} == firsts
    assert first_place([]) == "/account/"
    both = [address for address, _ in places_of(["dpo", "manager"])]
    alone = [{address for address, _ in places_of([role])} for role in ("dpo", "manager")]
    assert both[0] == "/desk/"
    assert len(both) == len(set(both))
    assert set(both) == alone[0] | alone[1]


def test_the_menu_has_every_page_once_under_a_heading_that_is_translated() -> None:
    pages = [place for _heading, places in GROUPS for place in places]
    assert len(pages) == len(set(pages))
    assert {place for places in OF_ROLE.values() for place in places} <= set(pages)
    headings = [heading for heading, _places in GROUPS]
    assert headings[0] == "", "what one begins with stands above the headings"
    for language in ("fi", "sv"):
        with override(language):
            said = [gettext(one) for one in headings[1:]]
        assert len(set(said)) == len(headings) - 1


def test_the_list_of_calls_is_named_for_all_that_one_may_see() -> None:
    assert heading_of(["service_agent", "sales_agent"])[0] == "My calls"
    assert heading_of(["manager", "trainer"])[0] == "Calls that I may see"
    assert heading_of([])[0] == heading_of(["auditor"])[0] == "Calls"
