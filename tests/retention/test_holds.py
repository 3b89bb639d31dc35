"""Design question c against real keys, files and rows: a hold keeps listed calls, and lets go."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from cast import Cast
from retention.world import DUE, Recorded, World
from vaiti.access import doors
from vaiti.access.errors import NotVisible
from vaiti.access.holding import may_keep, may_place
from vaiti.access.mandates import add_call, name_person, open_mandate
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.people.models import Person
from vaiti.register.filters import Filters
from vaiti.register.hold_rules import Draft, HoldRefused, Time
from vaiti.register.models import Call, HeldCall, Hold, Leg
from vaiti.retention import holds
from vaiti.retention.models import Tombstone
from vaiti.retention.planning import plan
from vaiti.values.ids import as_uuid
from vaiti.vault.keyclient import KeysUnavailable

ZONE = ZoneInfo("Europe/Helsinki")
pytestmark = pytest.mark.django_db(transaction=True)


def acts(subject: str) -> Counter[str]:
    found = entries(subject=subject, limit=100).entries
    return Counter(entry.kind for entry in found if entry.kind.startswith("retention:"))


def in_case(world: World, cast: Cast, *calls: Recorded) -> None:
    """A case of the rights handler and the officer, so that both see the calls."""
    mandate = open_mandate(
        "case", "R-7", ends_at=world.now + timedelta(days=366), by="system:test", now=world.now
    )
    for person in (cast.rights_handler, cast.dpo):
        name_person(mandate, person.id, by="system:test", now=world.now)
    for call in calls:
        add_call(mandate, as_uuid(call.call_id), by="system:test", now=world.now)


def draft(world: World, owner: Person, until: timedelta, **changes: str) -> Draft:
    known = {"kind": "order", "reference": "POL-2026-9", "reason": "Ordered by the police."}
    review = min(until, timedelta(days=90))
    return Draft(
        **(known | changes), owner=owner.id, time=Time(world.now + review, world.now + until)
    )


def place(world: World, by: Person, made: Draft, *calls: Recorded) -> UUID:
    ids = [as_uuid(call.call_id) for call in calls]
    return holds.place(may_place(by.id, made, ids, world.now), world.keys, world.now)


def prolong(world: World, by: Person, hold: UUID, time: Time, why: str) -> None:
    allowed = may_keep(by.id, hold, world.now, longer=True)
    holds.prolong(allowed, time, why, world.keys, world.now)


def end(world: World, by: Person, hold: UUID, why: str) -> None:
    holds.end(may_keep(by.id, hold, world.now, longer=False), why, world.now)


def rows(person: Person, now: datetime, *, held: bool = False) -> list[str]:
    page = doors.list_calls(person.id, Filters(ZONE, held=held), None, now)
    assert page.count == len(page.rows)
    return [row.call.id.hex for row in page.rows]


def sees(person: Person, call: Recorded, now: datetime) -> bool:
    try:
        doors.see_call(person.id, as_uuid(call.call_id), now)
    except NotVisible:
        return False
    return True


def test_n19_a_held_call_survives_its_day_and_dies_at_the_holds_end(
    world: World, cast: Cast
) -> None:
    held, other = world.kept(), world.kept()
    in_case(world, cast, held, other)
    hold = place(world, cast.dpo, draft(world, cast.rights_handler, timedelta(days=300)), held)
    row = Call.objects.get(id=as_uuid(held.call_id))
    ordinary = row.ordinary_due_at
    assert ordinary is not None
    assert row.due_at == world.now + timedelta(days=300)
    assert Leg.objects.get(call=row).destruction_day == row.destruction_day
    assert acts(held.call_id) == {"retention:call:held": 1}
    assert acts(hold.hex) == {"retention:hold:placed": 1}
    start = world.now

    swept = world.sweep(start + DUE + timedelta(days=2))
    assert (swept.destroyed, swept.left) == (1, 0)
    assert len(swept.days) == 1  # the day that both were to die on
    assert world.openable(held)
    assert not world.openable(other)
    assert world.traces(held) == {"store"}
    assert {one.kind for one in alarms.standing()} == {"retention:hold_review"}

    swept = world.sweep(start + timedelta(days=300, minutes=1))
    assert (swept.destroyed, swept.left) == (1, 0)
    assert not world.openable(held)
    assert world.traces(held) == set()
    assert not Hold.objects.exists()
    assert not HeldCall.objects.exists()
    assert Tombstone.objects.get(call=as_uuid(held.call_id)).due_at == start + timedelta(days=300)
    assert acts(held.call_id)["retention:call:released"] == 1
    assert acts(hold.hex)["retention:hold:ended"] == 1
    assert not [one for one in alarms.standing() if one.kind == "retention:hold_review"]


def test_n27_a_hold_narrows_access_to_its_owner_and_the_officer(world: World, cast: Cast) -> None:
    held, restricted = world.kept(), world.kept()
    in_case(world, cast, held, restricted)
    everybody = (cast.anna, cast.mikko, cast.rights_handler, cast.dpo)
    assert all(sees(person, held, world.now) for person in everybody)
    place(world, cast.dpo, draft(world, cast.rights_handler, timedelta(days=300)), held)
    assert all(sees(person, held, world.now) for person in everybody)
    made = draft(world, cast.dpo, timedelta(days=30), kind="restriction")
    place(world, cast.dpo, made, restricted)
    at_once = world.now
    assert [sees(person, restricted, at_once) for person in everybody] == [False] * 3 + [True]
    assert rows(cast.anna, at_once) == [held.call_id]
    assert rows(cast.mikko, at_once, held=True) == [held.call_id]
    assert set(rows(cast.dpo, at_once, held=True)) == {held.call_id, restricted.call_id}

    later = world.now + DUE + timedelta(days=1)
    assert [sees(person, held, later) for person in everybody] == [False, False, True, True]
    assert rows(cast.anna, later) == rows(cast.mikko, later) == []
    assert rows(cast.rights_handler, later) == [held.call_id]
    assert rows(cast.rights_handler, later, held=True) == [held.call_id]


def test_n19_a_hold_that_ends_late_destroys_at_once_and_one_that_ends_early_changes_nothing(
    world: World, cast: Cast
) -> None:
    late, early = world.kept(), world.kept()
    in_case(world, cast, late, early)
    due = Call.objects.get(id=as_uuid(early.call_id)).due_at
    made = draft(world, cast.dpo, timedelta(days=300))
    first, second = (place(world, cast.dpo, made, call) for call in (late, early))
    end(world, cast.dpo, second, "The order was withdrawn.")
    row = Call.objects.get(id=as_uuid(early.call_id))
    assert (row.due_at, row.ordinary_due_at, row.narrow_at) == (due, None, None)

    world.move(world.now + DUE + timedelta(days=5))
    assert not sees(cast.anna, late, world.now)
    review, until = world.now + timedelta(days=20), world.now + timedelta(days=300)
    why = "Still needed: the inquiry goes on."
    prolong(world, cast.dpo, first, Time(review, until), why)
    assert Call.objects.get(id=as_uuid(late.call_id)).due_at == until
    end(world, cast.dpo, first, "The inquiry is over.")
    assert not sees(cast.dpo, late, world.now)
    assert plan(world.now)
    world.sweep(world.now)
    assert not world.openable(late)
    assert not world.openable(early)
    assert acts(first.hex) == {
        f"retention:hold:{act}": 1 for act in ("placed", "prolonged", "ended")
    }


def test_two_holds_keep_a_call_until_the_later_one_lets_go(world: World, cast: Cast) -> None:
    call = world.kept()
    in_case(world, cast, call)
    long, short = (
        place(world, cast.dpo, draft(world, cast.dpo, timedelta(days=days)), call)
        for days in (300, 200)
    )
    end(world, cast.dpo, long, "No more needed for this.")
    assert Call.objects.get().due_at == world.now + timedelta(days=200)
    end(world, cast.dpo, short, "No more needed at all.")
    assert Call.objects.get().ordinary_due_at is None


def test_a_hold_is_for_listed_calls_of_ones_own_and_for_a_reason(world: World, cast: Cast) -> None:
    call, unseen = world.kept(), world.kept()
    in_case(world, cast, call)
    good = draft(world, cast.rights_handler, timedelta(days=100))
    for by, made, calls, code in (
        (cast.dpo, good, [], "no_calls"),
        (cast.dpo, good, [unseen], "gone"),
        (cast.dpo, draft(world, cast.anna, timedelta(days=100)), [call], "owner"),
        (cast.dpo, draft(world, cast.dpo, timedelta(days=400)), [call], "too_long"),
        (cast.dpo, draft(world, cast.dpo, timedelta(days=100), kind="useful"), [call], "kind"),
        (cast.dpo, draft(world, cast.dpo, timedelta(days=100), reason=""), [call], "reason"),
        (cast.dpo, draft(world, cast.dpo, timedelta(days=9), reference="a b"), [call], "reference"),
        (
            cast.rights_handler,
            draft(world, cast.rights_handler, timedelta(days=100), kind="claim"),
            [call],
            "officer",
        ),
    ):
        with pytest.raises(HoldRefused) as refused:
            place(world, by, made, *calls)
        assert refused.value.code == code
    for by in (cast.anna, cast.mikko, cast.administrator, cast.auditor):
        with pytest.raises(NotVisible):
            place(world, by, good, call)
    world.stop_keys()
    with pytest.raises(KeysUnavailable):
        place(world, cast.dpo, good, call)
    assert not Hold.objects.exists()
    assert not Call.objects.filter(ordinary_due_at__isnull=False).exists()
    world.start_keys()
    own = place(world, cast.dpo, draft(world, cast.dpo, timedelta(days=100)), call)
    with pytest.raises(NotVisible):
        end(world, cast.rights_handler, own, "It is another's.")


def test_a_review_that_is_overdue_is_an_alarm_until_somebody_has_looked(
    world: World, cast: Cast
) -> None:
    call = world.kept()
    in_case(world, cast, call)
    hold = place(world, cast.dpo, draft(world, cast.dpo, timedelta(days=150)), call)
    holds.look(world.now + timedelta(days=89))
    assert not alarms.standing()
    world.move(world.now + timedelta(days=91))
    holds.look(world.now)
    assert [(one.kind, one.key) for one in alarms.standing()] == [(holds.ALARM, hold.hex)]
    review, until = world.now + timedelta(days=30), world.now + timedelta(days=60)
    time, why = Time(review, until), "Looked at; needed."
    prolong(world, cast.dpo, hold, time, why)
    assert not alarms.standing()
