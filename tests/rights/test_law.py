"""Disclosures and complaints: their tables, two persons, and what is lacking before the end."""

from datetime import date, timedelta
from itertools import product

import pytest

from vaiti.rights.errors import CaseRefused
from vaiti.rights.law import rules
from vaiti.rights.law.rules import STATUTES, Complaint, Progress, State

TODAY = date(2026, 11, 28)


def test_n09_moves_are_those_of_the_tables() -> None:
    for now, then in product(State, State):
        if then in rules.MOVES[now]:
            rules.check_move(now, then)
        else:
            with pytest.raises(CaseRefused):
                rules.check_move(now, then)
    assert not rules.MOVES[State.CLOSED]
    assert not rules.COMPLAINT_MOVES[Complaint.DECIDED]


def test_n09_nothing_is_handed_over_by_a_way_round_the_second_person() -> None:
    """Every path to the hand-over goes through the call back, a proposal and an approval."""
    reached, before = {State.RECEIVED}, {State.VERIFIED, State.PROPOSED, State.APPROVED}
    for gone in before:
        reached = {State.RECEIVED}
        while (
            more := {then for one in reached for then in rules.MOVES[one] if then != gone} - reached
        ):
            reached |= more
        assert State.HANDED not in reached, gone


def test_n09_two_persons_decide_and_one_of_them_is_the_officer() -> None:
    rules.check_second("a", "b", {"b"})
    rules.check_second("a", "b", {"a"})
    with pytest.raises(CaseRefused, match="same_person"):
        rules.check_second("a", "a", {"a"})
    with pytest.raises(CaseRefused, match="officer"):
        rules.check_second("a", "b", {"c"})


def test_n09_no_statute_is_no_ground_and_preserving_gives_nothing() -> None:
    with pytest.raises(CaseRefused, match="statute"):
        rules.check_statute("the police asked")
    for statute, one in STATUTES.items():
        if one.gives:
            rules.check_proposal(statute, 1)
            with pytest.raises(CaseRefused, match="no_calls"):
                rules.check_proposal(statute, 0)
        else:
            with pytest.raises(CaseRefused, match="preserves_only"):
                rules.check_proposal(statute, 1)


def test_n09_it_closes_with_a_receipt_and_when_the_person_was_told() -> None:
    assert rules.lacks(Progress(State.APPROVED, "seizure", told=True, untold="")) == "not_handed"
    assert rules.lacks(Progress(State.HANDED, "seizure", told=False, untold="")) == "not_told"
    assert not rules.lacks(Progress(State.HANDED, "seizure", told=True, untold=""))
    assert not rules.lacks(Progress(State.HANDED, "seizure", told=False, untold="unknown"))
    assert not rules.lacks(Progress(State.REFUSED, "seizure", told=False, untold=""))
    assert not rules.lacks(Progress(State.VERIFIED, "preservation", told=False, untold=""))
    assert rules.lacks(Progress(State.VERIFIED, "seizure", told=False, untold="")) == "not_handed"


def test_n09_secrecy_has_a_day_on_which_it_is_looked_at_again() -> None:
    rules.check_secret(TODAY + timedelta(days=90), TODAY)
    for wrong in (TODAY, TODAY + timedelta(days=400)):
        with pytest.raises(CaseRefused):
            rules.check_secret(wrong, TODAY)


def test_n48_an_answer_is_late_a_day_before_its_day() -> None:
    assert rules.late(TODAY + timedelta(days=1), TODAY, waits=True)
    assert not rules.late(TODAY + timedelta(days=2), TODAY, waits=True)
    assert not rules.late(TODAY, TODAY, waits=False)
    assert not rules.late(None, TODAY, waits=True)
