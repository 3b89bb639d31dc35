"""Training activities: drawn at random under caps, heard by the trainer, with comments (N-06)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import enter
from vaiti.access import activities, commenting, limits, objecting
from vaiti.access.activities import Plan
from vaiti.access.activity_rules import ActivityRules, fault, fit_text
from vaiti.access.doors import NotVisible
from vaiti.access.errors import MandateError
from vaiti.access.limits import Limits
from vaiti.access.models import MandateCall
from vaiti.people.models import Person
from vaiti.register import calls
from vaiti.register.models import Call, Comment

SERVICE, SALES = "+358207100000", "+358207200000"
PLAN = Plan(*("Greeting", "TR-1", (SERVICE,)), NOW - timedelta(days=9), NOW, days=30, cap=3)
REASON = {"purpose": "training", "reference": "TR-1"}


@pytest.fixture(autouse=True)
def rules() -> Iterator[None]:
    limits.install(Limits(activities=ActivityRules((SERVICE,), 3, 30, comments=True)))
    yield
    limits.install(Limits())


def opened(cast: Cast, **changes: object) -> UUID:
    plan = replace(PLAN, **changes)  # type: ignore[arg-type]
    return activities.open_activity(cast.trainer.id, plan, NOW)


def gather(person: Person, activity: UUID, wanted: int = 20) -> int:
    return activities.gather(person.id, activity, wanted, NOW, Random(7))


def gathered(cast: Cast, activity: UUID) -> set[UUID]:
    found = activities.activity(cast.trainer.id, activity, NOW)
    return {leg.call.id for leg in found.legs}


def test_n06_calls_are_drawn_at_random_within_lines_days_and_caps(
    cast: Cast, entries: Entries
) -> None:
    fit = {enter("anna.astrom") for _ in range(6)} | {enter("leila.virtanen") for _ in range(2)}
    enter("anna.astrom", start=NOW - timedelta(days=20))
    enter("oskar.lind", line=SALES)
    activity = opened(cast)
    assert gather(cast.trainer, activity, 2) == 2
    assert gather(cast.trainer, activity) == 3
    found = activities.activity(cast.trainer.id, activity, NOW).legs
    assert sorted(leg.agent for leg in found) == ["Anna Åström"] * 3 + ["Leila Virtanen"] * 2
    assert {leg.call.id for leg in found} <= fit
    assert gather(cast.trainer, activity) == 0
    assert len(entries("access:mandate:changed")) == 1 + 5  # its trainer, and five calls


def test_n06_the_cap_of_the_settings_holds_over_all_activities(cast: Cast) -> None:
    for _ in range(6):
        enter("anna.astrom")
    assert gather(cast.trainer, opened(cast)) == 3
    second = opened(cast, reference="TR-2")
    assert gather(cast.trainer, second) == 0
    MandateCall.objects.update(added_at=NOW - timedelta(days=31))
    assert gather(cast.trainer, second) == 3


def test_n06_a_transferred_call_counts_for_each_of_its_agents(cast: Cast) -> None:
    for _ in range(3):
        enter("anna.astrom", "leila.virtanen")
    enter("leila.virtanen")
    activity = opened(cast, cap=2)
    assert gather(cast.trainer, activity) == 2


def test_n06_nothing_is_gathered_on_a_line_that_the_settings_do_not_list(cast: Cast) -> None:
    enter("anna.astrom")
    activity = opened(cast)
    limits.install(Limits())
    assert gather(cast.trainer, activity) == 0
    with pytest.raises(MandateError, match="lines that the settings allow"):
        opened(cast, reference="TR-2")


def test_n06_the_trainer_hears_what_was_gathered_and_nothing_else(
    cast: Cast, open_leg: Open
) -> None:
    call = enter("anna.astrom")
    activity = opened(cast)
    gather(cast.trainer, activity)
    other = enter("anna.astrom")
    assert open_leg(cast.trainer, call, **REASON).grant.purpose == "training"
    with pytest.raises(NotVisible):
        open_leg(cast.trainer, other, **REASON)
    assert activities.activity(cast.dpo.id, activity, NOW).legs == ()
    activities.close_activity(cast.trainer.id, activity, NOW)
    with pytest.raises(NotVisible):
        open_leg(cast.trainer, call, **REASON)
    with pytest.raises(MandateError, match="has ended"):
        gather(cast.trainer, activity)


def test_n06_an_objection_takes_the_call_and_its_comments_out(cast: Cast) -> None:
    call = enter("anna.astrom")
    objected = enter("anna.astrom")
    objecting.object_to_training(cast.anna.id, objected, wanted=True, now=NOW)
    activity = opened(cast)
    gather(cast.trainer, activity)
    assert gathered(cast, activity) == {call}
    write(cast, call)
    objecting.object_to_training(cast.anna.id, call, wanted=True, now=NOW)
    assert gathered(cast, activity) == set()
    assert not Comment.objects.exists()


def write(cast: Cast, call: UUID, text: str = "Well greeted.", place: int = 4000) -> None:
    at = commenting.Place(call, calls.legs(call)[0].id, place)
    commenting.write(cast.trainer.id, at, text, NOW)


def test_a_comment_is_read_by_the_agent_and_the_trainer_only(cast: Cast, entries: Entries) -> None:
    call = enter("anna.astrom", "leila.virtanen")
    gather(cast.trainer, opened(cast))
    write(cast, call)
    for person in (cast.anna, cast.trainer):
        (remark,) = commenting.notes(person.id, call, NOW).remarks
        assert (remark.text, remark.place_ms, remark.by) == ("Well greeted.", 4000, "Tuula Aho")
    for person in (cast.leila, cast.mikko, cast.dpo):
        assert commenting.notes(person.id, call, NOW).remarks == ()
    (mine,) = commenting.gathered_of(cast.anna.id, NOW)
    assert (mine.activity, mine.remarks) == ("Greeting", 1)
    assert [one.remarks for one in commenting.gathered_of(cast.leila.id, NOW)] == [0]
    (entry,) = entries("access:comment:written")
    assert "greeted" not in entry.body
    with pytest.raises(NotVisible):
        commenting.withdraw(cast.anna.id, call, remark.id, NOW)
    commenting.withdraw(cast.trainer.id, call, remark.id, NOW)
    assert not Comment.objects.exists()


def test_comments_are_off_until_the_settings_allow_them(cast: Cast) -> None:
    call = enter("anna.astrom")
    gather(cast.trainer, opened(cast))
    limits.install(Limits(activities=ActivityRules((SERVICE,))))
    assert commenting.notes(cast.trainer.id, call, NOW).on == ()
    with pytest.raises(MandateError, match="do not allow comments"):
        write(cast, call)


def test_what_a_comment_may_not_be_is_refused_in_words(cast: Cast) -> None:
    call, other = enter("anna.astrom"), enter("sofia.holm")
    gather(cast.trainer, opened(cast))
    for text in ("", "x" * 501, "Ring 040 123 4567"):
        with pytest.raises(MandateError, match="500 characters"):
            write(cast, call, text)
    with pytest.raises(MandateError, match="within the recording"):
        write(cast, call, place=60_001)
    Call.objects.filter(id=other).update(due_at=NOW)
    with pytest.raises(NotVisible):
        write(cast, other)


def test_only_a_trainer_opens_one_and_within_the_rules(cast: Cast) -> None:
    for person in (cast.mikko, cast.dpo, cast.anna):
        with pytest.raises(NotVisible):
            activities.open_activity(person.id, PLAN, NOW)
    for changes in ({"cap": 4}, {"cap": 0}, {"days": 31}, {"lines": ()}, {"name": "0401234567"}):
        with pytest.raises(MandateError):
            opened(cast, **changes)
    with pytest.raises(NotVisible):
        activities.activities(cast.anna.id, NOW)


def test_weak_rules_are_refused_with_what_to_change() -> None:
    assert fault(ActivityRules()) == ""
    assert "plus" in fault(ActivityRules(lines=("0207",)))
    assert "50" in fault(ActivityRules(calls_per_agent=0))
    assert "180" in fault(ActivityRules(longest_days=0))
    assert not fit_text("040-123 45", 80)
    assert fit_text("Case 2026, part 3", 80)
