"""What agents are told of listenings to their calls, and what is held back for a time (L-32)."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from access_world import Open
from cast import NOW, Cast
from manifests import enter
from vaiti.access import doors, incidents, limits, mandates, seen
from vaiti.access.errors import NotVisible
from vaiti.access.limits import Limits
from vaiti.access.models import Listening
from vaiti.access.seen import HeldBack, Wanted
from vaiti.access.telling import Telling, fault
from vaiti.register.filters import Filters

REASON = {"purpose": "verify", "reference": "2026-118"}
ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))


@pytest.fixture(autouse=True)
def plain_limits() -> Iterator[None]:
    yield
    limits.install(Limits())


def hold_back(*kinds: str, days: int = 90) -> None:
    limits.install(Limits(telling=Telling(hold_back=kinds, ground="an act", days=days)))


def test_listenings_are_told_newest_first_by_page_and_by_filter(cast: Cast, open_leg: Open) -> None:
    call = enter("anna.astrom", "leila.virtanen")
    for minutes, purpose in ((1, "verify"), (2, "training"), (3, "verify")):
        at = NOW + timedelta(minutes=minutes)
        open_leg(cast.mikko, call, purpose=purpose, reference="2026-118", now=at)
    open_leg(cast.mikko, call, part=2, **REASON)
    open_leg(cast.anna, call)
    later = NOW + timedelta(minutes=9)
    first = seen.listened_to(cast.anna.id, later, most=2)
    assert [one.listening.purpose for one in first.rows] == ["verify", "training"]
    assert first.older is not None
    second = seen.listened_to(cast.anna.id, later, before=first.older, most=2)
    assert [one.listening.at for one in second.rows] == [NOW + timedelta(minutes=1)]
    assert second.older is None
    narrow = Wanted(begins=NOW + timedelta(minutes=2), ends=later, purpose="verify")
    assert len(seen.listened_to(cast.anna.id, later, narrow).rows) == 1
    with pytest.raises(ValueError, match="hex"):
        seen.listened_to(cast.anna.id, later, before="1-x")


def test_what_is_new_is_counted_until_the_person_has_looked(cast: Cast, open_leg: Open) -> None:
    call = enter("anna.astrom")
    open_leg(cast.mikko, call, **REASON)
    assert seen.count_new(cast.anna.id, NOW) == 1
    seen.note_look(cast.anna.id, NOW)
    later = NOW + timedelta(minutes=1)
    assert seen.count_new(cast.anna.id, later) == 0
    open_leg(cast.mikko, call, now=later, **REASON)
    assert seen.count_new(cast.anna.id, later) == 1
    assert [one.new for one in seen.listened_to(cast.anna.id, later).rows] == [True, False]


def test_the_list_marks_own_parts_that_others_listened_to(cast: Cast, open_leg: Open) -> None:
    heard, quiet = enter("anna.astrom"), enter("anna.astrom")
    open_leg(cast.mikko, heard, **REASON)
    open_leg(cast.anna, quiet)
    page = doors.list_calls(cast.anna.id, ALL, None, NOW)
    assert {leg.call.id for leg in page.rows if leg.id in page.heard} == {heard}
    assert doors.list_calls(cast.mikko.id, ALL, None, NOW).heard == frozenset()


def test_names_are_told_where_the_settings_say_so(cast: Cast, open_leg: Open) -> None:
    open_leg(cast.mikko, enter("anna.astrom"), **REASON)
    (told,) = seen.listened_to(cast.anna.id, NOW).rows
    assert told.listening.by == ""
    limits.install(Limits(telling=Telling(names=True)))
    (told,) = seen.listened_to(cast.anna.id, NOW).rows
    assert told.listening.by == "Mikko Mäkinen"


def test_a_listening_in_an_open_matter_is_told_when_it_is_closed(
    cast: Cast, open_leg: Open
) -> None:
    call, end = enter("anna.astrom"), NOW + timedelta(days=200)
    case = mandates.open_mandate("case", "R-1", ends_at=end, by="x", now=NOW)
    mandates.name_person(case, cast.rights_handler.id, by="x", now=NOW)
    mandates.add_call(case, call, by="x", now=NOW)
    open_leg(cast.rights_handler, call, reference="R-1")
    assert len(seen.listened_to(cast.anna.id, NOW).rows) == 1
    hold_back("case", "incident")
    assert seen.listened_to(cast.anna.id, NOW).rows == ()
    assert seen.count_new(cast.anna.id, NOW) == 0
    assert doors.list_calls(cast.anna.id, ALL, None, NOW).heard == frozenset()
    assert doors.see_call(cast.anna.id, call, NOW).legs[0].heard_by == ()
    assert seen.held_back(cast.dpo.id, NOW) == (HeldBack("case", "R-1", 1),)
    with pytest.raises(NotVisible):
        seen.held_back(cast.mikko.id, NOW)
    mandates.close(case, by="x", now=NOW)
    later = NOW + timedelta(minutes=1)
    assert len(seen.listened_to(cast.anna.id, later).rows) == 1
    assert seen.held_back(cast.dpo.id, later) == ()


def test_nothing_is_held_back_longer_than_the_settings_say(cast: Cast, open_leg: Open) -> None:
    call = enter("anna.astrom")
    incidents.open_incident(cast.dpo.id, "INC-1", 90, NOW)
    open_leg(cast.mikko, call, purpose="verify", reference="INC-1")
    Listening.objects.update(purpose="security")
    hold_back("incident", days=30)
    last = NOW + timedelta(days=30)
    assert seen.listened_to(cast.anna.id, last - timedelta(seconds=1)).rows == ()
    assert len(seen.listened_to(cast.anna.id, last).rows) == 1


def test_holding_back_needs_its_legal_ground() -> None:
    assert fault(Telling()) == ""
    assert "law" in fault(Telling(hold_back=("case",)))
    assert fault(Telling(hold_back=("case",), ground="an act")) == ""
    assert "both or neither" in fault(Telling(hold_back=("activity",), ground="an act"))
    assert "366" in fault(Telling(days=0))
