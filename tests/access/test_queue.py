"""The officer's queue: what happened stands until somebody has seen it, and says who."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import enter
from vaiti.access import approvals, doors, incidents, queue
from vaiti.access.doors import NotVisible, Refused
from vaiti.access.errors import MandateError

REASON = {"purpose": "security", "reference": "INC-7"}


def refuse(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        doors.see_call(cast.anna.id, uuid4(), NOW)


def approved(cast: Cast) -> tuple[UUID, UUID]:
    """An approval of the security lead's, and its call."""
    call, lead = enter("anna.astrom"), cast.security_lead.id
    incident = incidents.open_incident(lead, "INC-7", 30, NOW)
    incidents.name_person(lead, incident, cast.administrator.id, NOW)
    incidents.add_call(lead, incident, call, NOW)
    asked = approvals.ask(cast.administrator.id, incident, call, NOW)
    approvals.answer(lead, asked, allow=True, now=NOW)
    return asked, call


def test_the_refusals_of_one_person_in_a_day_are_one_item_that_comes_back(
    cast: Cast, entries: Entries
) -> None:
    refuse(cast)
    refuse(cast)
    (item,) = queue.from_log(cast.dpo.id, NOW)
    assert (item.count, item.actor) == (2, cast.anna.id.hex)
    queue.mark(cast.dpo.id, item.code, item.count, NOW)
    seen = queue.looks([item.code])[item.code]
    assert (seen.name, seen.count) == ("Daniel Ek", 2)
    assert len(entries("access:queue:seen")) == 1
    refuse(cast)
    (again,) = queue.from_log(cast.dpo.id, NOW)
    assert (again.code, again.count) == (item.code, 3)
    assert queue.from_log(cast.dpo.id, NOW + queue.BACK + timedelta(days=1)) == ()


def test_n27_the_queue_is_the_officers_and_reading_it_is_logged(
    cast: Cast, entries: Entries
) -> None:
    for person in (cast.anna, cast.mikko, cast.administrator, cast.auditor, cast.security_lead):
        with pytest.raises(NotVisible):
            queue.from_log(person.id, NOW)
        with pytest.raises(NotVisible):
            queue.mark(person.id, f"entry:{'0' * 32}", 1, NOW)
    with pytest.raises(NotVisible):
        queue.mark(cast.dpo.id, "0401234567", 1, NOW)
    assert not entries("access:queue:seen")
    queue.from_log(cast.dpo.id, NOW)
    assert len(entries("access:log:read")) == 1


def test_n07_the_officers_second_look_takes_an_approval_back_and_ends_the_sound(
    cast: Cast, open_leg: Open, entries: Entries
) -> None:
    asked, call = approved(cast)
    (item,) = queue.from_log(cast.dpo.id, NOW)
    assert item.facts["approval"] == asked.hex
    open_leg(cast.administrator, call, **REASON)
    with pytest.raises(NotVisible):
        approvals.withdraw(cast.administrator.id, asked, NOW)
    approvals.withdraw(cast.dpo.id, asked, NOW)
    with pytest.raises(Refused):
        open_leg(cast.administrator, call, **REASON)
    with pytest.raises(MandateError, match="does not stand"):
        approvals.withdraw(cast.dpo.id, asked, NOW)
    (entry,) = entries("access:approval:withdrawn")
    assert entry.actor == cast.dpo.id.hex


def test_n27_looking_at_incidents_and_requests_is_logged(cast: Cast, entries: Entries) -> None:
    approved(cast)
    before = len(entries("access:mandates:listed"))
    (card,), _ = incidents.incidents(cast.dpo.id, NOW)
    incidents.incident(cast.administrator.id, card.id, NOW)
    approvals.inbox(cast.dpo.id, NOW)
    looks = entries("access:mandates:listed")[before:]
    assert {(one.actor, one.subject) for one in looks} == {
        (cast.dpo.id.hex, ""),
        (cast.administrator.id.hex, card.id.hex),
    }
    assert [one.actor for one in entries("access:requests:listed")] == [cast.dpo.id.hex]
