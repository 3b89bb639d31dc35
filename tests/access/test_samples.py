"""Samples by number: drawn truly, without agents, and told to the officer."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import START, TEST_LINE, enter
from vaiti.access import queue, samples
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.access.errors import SampleError
from vaiti.access.lots import drawn, left_out, lot
from vaiti.access.models import SampleCall
from vaiti.people.models import Role, TrainingRecord, Undertaking
from vaiti.register.models import Call
from vaiti.register.sampling import Drawn

DAY = Drawn(START - timedelta(hours=1), START + timedelta(hours=1))
calls_at_random = st.lists(st.uuids(), unique=True, max_size=60)


@given(calls=calls_at_random, number=st.integers(1, 50), seed=st.binary(min_size=16, max_size=16))
def test_the_same_seed_draws_the_same_calls_whatever_their_order(
    calls: list[UUID], number: int, seed: bytes
) -> None:
    found = drawn(seed.hex(), calls, number)
    assert drawn(seed.hex(), reversed(calls), number) == found
    assert len(found) == min(number, len(calls))
    assert left_out(seed.hex(), calls, found) == []
    for gone in found:
        rest = [one for one in calls if one != gone]
        assert set(found) - {gone} <= set(drawn(seed.hex(), rest, number))


def test_a_call_put_in_by_hand_shows_when_the_lots_are_drawn_again() -> None:
    seed = "ab" * 16
    calls = sorted((uuid4() for _ in range(40)), key=lambda one: lot(seed, one))
    assert left_out(seed, calls, [*calls[:4], calls[20]]) == calls[4:20]


def test_n27_an_auditor_draws_rows_without_agents_and_everything_is_logged(
    cast: Cast, entries: Entries, open_leg: Open
) -> None:
    mine = [enter("anna.astrom") for _ in range(6)]
    enter("anna.astrom", line=TEST_LINE)
    enter("anna.astrom", start=START - timedelta(days=3))
    open_leg(cast.anna, mine[0])
    of = Drawn(DAY.begins, DAY.ends, "+358207100000")
    made = samples.draw(cast.auditor.id, of, 50, NOW)
    view = samples.sample(cast.auditor.id, made, NOW)
    assert {one.call for one in view.rows} == set(mine)
    assert [one.number for one in view.rows] == [1, 2, 3, 4, 5, 6]
    assert {one.trace.customer for one in view.rows if one.trace} == {"+358401234***"}
    assert [one.listened for one in view.rows if one.call == mine[0]] == [1]
    told = repr(view.rows)
    assert "Anna" not in told
    assert cast.anna.id.hex not in told.replace("-", "")
    (entry,) = entries("access:sample:drawn")
    facts = json.loads(entry.body)["facts"]
    assert drawn(facts["seed"], mine, 50) == [one.call for one in view.rows]
    assert (facts["asked"], facts["among"], facts["calls"]) == (50, 6, 6)
    assert len(entries("access:sample:read")) == 1


def test_n19_a_call_whose_time_has_come_leaves_its_number_and_nothing_else(cast: Cast) -> None:
    calls = [enter("anna.astrom") for _ in range(3)]
    made = samples.draw(cast.auditor.id, DAY, 3, NOW)
    Call.objects.filter(id=calls[0]).update(due_at=NOW)
    Call.objects.filter(id=calls[1]).delete()
    rows = {one.call: one for one in samples.sample(cast.auditor.id, made, NOW).rows}
    assert [rows[one].trace is None for one in calls] == [True, True, False]
    assert samples.checked(cast.auditor.id, made, {calls[2]: True}, NOW) == ()
    (row,) = (one for one in samples.sample(cast.auditor.id, made, NOW).rows if one.intact)
    assert row.call == calls[2]


def test_a_sample_that_was_tampered_with_does_not_follow_from_its_seed(cast: Cast) -> None:
    for _ in range(20):
        enter("anna.astrom")
    made = samples.draw(cast.auditor.id, DAY, 2, NOW)
    seed = samples.sample(cast.auditor.id, made, NOW).card.seed
    worst = max(Call.objects.values_list("id", flat=True), key=lambda one: lot(seed, one))
    SampleCall.objects.filter(number=1).update(call=worst)
    assert samples.checked(cast.auditor.id, made, {}, NOW)


def test_n27_nobody_else_draws_or_reads_one_and_the_officer_sees_that_there_is_one(
    cast: Cast,
) -> None:
    enter("anna.astrom")
    made = samples.draw(cast.auditor.id, DAY, 1, NOW)
    for person in (cast.anna, cast.mikko, cast.administrator, cast.security_lead, cast.trainer):
        for attempt in (
            lambda who: samples.draw(who, DAY, 1, NOW),
            lambda who: samples.sample(who, made, NOW),
            lambda who: samples.samples(who, NOW),
        ):
            with pytest.raises(NotVisible):
                attempt(person.id)
    with pytest.raises(NotVisible):
        samples.draw(cast.dpo.id, DAY, 1, NOW)
    view = samples.sample(cast.dpo.id, made, NOW)
    assert (view.own, view.rows, view.card.person) == (False, (), "Arvid Sund")
    (item,) = queue.from_log(cast.dpo.id, NOW)
    assert (item.kind, item.subject) == ("access:sample:drawn", made.hex)


def test_n27_n31_n34_an_auditor_sees_rows_while_let_in_trained_and_sworn(cast: Cast) -> None:
    enter("anna.astrom")
    made = samples.draw(cast.auditor.id, DAY, 1, NOW)
    for table in (TrainingRecord, Undertaking):
        rows = table.objects.filter(person=cast.auditor)
        (before,) = rows.values_list("valid_to", flat=True)
        rows.update(valid_to=NOW)
        with pytest.raises(Unprepared):
            samples.sample(cast.auditor.id, made, NOW)
        with pytest.raises(Unprepared):
            samples.draw(cast.auditor.id, DAY, 1, NOW)
        rows.update(valid_to=before)
    Role.objects.filter(person=cast.auditor).update(valid_to=NOW)
    with pytest.raises(NotVisible):
        samples.sample(cast.auditor.id, made, NOW)


@pytest.mark.parametrize(
    ("of", "number", "said"),
    [
        (DAY, 0, "1 to 50"),
        (DAY, 51, "1 to 50"),
        (Drawn(DAY.ends, DAY.begins), 5, "ends after it begins"),
        (Drawn(NOW + timedelta(hours=1), NOW + timedelta(hours=2)), 5, "before today"),
        (DAY, 5, "no call in this period"),
    ],
)
def test_a_sample_that_cannot_be_drawn_says_what_to_change(
    cast: Cast, entries: Entries, of: Drawn, number: int, said: str
) -> None:
    with pytest.raises(SampleError, match=said):
        samples.draw(cast.auditor.id, of, number, NOW)
    assert not entries("access:sample:drawn")


def test_a_sample_older_than_the_newest_hundred_is_found_and_opened(cast: Cast) -> None:
    enter("anna.astrom")
    made = [samples.draw(cast.auditor.id, DAY, 1, NOW + timedelta(minutes=n)) for n in range(101)]
    later = NOW + timedelta(hours=2)
    newest, _ = samples.samples(cast.auditor.id, later)
    older, _ = samples.samples(cast.auditor.id, later, skip=samples.LISTED)
    assert [one.id for one in (*newest, *older)] == made[::-1]
    for reader in (cast.auditor, cast.dpo):
        assert samples.sample(reader.id, made[0], later).card.id == made[0]
