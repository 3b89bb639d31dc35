"""Mandates: a case, an activity or an incident gives named persons named calls for a time."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from access_world import Entries, Open
from cast import NOW, Cast
from manifests import enter
from vaiti.access import doors, mandates
from vaiti.access.doors import Need, NotVisible, Refused
from vaiti.access.errors import MandateError
from vaiti.audit.models import Leaf
from vaiti.people.models import Person
from vaiti.register.filters import Filters
from vaiti.register.models import Call

ALL = Filters(zone=ZoneInfo("Europe/Helsinki"))
BY = "system:rights"
END = NOW + timedelta(days=30)


def opened(kind: str, reference: str, person: Person, *calls: UUID) -> UUID:
    cap = 5 if kind == "activity" else None
    made = mandates.open_mandate(kind, reference, ends_at=END, by=BY, now=NOW, cap=cap)
    mandates.name_person(made, person.id, by=BY, now=NOW)
    for call in calls:
        mandates.add_call(made, call, by=BY, now=NOW)
    return made


def rows(person: Person) -> set[UUID]:
    page = doors.list_calls(person.id, ALL, None, NOW)
    return {row.call.id for row in page.rows}


@pytest.mark.parametrize(
    ("kind", "name", "purpose"),
    [
        ("case", "rights_handler", "rights"),
        ("case", "dpo", "rights"),
        ("activity", "trainer", "training"),
    ],
)
def test_n27_a_mandate_gives_its_calls_to_whom_it_names(
    cast: Cast, open_leg: Open, kind: str, name: str, purpose: str
) -> None:
    person, call, other = getattr(cast, name), enter("anna.astrom"), enter("sofia.holm")
    assert rows(person) == set()
    opened(kind, "REF-2026-7", person, call)
    assert rows(person) == {call}
    (part,) = doors.see_call(person.id, call, NOW).legs
    assert (part.asks, part.references) == ((Need.REFERENCE,), ("REF-2026-7",))
    assert [one.value for one in part.purposes] == [purpose]
    assert open_leg(person, call, reference="REF-2026-7").grant.purpose == purpose
    with pytest.raises(Refused):
        open_leg(person, call, reference="REF-2026-8")
    with pytest.raises(NotVisible):
        open_leg(person, other, reference="REF-2026-7")


@pytest.mark.parametrize("kind", ["case", "activity", "incident"])
@pytest.mark.parametrize("name", ["anna", "leila", "eeva", "auditor", "security_lead"])
def test_n27_a_mandate_gives_nothing_to_a_role_that_the_table_does_not_name(
    cast: Cast, kind: str, name: str
) -> None:
    person, call = getattr(cast, name), enter("sofia.holm")
    opened(kind, "REF-2026-7", person, call)
    assert call not in rows(person)
    with pytest.raises(NotVisible):
        doors.see_call(person.id, call, NOW)


def test_a_call_of_two_agents_is_in_the_case_whole(cast: Cast) -> None:
    call = enter("anna.astrom", "oskar.lind")
    opened("case", "CASE-2026-7", cast.rights_handler, call)
    assert len(doors.see_call(cast.rights_handler.id, call, NOW).legs) == 2


def test_n27_what_a_mandate_gave_ends_with_it(cast: Cast) -> None:
    call, person = enter("anna.astrom"), cast.rights_handler
    ended = opened("case", "CASE-1", person, call)
    doors.see_call(person.id, call, END - timedelta(microseconds=1))
    with pytest.raises(NotVisible):
        doors.see_call(person.id, call, END)
    for end in (
        lambda: mandates.release_person(ended, person.id, by=BY, now=NOW),
        lambda: mandates.name_person(ended, person.id, by=BY, now=NOW),
        lambda: mandates.remove_call(ended, call, by=BY, now=NOW),
        lambda: mandates.add_call(ended, call, by=BY, now=NOW),
        lambda: mandates.close(ended, by=BY, now=NOW),
    ):
        seen_before = rows(person) == {call}
        end()
        assert (rows(person) == {call}) is not seen_before


def test_n06_spartoo_san_2020_003_the_sixth_call_of_an_agent_is_refused_where_the_cap_is_five(
    cast: Cast,
) -> None:
    activity = opened("activity", "ACT-1", cast.trainer, *(enter("anna.astrom") for _ in range(5)))
    with pytest.raises(MandateError, match="cap"):
        mandates.add_call(activity, enter("anna.astrom"), by=BY, now=NOW)
    with pytest.raises(MandateError, match="cap"):
        mandates.add_call(activity, enter("oskar.lind", "anna.astrom"), by=BY, now=NOW)
    mandates.add_call(activity, enter("leila.virtanen"), by=BY, now=NOW)
    card = mandates.card(activity, NOW)
    assert card is not None
    assert (len(card.calls), card.cap, card.persons) == (6, 5, (cast.trainer.id,))


def test_n06_a_mandate_keeps_nothing_of_a_destroyed_call(cast: Cast) -> None:
    call = enter("anna.astrom")
    case = opened("case", "CASE-1", cast.rights_handler, call)
    Call.objects.filter(id=call).delete()
    card = mandates.card(case, NOW)
    assert card is not None
    assert (card.open, card.calls) == (True, ())


REFUSALS: list[tuple[Callable[[Cast, UUID, UUID], object], str]] = [
    (lambda c, m, k: start("prize", "CASE-2"), "is a case, an activity"),
    (lambda c, m, k: start("case", "0401234567"), "no telephone number"),
    (lambda c, m, k: start("case", "CASE-2", days=0), "ends after it begins"),
    (lambda c, m, k: start("case", "CASE-2", days=400), "within 366 days"),
    (lambda c, m, k: start("case", "CASE-1"), "taken"),
    (lambda c, m, k: start("activity", "ACT-1"), "cap"),
    (lambda c, m, k: start("activity", "ACT-1", cap=0), "cap"),
    (lambda c, m, k: start("case", "CASE-2", cap=3), "cap"),
    (lambda c, m, k: mandates.name_person(m, uuid4(), by=BY, now=NOW), "no such person"),
    (lambda c, m, k: mandates.name_person(m, c.dpo.id, by=BY, now=NOW), "named already"),
    (lambda c, m, k: mandates.release_person(m, c.anna.id, by=BY, now=NOW), "not named"),
    (lambda c, m, k: mandates.add_call(m, k, by=BY, now=NOW), "there already"),
    (lambda c, m, k: mandates.add_call(m, uuid4(), by=BY, now=NOW), "No such call"),
    (lambda c, m, k: mandates.remove_call(m, uuid4(), by=BY, now=NOW), "not there"),
    (lambda c, m, k: mandates.close(uuid4(), by=BY, now=NOW), "no such thing"),
    (lambda c, m, k: mandates.close(m, by=BY, now=END), "has ended"),
]


def start(kind: str, reference: str, days: int = 30, cap: int | None = None) -> UUID:
    end = NOW + timedelta(days=days)
    return mandates.open_mandate(kind, reference, ends_at=end, by=BY, now=NOW, cap=cap)


@pytest.mark.parametrize(("attempt", "sentence"), REFUSALS)
def test_what_cannot_be_is_refused_and_leaves_no_entry(
    cast: Cast, attempt: Callable[[Cast, UUID, UUID], object], sentence: str
) -> None:
    call = enter("anna.astrom")
    case = opened("case", "CASE-1", cast.dpo, call)
    before = Leaf.objects.count()
    with pytest.raises(MandateError, match=sentence):
        attempt(cast, case, call)
    assert Leaf.objects.count() == before


def test_every_act_on_a_mandate_is_logged(cast: Cast, entries: Entries) -> None:
    call = enter("anna.astrom")
    case = opened("case", "CASE-1", cast.dpo, call)
    mandates.remove_call(case, call, by=BY, now=NOW)
    mandates.release_person(case, cast.dpo.id, by=BY, now=NOW)
    mandates.close(case, by=BY, now=NOW)
    changes = [json.loads(entry.body)["facts"] for entry in entries("access:mandate:changed")]
    assert {(one["change"], one["reference"]) for one in changes} == {
        ("named", "CASE-1"),
        ("call added", "CASE-1"),
        ("call removed", "CASE-1"),
        ("released", "CASE-1"),
    }
    for kind in ("access:mandate:opened", "access:mandate:closed"):
        (entry,) = entries(kind)
        assert (entry.actor, entry.subject) == (BY, case.hex)


def test_mandates_are_listed_by_kind_newest_first(cast: Cast) -> None:
    call = enter("anna.astrom")
    first = opened("incident", "INC-1", cast.dpo, call)
    mandates.close(first, by=BY, now=NOW)
    second = start("incident", "INC-2")
    start("case", "CASE-1")
    later = NOW + timedelta(seconds=1)
    found = mandates.cards("incident", later)
    assert {one.id for one in found} == {first, second}
    assert {one.reference: one.open for one in found} == {"INC-1": False, "INC-2": True}
