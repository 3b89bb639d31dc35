"""The table of rules, held against the notice's sentences by every combination of facts."""

from itertools import chain, combinations, product
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.access.decide import (
    MAX_REFERENCE,
    RULES,
    Act,
    Decision,
    Facts,
    Need,
    Relation,
    decide,
    fit_reference,
    reach,
)
from vaiti.access.purposes import Purpose
from vaiti.people.models import RoleKind

T = TypeVar("T")
ROLES = tuple(RoleKind.values)
AGENTS = {"service_agent", "sales_agent"}
REASONS = [
    ("", ""),
    ("verify", ""),
    ("", "CASE-2026-17"),
    ("verify", "CASE-2026-17"),
    ("training", "ACT-9"),
    ("security", "INC-4"),
    ("marketing", "CASE-1"),
    ("verify", "0401234567"),
]


def subsets(of: tuple[T, ...]) -> list[frozenset[T]]:
    sizes = range(len(of) + 1)
    return [frozenset(one) for one in chain.from_iterable(combinations(of, n) for n in sizes)]


def every_case() -> list[Facts]:
    cases = product(
        Act, (False, True), subsets(ROLES), subsets(tuple(Relation)), (False, True), REASONS
    )
    return [
        Facts(act, here, roles, relations, readable, purpose, reference)
        for act, here, roles, relations, readable, (purpose, reference) in cases
    ]


def by_right(facts: Facts) -> set[str]:
    """The notice's words, apart from the table: who has a right to this leg at all."""
    rights: set[str] = set()
    if not (facts.here and facts.readable):
        return rights
    if facts.roles & AGENTS and Relation.OWN in facts.relations:
        rights.add("own_leg")
    if "manager" in facts.roles and Relation.SUBORDINATES in facts.relations:
        rights.add("subordinate_leg")
    if "administrator" in facts.roles and Relation.TEST_LINE in facts.relations:
        rights.add("test_line")
    return rights


def test_n27_n28_n29_no_combination_of_facts_finds_a_way_round_the_table() -> None:
    cases = every_case()
    assert len(cases) == 2 * 2 * 128 * 8 * 2 * len(REASONS)
    for facts in cases:
        decision, rights = decide(facts), by_right(facts)
        if not rights:
            assert decision == Decision(allowed=False), facts
        else:
            assert decision.rule in rights, facts
            assert decision.allowed == (not decision.needs), facts


def test_n04_what_is_heard_always_has_a_purpose_and_others_calls_a_reference() -> None:
    for facts in every_case():
        decision = decide(facts)
        if facts.act is Act.SEE or not decision.allowed:
            continue
        assert decision.purpose in set(Purpose)
        if by_right(facts) == {"subordinate_leg"}:
            assert facts.purpose == decision.purpose
            assert fit_reference(facts.reference)


def test_n07_nobody_hears_for_security_alone() -> None:
    for facts in every_case():
        if facts.act is Act.HEAR and facts.purpose == "security":
            assert not decide(facts).allowed


def test_n19_nothing_is_readable_from_the_due_instant_on() -> None:
    for facts in every_case():
        if not facts.readable:
            assert decide(facts) == Decision(allowed=False)


@pytest.mark.parametrize("role", sorted(set(ROLES) - AGENTS - {"manager", "administrator"}))
def test_the_officer_the_auditor_and_the_rights_handler_reach_no_rows_yet(role: str) -> None:
    assert reach(frozenset([role])) == frozenset()


def test_what_a_list_shows_is_what_the_decisions_allow() -> None:
    for roles in subsets(ROLES):
        for relation in Relation:
            facts = Facts(Act.SEE, True, roles, frozenset([relation]), True)
            assert (relation in reach(roles)) == decide(facts).allowed


def hear(purpose: str = "", reference: str = "", relation: Relation = Relation.OWN) -> Decision:
    roles = frozenset(rule.role for rule in RULES)
    return decide(Facts(Act.HEAR, True, roles, frozenset([relation]), True, purpose, reference))


def test_n28_own_calls_are_one_click() -> None:
    assert hear() == Decision(allowed=True, rule="own_leg", purpose=Purpose.VERIFY)
    assert hear("training").purpose is Purpose.TRAINING


def test_a_refusal_says_what_is_missing() -> None:
    others = Relation.SUBORDINATES
    assert hear(relation=others).needs == (Need.PURPOSE, Need.REFERENCE)
    assert hear("verify", relation=others).needs == (Need.REFERENCE,)
    assert hear("verify", "ab", relation=others).needs == (Need.REFERENCE,)
    assert hear("selling", "CASE-17", relation=others).needs == (Need.PURPOSE,)
    assert hear("security", "INC-17", relation=others).needs == (Need.SECOND_PERSON,)
    assert hear("verify", "CASE-17", relation=others).allowed


def test_of_two_rights_the_one_that_asks_for_less_is_used() -> None:
    facts = Facts(
        Act.HEAR,
        True,
        frozenset(["manager", "administrator"]),
        frozenset([Relation.SUBORDINATES, Relation.TEST_LINE]),
        True,
    )
    assert decide(facts).rule == "test_line"


@pytest.mark.parametrize(
    "text", ["CASE-17", "2026/A-4711", "T#9_1.2", "abc", "2026-118", "2026/000118", "INC0012345"]
)
def test_a_reference_names_something(text: str) -> None:
    assert fit_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "0401234567",
        "040-1234567",
        "2026-1234567",
        "A0401234567",
        "tel_040.123.45.67",
        "CASE/358-40/1234567",
        "a b c",
        "Åsa",
        "x" * 41,
        "-abc",
        "<script>",
    ],
)
def test_a_reference_is_no_number_and_no_sentence(text: str) -> None:
    assert not fit_reference(text)


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_a_fit_reference_or_not(text: str) -> None:
    if fit_reference(text):
        assert text.isascii()
        assert len(text) <= MAX_REFERENCE
        assert not text.isdigit() or len(text) < 7
