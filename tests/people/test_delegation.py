"""A leader's right handed over: by name, for a time, and never wider than their own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cast import NOW, SINCE, Cast
from manifests import manifest
from vaiti.access.decide import Act
from vaiti.access.standing import Reason, decide_on, standing
from vaiti.audit.models import Leaf
from vaiti.people import book, delegation, enrol
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Delegation, Membership, Person
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.register.intake import take_in

BY = "system:init"
DAY = timedelta(days=1)
BEGINS, ENDS = NOW + DAY, NOW + 8 * DAY
AGENTS = "anna and leila"


def hand(cast: Cast, receiver: Person, **more: Any) -> UUID:  # noqa: ANN401
    """Mikko hands team 1 over."""
    given: dict[str, Any] = {"begins": BEGINS, "ends": ENDS, "reason": "holiday", "now": NOW}
    given |= {"by": cast.mikko.id.hex} | more
    return delegation.hand_over(cast.mikko.id, cast.team_1.id, receiver.id, **given)


def heard(person: Person, at: datetime) -> frozenset[UUID]:
    return book.subordinates(person.id, at)


def test_n29_a_stand_in_hears_the_team_from_the_first_day_to_the_last(cast: Cast) -> None:
    hand(cast, cast.eeva)
    team_1, team_3 = {cast.anna.id, cast.leila.id}, {cast.oskar.id}
    assert heard(cast.eeva, BEGINS - timedelta(microseconds=1)) == team_3
    assert heard(cast.eeva, BEGINS) == team_3 | team_1
    assert heard(cast.mikko, BEGINS) == team_1
    assert heard(cast.eeva, ENDS) == team_3
    entry = Leaf.objects.get(kind="people:delegation:given")
    assert (entry.actor, entry.subject) == (cast.mikko.id.hex, cast.eeva.id.hex)
    assert '"reason":"holiday"' in entry.body


ENDINGS: list[Callable[[Cast], object]] = [
    lambda c: enrol.depart(c.mikko.id, by=BY, now=NOW, at=BEGINS + DAY),
    lambda c: enrol.depart(c.eeva.id, by=BY, now=NOW, at=BEGINS + DAY),
    lambda c: enrol.end_role(c.mikko.id, "manager", by=BY, now=BEGINS + DAY),
    lambda c: enrol.leave_team(c.mikko.id, c.team_1.id, by=BY, now=BEGINS + DAY),
    lambda c: delegation.take_back(
        Delegation.objects.get().id, by=c.mikko.id.hex, now=BEGINS + DAY
    ),
    lambda c: enrol.join_team(c.eeva.id, c.team_1.id, by=BY, now=BEGINS + DAY),
]


@pytest.mark.parametrize("end", ENDINGS)
def test_n29_it_ends_with_the_givers_own_right(cast: Cast, end: Callable[[Cast], object]) -> None:
    hand(cast, cast.eeva)
    end(cast)
    at = BEGINS + DAY
    assert cast.anna.id in heard(cast.eeva, at - timedelta(microseconds=1))
    assert cast.anna.id not in heard(cast.eeva, at)


def test_n29_who_comes_into_the_team_or_leaves_it_counts_as_of_the_instant(cast: Cast) -> None:
    hand(cast, cast.eeva)
    enrol.leave_team(cast.anna.id, cast.team_1.id, by=BY, now=BEGINS + DAY)
    enrol.join_team(cast.sofia.id, cast.team_1.id, by=BY, now=BEGINS + DAY)
    assert heard(cast.eeva, BEGINS + DAY) == {cast.oskar.id, cast.leila.id, cast.sofia.id}


def test_n29_a_delegation_is_not_handed_on_and_reaches_no_superior(cast: Cast) -> None:
    hand(cast, cast.eeva)
    with pytest.raises(EnrolmentError, match="lead yourself"):
        delegation.hand_over(
            cast.eeva.id,
            cast.team_1.id,
            cast.henrik.id,
            begins=BEGINS,
            ends=ENDS,
            reason="holiday",
            by=cast.eeva.id.hex,
            now=BEGINS,
        )
    own = enrol.add_team("Eeva among others", by=BY, now=NOW)
    Membership.objects.create(person=cast.eeva, team_id=own, valid_from=SINCE)
    Membership.objects.create(person=cast.anna, team_id=own, leads=True, valid_from=SINCE)
    assert cast.anna.id not in heard(cast.eeva, BEGINS), "Anna leads Eeva"


def test_n29_the_decision_honours_it_with_purpose_and_reference(cast: Cast) -> None:
    leg = a_leg_of_anna()
    hand(cast, cast.eeva)
    for at, rule in ((NOW, ""), (BEGINS, "subordinate_leg"), (ENDS, "")):
        assert decide_on(standing(cast.eeva.id, at), leg, Act.SEE, at).rule == rule
    eeva, reason = standing(cast.eeva.id, BEGINS), Reason("verify", "2026-118")
    assert not decide_on(eeva, leg, Act.HEAR, BEGINS).allowed
    assert decide_on(eeva, leg, Act.HEAR, BEGINS, reason).allowed


def a_leg_of_anna() -> LegCard:
    facts = manifest("anna.astrom", start=NOW - timedelta(hours=3))
    call = take_in(facts, "0" * 32, sha256=facts.sha256, segments=facts.segments, now=NOW)
    return calls.legs(call)[0]


REFUSALS: list[tuple[Callable[[Cast], object], str]] = [
    (lambda c: hand(c, c.anna), "who stands in is a manager"),
    (lambda c: hand(c, c.mikko), "somebody else"),
    (lambda c: hand(c, c.eeva, by=c.administrator.id.hex), "only the team's leader"),
    (lambda c: hand(c, c.eeva, ends=BEGINS), "ends after"),
    (lambda c: hand(c, c.eeva, begins=SINCE), "now or later"),
    (lambda c: hand(c, c.eeva, ends=BEGINS + 93 * DAY), "92 days"),
    (lambda c: hand(c, c.eeva, reason="flu"), "holiday"),
    (lambda c: delegation.take_back(c.anna.id, by=BY, now=NOW), "no such delegation"),
]


@pytest.mark.parametrize(("attempt", "sentence"), REFUSALS)
def test_what_cannot_be_handed_over_is_refused(
    cast: Cast, attempt: Callable[[Cast], object], sentence: str
) -> None:
    with pytest.raises(EnrolmentError, match=sentence):
        attempt(cast)
    assert not Delegation.objects.exists()
    assert not Leaf.objects.exists()


def test_a_member_of_the_team_cannot_stand_in(cast: Cast) -> None:
    enrol.grant_role(cast.leila.id, "manager", by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="colleagues"):
        hand(cast, cast.leila)
