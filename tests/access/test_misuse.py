"""The rules that ask for an explanation, and what becomes of what they find (N-07, L-33, L-34)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from access_world import Entries, Open, Resume
from cast import NOW, Cast
from manifests import enter
from vaiti.access import alerts, complaints, doors, misuse, near, spot_checks
from vaiti.access.doors import NotVisible
from vaiti.access.errors import MandateError
from vaiti.access.misuse import Opened, Refusal, Rule, Seen, Thresholds, hits, windows
from vaiti.access.models import Alert, Listening
from vaiti.access.watch_models import Complaint
from vaiti.people import enrol
from vaiti.people.models import Membership, Person
from vaiti.register.models import Leg
from vaiti.values.masked import MaskedNumber

ZONE = ZoneInfo("Europe/Helsinki")
MIKKO, ANNA = uuid4(), uuid4()
OFF = replace(Thresholds(), **{rule.value: 0 for rule in Rule})
HOUR = timedelta(hours=1)


def opened(at: datetime, **changes: object) -> Opened:
    given = {
        "entry": uuid4(),
        "at": at,
        "listener": MIKKO,
        "call": uuid4().hex,
        "agent": ANNA,
        "rule": "subordinate_leg",
        "purpose": "verify",
        "known": False,
    }
    return Opened(**(given | changes))  # type: ignore[arg-type]


def found(rule: Rule, least: int, seen: Seen) -> list[misuse.Hit]:
    return hits(seen, replace(OFF, **{rule.value: least}), ZONE)


def many(count: int, apart: timedelta, **changes: object) -> list[Opened]:
    return [opened(NOW - apart * n, **changes) for n in range(count)]


@pytest.mark.parametrize(
    ("rule", "apart", "changes"),
    [
        (Rule.BURST, timedelta(minutes=10), {}),
        (Rule.SAME_CALL, timedelta(days=1), {"call": "c" * 32}),
        (Rule.ONE_AGENT, timedelta(days=6), {}),
        (Rule.UNKNOWN_REFERENCE, HOUR, {"purpose": "training"}),
    ],
)
def test_a_rule_holds_from_its_threshold_on_and_names_its_entries(
    rule: Rule, apart: timedelta, changes: dict[str, object]
) -> None:
    events = many(4, apart, **changes)
    assert found(rule, 5, Seen(events, ())) == []
    (hit,) = found(rule, 4, Seen(events, ()))
    assert set(hit.entries) == {one.entry for one in events}
    assert (hit.person, hit.begins, hit.ends) == (MIKKO, events[-1].at, events[0].at)
    assert hits(Seen(events, ()), OFF, ZONE) == []
    used = {rule.value: frozenset(hit.entries)}
    assert found(rule, 4, Seen(events, (), used=used)) == []


def test_refusals_are_counted_within_a_day() -> None:
    near = [Refusal(uuid4(), NOW - HOUR * n, MIKKO) for n in range(3)]
    far = [Refusal(uuid4(), NOW - HOUR * 24 * n, MIKKO) for n in range(3)]
    assert len(found(Rule.REFUSED_OFTEN, 3, Seen((), near))) == 1
    assert found(Rule.REFUSED_OFTEN, 3, Seen((), far)) == []


def test_night_is_local_and_one_own_calls_do_not_count() -> None:
    late = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 22:30 in Helsinki
    evening = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
    assert len(found(Rule.AT_NIGHT, 1, Seen([opened(late)], ()))) == 1
    assert found(Rule.AT_NIGHT, 1, Seen([opened(evening)], ())) == []
    assert found(Rule.AT_NIGHT, 1, Seen([opened(late, agent=MIKKO)], ())) == []


def test_listening_before_leaving_and_before_a_move_is_told() -> None:
    events = many(3, HOUR)
    leaving = {MIKKO: NOW + timedelta(days=13)}
    assert len(found(Rule.BEFORE_LEAVING, 3, Seen(events, (), leaving=leaving))) == 1
    later = {MIKKO: NOW + timedelta(days=15)}
    assert found(Rule.BEFORE_LEAVING, 3, Seen(events, (), leaving=later)) == []
    moves = {ANNA: [NOW + timedelta(days=6)]}
    (hit,) = found(Rule.BEFORE_A_MOVE, 3, Seen(events, (), moves=moves))
    assert hit.about == ANNA.hex
    assert found(Rule.BEFORE_A_MOVE, 3, Seen(events, (), moves={ANNA: [NOW - HOUR * 9]})) == []


def test_what_was_said_beforehand_makes_a_listening_ask_for_an_explanation() -> None:
    named, other = opened(NOW, customer="+358401234***"), opened(NOW, customer="+358409999***")
    near = {MIKKO: frozenset({"+358401234***"}), ANNA: frozenset({"+358409999***"})}
    (hit,) = found(Rule.NEAR_NUMBER, 1, Seen([named, other], (), near=near))
    assert hit.entries == (named.entry,)
    own = opened(NOW, agent=MIKKO, customer="+358401234***", rule="own_leg")
    assert len(found(Rule.NEAR_NUMBER, 1, Seen([own], (), near=near))) == 1
    events = many(3, HOUR)
    soon = {MIKKO: (NOW - HOUR,), ANNA: (NOW - 9 * HOUR,)}
    (hit,) = found(Rule.AFTER_COMPLAINT, 1, Seen(events, (), complaints=soon))
    assert set(hit.entries) == {one.entry for one in events[:2]}
    long_ago = {MIKKO: (NOW - timedelta(days=8),)}
    assert found(Rule.AFTER_COMPLAINT, 1, Seen(events, (), complaints=long_ago)) == []


def test_a_line_is_far_for_managers_only() -> None:
    assert len(found(Rule.FAR_LINE, 3, Seen(many(3, HOUR, far=True), ()))) == 1
    assert found(Rule.FAR_LINE, 3, Seen(many(3, HOUR), ())) == []
    assert found(Rule.FAR_LINE, 3, Seen(many(3, HOUR, far=True, rule="case_leg"), ())) == []


def test_windows_take_no_event_twice() -> None:
    events = many(7, timedelta(minutes=20))[::-1]
    taken = [one.entry for window in windows(events, HOUR, 3) for one in window]
    assert taken == [one.entry for one in events[:6]]


def test_what_a_rule_finds_is_told_once_and_answered_by_the_officer(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        open_leg(cast.mikko, call, purpose="verify", reference="2026-118", now=at)
    rules, later = Thresholds(same_call=3), NOW + HOUR
    assert alerts.watch(rules, ZONE, later) == 1
    assert alerts.watch(rules, ZONE, later) == 0
    (card,) = alerts.alerts(cast.dpo.id, later)
    assert (card.rule, card.person_id, card.count, card.least) == ("same_call", cast.mikko.id, 3, 3)
    assert alerts.waiting() == {card.id.hex: "same_call"}
    _, evidence = alerts.alert(cast.dpo.id, card.id, later)
    assert [one.facts["reference"] for one in evidence] == ["2026-118"] * 3
    for person in (cast.mikko, cast.auditor, cast.administrator):
        with pytest.raises(NotVisible):
            alerts.alerts(person.id, later)
    with pytest.raises(MandateError, match="A reference is"):
        alerts.answer(cast.dpo.id, card.id, "follow_up", "", later)
    alerts.answer(cast.dpo.id, card.id, "follow_up", "HR-2026-1", later)
    with pytest.raises(MandateError, match="answered it already"):
        alerts.answer(cast.dpo.id, card.id, "explained", "", later)
    assert alerts.waiting() == {}
    assert [one.subject for one in entries("access:alert:raised")] == [cast.mikko.id.hex]
    assert len(entries("access:alert:answered")) == 1
    alerts.watch(rules, ZONE, later + timedelta(days=366))
    assert not Alert.objects.exists()


def test_refusals_for_what_is_missing_are_no_misuse_and_others_are(cast: Cast) -> None:
    for _ in range(3):
        with pytest.raises(NotVisible):
            doors.see_call(cast.sofia.id, enter("anna.astrom"), NOW)
    assert alerts.watch(Thresholds(refused_often=4), ZONE, NOW) == 0
    assert alerts.watch(Thresholds(refused_often=3), ZONE, NOW) == 1


def test_the_moves_of_agents_are_read_from_the_dated_rows(cast: Cast, open_leg: Open) -> None:
    open_leg(cast.mikko, enter("anna.astrom"), purpose="verify", reference="2026-118")
    Membership.objects.filter(person=cast.anna).update(valid_to=NOW + HOUR)
    assert alerts.watch(Thresholds(before_a_move=1), ZONE, NOW) == 0
    assert alerts.watch(Thresholds(before_a_move=1), ZONE, NOW + 2 * HOUR) == 1


def test_n07_a_number_near_to_the_listener_is_kept_masked_and_told_as_a_question(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    call = enter("anna.astrom")
    number = Leg.objects.get(call_id=call).customer
    near.name(cast.mikko.id, MaskedNumber(number), NOW)
    near.name(cast.mikko.id, MaskedNumber(number), NOW)
    near.name(cast.leila.id, MaskedNumber(number), NOW)
    open_leg(cast.mikko, call, purpose="verify", reference="2026-118")
    assert alerts.watch(replace(OFF, near_number=1), ZONE, NOW) == 1
    (card,) = alerts.alerts(cast.dpo.id, NOW)
    assert (card.rule, card.person_id) == ("near_number", cast.mikko.id)
    told = [one.body for one in entries("access:near:named")]
    assert len(told) == 2
    assert all('"count":1' in one and number not in one for one in told)
    (mine,) = near.mine(cast.mikko.id)
    with pytest.raises(NotVisible):
        near.remove(cast.leila.id, mine.id, NOW)
    near.remove(cast.mikko.id, mine.id, NOW)
    with pytest.raises(MandateError, match="whole number"):
        near.name(cast.mikko.id, MaskedNumber("+3584***"), NOW)
    enrol.depart(cast.leila.id, by="system:test", now=NOW)
    alerts.watch(OFF, ZONE, NOW + HOUR)
    assert near.numbers() == {}


def test_n07_a_line_that_nobody_else_of_theirs_serves_is_far(
    cast: Cast, open_leg: Open, resume: Resume
) -> None:
    calls = [enter("anna.astrom", start=NOW - n * HOUR) for n in (2, 4, 6)]
    for call in calls:
        opening = open_leg(cast.mikko, call, purpose="verify", reference="2026-118")
    later = NOW + timedelta(minutes=6)
    resume(cast.mikko, opening, later)  # a renewed listening is still known by its first entry
    rules = replace(OFF, far_line=3)
    assert alerts.watch(rules, ZONE, later) == 0  # they took no calls at all
    enter("leila.virtanen", start=NOW - HOUR)
    assert alerts.watch(rules, ZONE, later) == 0
    Leg.objects.filter(person=cast.leila).update(line=cast.telesales_line)
    assert alerts.watch(rules, ZONE, later) == 1
    assert alerts.watch(replace(OFF, one_agent=3), ZONE, later) == 1


def test_n07_listening_after_a_complaint_about_oneself_is_told_to_the_officer(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    dpo, anna = cast.dpo.id, cast.anna.id
    for person, about, reference, came, said in (
        (dpo, dpo, "HR-1", NOW, "not yourself"),
        (dpo, anna, "040 123 4567", NOW, "A reference is"),
        (dpo, anna, "HR-1", NOW + HOUR, "30 days"),
    ):
        with pytest.raises(MandateError, match=said):
            complaints.note(person, about, reference, came, NOW)
    with pytest.raises(NotVisible):
        complaints.note(cast.mikko.id, anna, "HR-1", NOW, NOW)
    made = complaints.note(dpo, anna, "HR-1", NOW, NOW)
    complaints.note(cast.security_lead.id, dpo, "HR-2", NOW, NOW)
    assert [one.reference for one in complaints.complaints(dpo, NOW)] == ["HR-1"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(id=made).update(noted_by=cast.anna)
    open_leg(cast.anna, enter("anna.astrom"), now=NOW + HOUR)
    assert alerts.watch(replace(OFF, after_complaint=1), ZONE, NOW + HOUR) == 1
    (card,) = alerts.alerts(dpo, NOW + HOUR)
    assert (card.rule, card.person_id) == ("after_complaint", anna)
    complaints.take_back(dpo, made, NOW)
    assert [one.subject for one in entries("access:complaint:removed")] == [anna.hex]
    alerts.watch(OFF, ZONE, NOW + timedelta(days=61))
    assert not Complaint.objects.exists()


def hit_on(person: Person) -> UUID:
    row = Alert.objects.create(
        rule="at_night", person=person, count=1, least=1, begins_at=NOW, ends_at=NOW, found_at=NOW
    )
    return row.id


def test_nobody_answers_what_is_about_themselves(cast: Cast) -> None:
    own = hit_on(cast.dpo)
    assert alerts.alerts(cast.dpo.id, NOW) == ()
    with pytest.raises(NotVisible):
        alerts.answer(cast.dpo.id, own, "explained", "", NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.update(answered_by=cast.dpo)
    hit_on(cast.mikko)
    assert [one.id for one in alerts.alerts(cast.security_lead.id, NOW)] == [own]
    alerts.answer(cast.security_lead.id, own, "explained", "", NOW)


def test_a_drawn_listening_is_shown_and_looked_at_or_late(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    for _ in range(3):
        open_leg(cast.mikko, enter("anna.astrom"), purpose="verify", reference="2026-118")
        open_leg(cast.anna, enter("anna.astrom"))
    assert spot_checks.draw(2, ZONE, Random(1), NOW) == 2
    assert spot_checks.draw(2, ZONE, Random(1), NOW + timedelta(days=6)) == 0
    first, second = spot_checks.mine(cast.mikko.id, NOW)
    assert first.due_at == NOW + timedelta(days=7)  # five working days from a Monday
    assert spot_checks.mine(cast.anna.id, NOW) == ()
    assert set(spot_checks.late(first.due_at)) == {first.id.hex, second.id.hex}
    with pytest.raises(MandateError, match="200 characters"):
        spot_checks.show(cast.mikko.id, first.id, "040 123 4567", NOW)
    with pytest.raises(NotVisible):
        spot_checks.show(cast.henrik.id, first.id, "CRM", NOW)
    spot_checks.show(cast.mikko.id, first.id, "CRM, case 2026-118", NOW)
    spot_checks.decide(cast.dpo.id, first.id, "seen", NOW)
    assert [one.id for one in spot_checks.to_look_at(cast.dpo.id, NOW)] == [second.id]
    spot_checks.decide(cast.dpo.id, second.id, "follow_up", NOW)
    assert spot_checks.late(first.due_at) == {}
    assert len(entries("access:spot_check:shown")) == 1
    Listening.objects.all().delete()
    assert spot_checks.to_look_at(cast.dpo.id, NOW) == ()


def test_weekends_are_no_working_days() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert spot_checks.working_days_after(friday, 1, ZONE).isoweekday() == 1


def test_l34_nothing_scores_or_ranks_people() -> None:
    source = Path(misuse.__file__).parents[1]
    for path in [*source.glob("access/*.py"), *source.glob("web/*.py")]:
        text = path.read_text()
        for word in ("scored", "score =", "ranking", "rank =", "rating"):
            assert word not in text, path.name
    columns = {field.name for field in Alert._meta.get_fields()}
    assert not columns & {"score", "weight", "level", "severity"}


def test_weak_thresholds_are_refused_with_what_to_change() -> None:
    assert misuse.fault(Thresholds()) == ""
    assert "10000" in misuse.fault(Thresholds(burst=-1))
    assert "hours" in misuse.fault(Thresholds(night_from=25))
    assert "30" in misuse.fault(Thresholds(move_days=0))
    assert "rights" in misuse.fault(Thresholds(unknown_purposes=("verify",)))
    assert "complaint_days" in misuse.fault(Thresholds(complaint_days=31))
    assert "180" in misuse.fault(Thresholds(far_days=181))
    assert "100" in misuse.fault(Thresholds(checks_a_week=101))
