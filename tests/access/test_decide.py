"""The table of rules, held against the notice's sentences by every combination of facts."""

from dataclasses import replace
from functools import cache, partial
from itertools import chain, combinations, product
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.access.decide import (
    RULES,
    Act,
    Decision,
    Facts,
    Named,
    Need,
    Relation,
    decide,
    purposes,
    reach,
)
from vaiti.access.purposes import Purpose
from vaiti.access.references import MAX_REFERENCE, fit_reference
from vaiti.people.models import RoleKind

T = TypeVar("T")
ready = partial(Facts, trained=True, sworn=True)
ROLES = tuple(RoleKind.values)
AGENTS = {"service_agent", "sales_agent"}
BORN = (Relation.OWN, Relation.SUBORDINATES, Relation.TEST_LINE, Relation.UNASSIGNED)
MANDATES = (
    Named(Relation.CASE, "CASE-2026-17"),
    Named(Relation.ACTIVITY, "ACT-9"),
    Named(Relation.INCIDENT, "INC-4"),
    Named(Relation.INCIDENT, "INC-5", approved=True),
)
REASONS = [
    ("", ""),
    ("verify", ""),
    ("", "CASE-2026-17"),
    ("verify", "CASE-2026-17"),
    ("rights", "CASE-2026-17"),
    ("training", "ACT-9"),
    ("security", "INC-4"),
    ("security", "INC-5"),
    ("", "INC-5"),
    ("security", ""),
    ("marketing", "CASE-1"),
    ("verify", "0401234567"),
]


def subsets(of: tuple[T, ...], most: int | None = None) -> list[frozenset[T]]:
    """Those of at most so many members, and the whole."""
    sizes = [*range(len(of) + 1 if most is None else most + 1)]
    some = chain.from_iterable(combinations(of, size) for size in sizes)
    return list(dict.fromkeys([*map(frozenset, some), frozenset(of)]))


@cache
def every_case() -> list[Facts]:
    """Nobody, every role, every two and all of them, in every relation, for every reason."""
    cases = product(Act, subsets(ROLES, 2), subsets(BORN), subsets(MANDATES), REASONS)
    return [
        ready(act, True, roles, relations, True, purpose, reference, mandates)
        for act, roles, relations, mandates, (purpose, reference) in cases
    ]


def by_right(facts: Facts) -> dict[str, set[str]]:
    """The notice's words, apart from the table: each right to this leg, and for what it is."""
    any_purpose = {"verify", "rights", "training", "security"}
    named = {one.relation for one in facts.mandates}
    rights: dict[str, set[str]] = {}
    if not (facts.here and facts.readable):
        return rights
    if facts.roles & AGENTS and Relation.OWN in facts.relations:
        rights["own_leg"] = any_purpose
    if "manager" in facts.roles and Relation.SUBORDINATES in facts.relations:
        rights["subordinate_leg"] = any_purpose
    if "administrator" in facts.roles and Relation.TEST_LINE in facts.relations:
        rights["test_line"] = any_purpose
    if facts.roles & {"rights_handler", "dpo"} and Relation.CASE in named:
        rights["case_leg"] = {"rights"}
    if "trainer" in facts.roles and Relation.ACTIVITY in named:
        rights["activity_leg"] = {"training"}
    if facts.roles & {"administrator", "dpo"} and Relation.INCIDENT in named:
        rights["incident_leg"] = {"security"}
    sees = facts.act is Act.SEE and Relation.UNASSIGNED in facts.relations
    if "assigner" in facts.roles and sees:
        rights["unassigned_leg"] = set()
    return rights


def test_n27_n28_n29_no_combination_of_facts_finds_a_way_round_the_table() -> None:
    cases = every_case()
    assert len(cases) == 2 * (1 + 10 + 45 + 1) * 16 * 16 * len(REASONS)
    for facts in cases:
        decision, rights = decide(facts), by_right(facts)
        if not rights:
            assert decision == Decision(allowed=False), facts
        else:
            assert decision.rule in rights, facts
            assert decision.allowed == (not decision.needs), facts
            if facts.act is Act.SEE:
                assert decision.allowed, facts
            elif decision.allowed:
                assert decision.purpose in rights[decision.rule], facts


def test_n27_n19_who_has_left_and_what_is_due_find_no_way_in_whatever_else_holds() -> None:
    everything = product(Act, subsets(BORN), subsets(MANDATES), REASONS)
    states = ((False, True), (True, False), (False, False))
    for (act, relations, mandates, reason), (here, readable) in product(everything, states):
        facts = ready(act, here, frozenset(ROLES), relations, readable, *reason, mandates)
        assert decide(facts) == Decision(allowed=False)


def test_n27_a_narrowed_call_is_for_its_holds_people_whatever_else_holds() -> None:
    """Once it outlives its ordinary day; before, a hold gives them the call and takes none away."""
    held = Named(Relation.HELD, "POL-9")
    everything = product(subsets(ROLES, 1), subsets(BORN), subsets(MANDATES), REASONS, Act)
    for roles, relations, mandates, reason, act in everything:
        facts = ready(act, True, roles, relations, True, *reason, mandates)
        assert decide(replace(facts, narrowed=True)) == Decision(allowed=False)
        with_it = replace(facts, narrowed=True, mandates=mandates | {held})
        decision = decide(with_it)
        assert decision.rule == ("held_leg" if roles & {"dpo", "rights_handler"} else "")
        assert decision.allowed <= (act is Act.SEE)
        told = replace(with_it, purpose="rights", reference="POL-9")
        assert decide(told).allowed == bool(decision.rule)
        assert decide(replace(told, narrowed=False)).allowed >= decide(told).allowed


def test_n04_what_is_heard_always_has_a_purpose_and_others_calls_a_reference() -> None:
    for facts in every_case():
        decision = decide(facts)
        if facts.act is Act.SEE or not decision.allowed:
            continue
        assert decision.purpose in set(Purpose)
        if decision.rule in ("own_leg", "test_line"):
            continue
        assert fit_reference(facts.reference)
        if decision.rule == "subordinate_leg":
            assert facts.purpose == decision.purpose
        else:
            assert facts.reference in {one.reference for one in facts.mandates}


def test_n07_nobody_hears_for_security_without_a_second_person() -> None:
    approved = MANDATES[3]
    for facts in every_case():
        decision = decide(facts)
        if facts.act is Act.HEAR and decision.purpose is Purpose.SECURITY and decision.allowed:
            assert approved in facts.mandates
            assert facts.reference == approved.reference
        if facts.purpose == "security" and facts.act is Act.HEAR and decision.allowed:
            assert decision.purpose is Purpose.SECURITY


@pytest.mark.parametrize("role", ["auditor", "security_lead"])
def test_n27_the_auditor_and_the_security_lead_reach_no_rows(role: str) -> None:
    assert reach([role]) == frozenset()
    for facts in every_case():
        if facts.roles == {role}:
            assert decide(facts) == Decision(allowed=False)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize(("trained", "sworn"), [(False, False), (False, True), (True, False)])
def test_n31_n34_without_training_and_undertaking_nobody_sees_or_hears_anything(
    trained: bool, sworn: bool, act: Act
) -> None:
    asked = ((Need.TRAINING, trained), (Need.UNDERTAKING, sworn))
    missing = tuple(need for need, there in asked if not there)
    for roles, relations in product(subsets(ROLES, 2), subsets(BORN)):
        facts = Facts(
            *(act, True, roles, relations, True, "verify", "CASE-2026-17"),
            mandates=frozenset(MANDATES),
            trained=trained,
            sworn=sworn,
        )
        assert decide(facts) == Decision(allowed=False, needs=missing if reach(roles) else ())


def test_what_a_list_shows_is_what_the_decisions_allow() -> None:
    for roles in subsets(ROLES):
        for relation in BORN:
            facts = ready(Act.SEE, True, roles, frozenset([relation]), True)
            assert (relation in reach(roles)) == decide(facts).allowed
        for named in MANDATES:
            mandates = frozenset([named])
            facts = ready(Act.SEE, True, roles, frozenset(), True, mandates=mandates)
            assert (named.relation in reach(roles)) == decide(facts).allowed


def test_what_is_offered_is_what_can_be_allowed() -> None:
    for facts in every_case():
        if facts.act is Act.SEE or (facts.purpose, facts.reference) != ("", ""):
            continue
        offered = {one.value for one in purposes(facts)}
        possible: set[str] = set().union(*by_right(facts).values())
        incident = any(one.relation is Relation.INCIDENT for one in facts.mandates)
        assert offered == (possible if incident else possible - {"security"}), facts


def with_mandate(role: str, named: Named, purpose: str, reference: str) -> Decision:
    mandates = frozenset([named])
    roles = frozenset([role])
    return decide(ready(Act.HEAR, True, roles, frozenset(), True, purpose, reference, mandates))


def test_n06_a_mandate_is_heard_for_its_own_purpose_under_its_own_reference() -> None:
    case, activity, incident, approved = MANDATES
    right = Decision(allowed=True, rule="case_leg", purpose=Purpose.RIGHTS)
    for role in ("rights_handler", "dpo"):
        assert with_mandate(role, case, "", case.reference) == right
        assert with_mandate(role, case, "rights", case.reference) == right
        assert with_mandate(role, case, "verify", case.reference).needs == (Need.PURPOSE,)
        assert with_mandate(role, case, "rights", "CASE-18").needs == (Need.REFERENCE,)
    assert with_mandate("trainer", activity, "", activity.reference).purpose is Purpose.TRAINING
    for role in ("dpo", "administrator"):
        alone = with_mandate(role, incident, "security", incident.reference)
        assert alone.needs == (Need.SECOND_PERSON,)
        assert with_mandate(role, approved, "security", approved.reference).allowed


def hear(purpose: str = "", reference: str = "", relation: Relation = Relation.OWN) -> Decision:
    roles = frozenset(rule.role for rule in RULES if rule.purpose is None)
    return decide(ready(Act.HEAR, True, roles, frozenset([relation]), True, purpose, reference))


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
    facts = ready(
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
