"""One call into the book: what is kept of it, what is refused, once and only once."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from cast import NOW, Cast
from manifests import MINUTE_US, SERVICE, SHA256, START, enter, manifest
from vaiti.audit.models import Leaf
from vaiti.notice import lines, versions
from vaiti.people import enrol
from vaiti.register.admission import IntakeRefused, admit
from vaiti.register.intake import take_in
from vaiti.register.models import Arrival, Call, Leg
from vaiti.values.clock import to_micros
from vaiti.values.ids import as_uuid, new_object_id
from vaiti.vault.manifest import AgentLeg, Manifest

BY = "system:init"


def take(given: Manifest, now: datetime = NOW) -> UUID:
    return take_in(given, new_object_id(), sha256=given.sha256, segments=given.segments, now=now)


def test_a_call_becomes_one_row_with_what_the_notice_lists(cast: Cast) -> None:
    given = manifest("anna.astrom")
    call = Call.objects.get(id=take(given))
    assert call.id == as_uuid(given.call_id)  # type: ignore[arg-type]
    assert (call.direction, call.line.number, call.customer) == ("in", SERVICE, "+358401234***")
    assert (call.state, call.ended_by, call.recovered) == ("kept", "bye", False)
    assert call.recording == {
        "tracks": [
            {"index": 0, "label": "1", "role": "customer"},
            {"index": 1, "label": "2", "role": "agent"},
        ],
        "epochs": [
            {
                "track": 0,
                "ssrc": 7,
                "pt": 8,
                "codec": "PCMA",
                "clock": 8000,
                "first_seq": 1,
                "first_ts": 160,
                "first_us": given.started_us,
            }
        ],
        "holds": [{"from_us": given.started_us + 1, "to_us": given.started_us + 2}],
        "pauses": [],
        "sides": [],
        "ties": [],
        "warnings": [],
        "segments": 3,
        "finished": True,
        "sha256": SHA256,
    }


def test_n12_start_and_end_are_whole_seconds_of_utc(cast: Cast) -> None:
    call = Call.objects.get(id=enter("anna.astrom"))
    assert call.started_at == START.replace(microsecond=0)
    assert call.ended_at == START.replace(microsecond=0) + timedelta(minutes=1)


def test_n03_n18_notice_due_instant_rule_and_day_are_fixed_at_intake(cast: Cast) -> None:
    start = datetime(2026, 8, 30, 21, 0, tzinfo=UTC)  # 31 August, 00:00 in Helsinki
    call = Call.objects.get(id=enter("anna.astrom", start=start))
    assert call.notice_id == "2026-01"
    assert call.due_rule == "calendar-months/1"
    assert call.due_at == datetime(2027, 2, 27, 22, 1, tzinfo=UTC)
    assert call.destruction_day == date(2027, 2, 28)


def test_n03_the_version_is_the_one_at_the_start_of_the_call(cast: Cast) -> None:
    between = START + timedelta(seconds=30)
    versions.publish(
        "2026-02",
        valid_from=between,
        retention_months=1,
        zone="Europe/Helsinki",
        texts={"sv": "a", "fi": "b", "en": "c"},
        by=BY,
        now=between - timedelta(days=1),
    )
    before, after = enter("anna.astrom"), enter("anna.astrom", start=between)
    assert Call.objects.get(id=before).notice_id == "2026-01"
    assert Call.objects.get(id=after).notice_id == "2026-02"


def test_n16_each_agent_of_a_transferred_call_has_a_leg(cast: Cast) -> None:
    call = enter("anna.astrom", "oskar.lind")
    legs = Leg.objects.filter(call_id=call).order_by("ordinal")
    assert [(leg.ordinal, leg.person_id, leg.device) for leg in legs] == [
        (1, cast.anna.id, ""),
        (2, cast.oskar.id, ""),
    ]
    assert legs[0].ended_at == legs[1].started_at == START + timedelta(minutes=1)


def test_n16_a_leg_is_of_who_used_the_device_when_it_began(cast: Cast) -> None:
    change = START + timedelta(seconds=90)
    enrol.assign_device(cast.leila.id, "anna.astrom", by=BY, now=change)
    legs = Leg.objects.filter(call_id=enter("oskar.lind", "anna.astrom")).order_by("ordinal")
    assert legs[1].person_id == cast.anna.id
    later = Leg.objects.get(call_id=enter("anna.astrom", start=change))
    assert later.person_id == cast.leila.id


def test_a_leg_of_a_device_nobody_used_waits_for_its_person(cast: Cast) -> None:
    leg = Leg.objects.get(call_id=enter("hot.desk"))
    assert (leg.person_id, leg.device) == (None, "hot.desk")


def test_a_call_without_a_known_agent_is_kept(cast: Cast) -> None:
    assert Leg.objects.filter(call_id=enter()).count() == 0


def test_the_entry_of_an_intake_holds_no_number_and_no_name(cast: Cast) -> None:
    call = enter("anna.astrom")
    entry = Leaf.objects.get(kind="call:recording:taken_in")
    assert (entry.actor, entry.subject) == ("system:intake", call.hex)
    for forbidden in ("+358", "anna", "Anna", "***"):
        assert forbidden not in entry.body


def test_the_same_call_twice_is_one_call(cast: Cast) -> None:
    given = manifest("anna.astrom", "oskar.lind")
    assert take(given) == take(given)
    assert (Call.objects.count(), Leg.objects.count()) == (1, 2)
    assert Leaf.objects.filter(kind="call:recording:taken_in").count() == 1


def test_a_call_taken_in_is_no_longer_on_its_way(cast: Cast) -> None:
    given = manifest("anna.astrom")
    call = as_uuid(given.call_id)  # type: ignore[arg-type]
    Arrival.objects.create(call=call, object_id=as_uuid(new_object_id()), since=NOW)
    take(given)
    assert not Arrival.objects.exists()


def test_a_recovered_call_says_so(cast: Cast) -> None:
    call = enter("anna.astrom", state="recovered", ended_by="recovered", finished=False)
    row = Call.objects.get(id=call)
    assert row.recovered
    assert row.recording["finished"] is False


@pytest.mark.parametrize("number", ["***", "not available", "1***", "+46701234***"])
def test_n15_every_masked_form_is_kept_as_it_is(cast: Cast, number: str) -> None:
    assert Call.objects.get(id=enter("anna.astrom", customer=number)).customer == number


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"line": "+358207300000"}, "unlisted_line"),
    ({"line": "+358501112223"}, "unlisted_line"),
    ({"customer": "+358401234567"}, "number_not_masked"),
    ({"customer": "anna"}, "number_not_masked"),
    ({"customer": "+" + "1" * 30 + "***"}, "number_not_masked"),
    ({"ended_us": to_micros(START) - 1}, "negative_length"),
    ({"legs": (AgentLeg("anna.astrom", 5, 4),)}, "negative_length"),
    ({"state": "draft"}, "bad_manifest"),
    ({"direction": "sideways"}, "bad_manifest"),
    ({"recorder": "r" * 65}, "bad_manifest"),
    ({"call_id": "../../etc"}, "bad_call_id"),
    ({"started_us": -1}, "negative_length"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED)
def test_an_unfit_call_is_refused_and_leaves_nothing(
    cast: Cast, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(IntakeRefused) as refusal:
        enter("anna.astrom", **changes)
    assert refusal.value.reason == reason
    assert "+358" not in str(refusal.value)
    assert not Call.objects.exists()
    assert not Leaf.objects.exists()


def test_n14_a_line_counts_as_it_stood_at_the_start_of_the_call(cast: Cast) -> None:
    lines.end_line(SERVICE, by=BY, now=START + timedelta(seconds=1))
    enter("anna.astrom")
    with pytest.raises(IntakeRefused, match="line"):
        enter("anna.astrom", start=START + timedelta(seconds=2))


def test_n14_a_direction_that_the_line_does_not_record_is_refused(cast: Cast) -> None:
    number = "+358207500000"
    lines.register_line(
        number,
        label="In only",
        function="service",
        outbound=False,
        recorded=True,
        by=BY,
        now=START - timedelta(days=1),
    )
    enter("anna.astrom", line=number)
    with pytest.raises(IntakeRefused) as refusal:
        enter("anna.astrom", line=number, direction="out")
    assert refusal.value.reason == "unlisted_line"


def test_n03_a_call_before_any_notice_is_refused(cast: Cast) -> None:
    lines.end_line(SERVICE, by=BY, now=START)
    lines.register_line(
        "+358207600000",
        label="Old",
        function="service",
        recorded=True,
        by=BY,
        now=START - timedelta(days=2000),
    )
    with pytest.raises(IntakeRefused) as refusal:
        enter(line="+358207600000", start=START - timedelta(days=1000))
    assert refusal.value.reason == "no_notice"


@pytest.mark.parametrize(("sha256", "segments"), [("cd" * 32, 3), (SHA256, 2)])
def test_an_object_that_is_not_the_manifests_is_refused(
    cast: Cast, sha256: str, segments: int
) -> None:
    with pytest.raises(IntakeRefused) as refusal:
        take_in(manifest(), new_object_id(), sha256=sha256, segments=segments, now=NOW)
    assert refusal.value.reason == "object_differs"


@settings(max_examples=100)
@given(
    start=st.integers(0, 4_000_000_000_000_000),
    length=st.integers(0, 86_400_000_000),
    cuts=st.lists(st.tuples(st.integers(-(10**9), 10**11), st.integers(0, 10**11)), max_size=5),
)
def test_n13_lengths_are_never_negative_and_legs_never_leave_the_call(
    start: int, length: int, cuts: list[tuple[int, int]]
) -> None:
    legs = tuple(AgentLeg("a", start + at, start + at + span) for at, span in cuts)
    facts = admit(manifest(started_us=start, ended_us=start + length, legs=legs), SHA256, 3)
    assert facts.ended_at >= facts.started_at
    assert facts.started_at.microsecond == facts.ended_at.microsecond == 0
    seconds = (facts.ended_at - facts.started_at).total_seconds()
    assert abs(seconds - length / 1_000_000) < 1
    for leg in facts.legs:
        assert start <= leg.from_us <= leg.to_us <= start + length


@pytest.mark.django_db(transaction=True)
def test_many_intakes_of_one_call_at_the_same_time_enter_it_once(cast: Cast) -> None:
    given = manifest("anna.astrom", "oskar.lind")
    object_id = new_object_id()
    entered: list[UUID] = []
    ready = threading.Barrier(6)

    def attempt() -> None:
        try:
            ready.wait()
            entered.append(take_in(given, object_id, sha256=SHA256, segments=3, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entered == [as_uuid(given.call_id)] * 6  # type: ignore[arg-type]
    assert (Call.objects.count(), Leg.objects.count()) == (1, 2)
    assert Leaf.objects.filter(kind="call:recording:taken_in").count() == 1


def test_what_silence_cut_off_the_call_is_cut_off_its_legs(cast: Cast) -> None:
    given = manifest("anna.astrom", "oskar.lind")
    early = given.started_us + MINUTE_US // 2
    call = enter("anna.astrom", "oskar.lind", ended_us=early, ended_by="silence")
    leg = Leg.objects.get(call_id=call)
    assert to_micros(leg.ended_at) == early
