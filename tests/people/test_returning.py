"""Who comes back is the same person with a new dated stay, and nothing of what they could hear."""

from datetime import timedelta

import pytest

from cast import EMPLOYER, NOW, SINCE, Cast
from vaiti.access import mandates
from vaiti.access.naming import named_calls
from vaiti.access.on_day import read
from vaiti.audit.models import Leaf
from vaiti.people import book, delegation, enrol, factors, leaving, readiness, returning, signin
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import FactorKind, FormerStay, Membership, Person, Role

BY, DAY = "system:test", timedelta(days=1)
LEFT, BACK = NOW + DAY, NOW + 10 * DAY
PASSWORD = "tre gula brevlådor"


def test_n27_a_return_is_a_new_stay_and_revives_no_right(cast: Cast) -> None:
    anna = cast.anna.id
    signin.set_password(anna, PASSWORD, by=BY, now=NOW)
    factors.add(anna, FactorKind.PASSKEY, "Key", NOW, credential="x")
    enrol.depart(anna, by=BY, now=NOW, at=LEFT)
    with pytest.raises(EnrolmentError, match="has not left"):
        returning.come_back(anna, by=BY, now=NOW)
    returning.come_back(anna, by=BY, now=BACK)
    card = book.person(anna, BACK)
    assert card is not None and card.roles == frozenset()
    assert cast.anna.id not in book.subordinates(cast.mikko.id, BACK)
    assert book.at_device("anna.astrom", BACK) is None
    assert signin.sign_in("anna.astrom", PASSWORD, BACK) is None
    assert factors.kinds_of(anna) == frozenset()
    assert readiness.readiness(anna, BACK).trained, "what was learnt counts to its own end"
    stay = FormerStay.objects.get()
    assert (stay.active_from, stay.active_to) == (SINCE, LEFT)
    assert set(Role.objects.filter(person=anna).values_list("valid_to", flat=True)) == {LEFT}
    assert Membership.objects.get(person=anna).valid_to == LEFT
    bodies = [one.body for one in Leaf.objects.filter(kind="people:person:changed")]
    assert any('"change":"returns"' in body for body in bodies)


def test_n27_the_past_is_told_as_it_was_after_a_return(cast: Cast) -> None:
    enrol.depart(cast.anna.id, by=BY, now=NOW, at=LEFT)
    returning.come_back(cast.anna.id, by=BY, now=BACK)
    enrol.grant_role(cast.anna.id, "trainer", by=BY, now=BACK)
    assert book.at_device("anna.astrom", NOW) == cast.anna.id, "of a call that comes in late"
    roles = {}
    for at in (NOW, LEFT + DAY, BACK):
        here = {one.id: one for one in read(at, at + timedelta(hours=1)).people}
        roles[at] = [kind for kind, _ in here[cast.anna.id].roles] if cast.anna.id in here else None
    assert roles == {NOW: ["service_agent"], LEFT + DAY: None, BACK: ["trainer"]}


def test_n27_what_named_or_handed_over_before_names_nobody_after(cast: Cast) -> None:
    made = mandates.open_mandate("case", "K-1", ends_at=NOW + 99 * DAY, by=BY, now=NOW)
    handler = cast.rights_handler.id
    mandates.name_person(made, handler, by=BY, now=NOW)
    delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.eeva.id,
        begins=NOW,
        ends=NOW + 60 * DAY,
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    for person in (handler, cast.eeva.id):
        enrol.depart(person, by=BY, now=LEFT)
        returning.come_back(person, by=BY, now=BACK)
    enrol.grant_role(handler, "rights_handler", by=BY, now=BACK)
    enrol.grant_role(cast.eeva.id, "manager", by=BY, now=BACK)
    assert named_calls(handler, BACK) == {}
    assert book.subordinates(cast.eeva.id, BACK) == frozenset()
    assert mandates.release_leavers(BACK) == 1
    found = mandates.card(made, BACK)
    assert found is not None and found.persons == ()
    mandates.name_person(made, handler, by=BY, now=BACK)
    assert mandates.release_leavers(BACK + DAY) == 0


def test_n27_the_naming_of_a_leaver_ends_at_the_instant_of_leaving(cast: Cast) -> None:
    made = mandates.open_mandate("case", "K-1", ends_at=NOW + 99 * DAY, by=BY, now=NOW)
    mandates.name_person(made, cast.rights_handler.id, by=BY, now=NOW)
    enrol.depart(cast.rights_handler.id, by=BY, now=NOW, at=LEFT)
    assert mandates.release_leavers(LEFT - DAY / 2) == 0
    assert mandates.release_leavers(LEFT + timedelta(seconds=20)) == 1
    assert mandates.release_leavers(LEFT + DAY) == 0


def test_n24_who_comes_back_works_for_a_listed_company(cast: Cast) -> None:
    enrol.depart(cast.anna.id, by=BY, now=NOW)
    leaving.close_leavers(NOW)
    Person.objects.filter(id=cast.anna.id).update(employer="Gone Ltd")
    with pytest.raises(EnrolmentError, match="list of companies"):
        returning.come_back(cast.anna.id, by=BY, now=BACK)
    returning.come_back(cast.anna.id, by=BY, now=BACK, employer=EMPLOYER)
    assert Person.objects.get(id=cast.anna.id).employer == EMPLOYER
