"""Why somebody may or may not hear a call: told truly, and to nobody who may not know."""

import json
from uuid import uuid4

import pytest

from access_world import Entries
from cast import NOW, Cast
from drawn import without_drawn
from manifests import enter
from vaiti.access import explaining
from vaiti.access.doors import NotVisible
from vaiti.access.errors import NotVisible as AlsoNotVisible
from vaiti.ops.commands.access import in_sentences
from vaiti.people import enrol
from vaiti.people.models import Role


def test_the_officer_and_the_administrator_are_told_of_anyone(cast: Cast) -> None:
    call = enter("anna.astrom")
    for asker in (cast.dpo, cast.administrator):
        (leg,) = explaining.explain(asker.id, cast.mikko.id, call, NOW).legs
        assert (leg.sees.rule, leg.hears.allowed) == ("subordinate_leg", False)
        found = explaining.explain(asker.id, cast.henrik.id, call, NOW)
        (near,) = found.legs[0].rules
        assert (near.rule.name, near.has_role, near.has_relation) == (
            "subordinate_leg",
            True,
            False,
        )
        assert "Anna" not in repr(found)
        assert "40123" not in without_drawn(repr(found))


def test_who_leads_a_team_without_being_a_manager_is_told_that_the_role_is_missing(
    cast: Cast,
) -> None:
    call = enter("anna.astrom")
    Role.objects.filter(person=cast.mikko).update(kind="trainer")
    (leg,) = explaining.explain(cast.dpo.id, cast.mikko.id, call, NOW).legs
    assert not leg.sees.allowed
    told = {one.rule.name: (one.has_role, one.has_relation) for one in leg.rules}
    assert told["subordinate_leg"] == (False, True)


def test_everyone_is_told_of_themselves_for_calls_they_may_see_and_no_others(cast: Cast) -> None:
    call = enter("anna.astrom")
    assert explaining.explain(cast.anna.id, cast.anna.id, call, NOW).legs[0].hears.allowed
    assert explaining.explain(cast.mikko.id, cast.mikko.id, call, NOW).legs[0].sees.allowed
    for asker, whom in (
        (cast.leila, cast.leila),
        (cast.leila, cast.anna),
        (cast.mikko, cast.anna),
        (cast.auditor, cast.anna),
        (cast.security_lead, cast.anna),
    ):
        for wanted in (call, uuid4()):
            with pytest.raises(NotVisible) as refusal:
                explaining.explain(asker.id, whom.id, wanted, NOW)
            assert str(refusal.value) == ""


def test_a_leaver_and_a_missing_call_are_explained_as_such(cast: Cast, entries: Entries) -> None:
    call = enter("anna.astrom")
    enrol.depart(cast.anna.id, by="system:init", now=NOW)
    (leg,) = explaining.explain(cast.dpo.id, cast.anna.id, call, NOW).legs
    assert not (leg.facts.here or leg.sees.allowed)
    with pytest.raises(AlsoNotVisible):
        explaining.explain(cast.dpo.id, cast.anna.id, uuid4(), NOW)
    told = [json.loads(entry.body)["facts"]["told"] for entry in entries("access:explanation:read")]
    assert sorted(told) == [False, True]


def test_the_operator_reads_it_in_english_without_names(cast: Cast) -> None:
    call = enter("anna.astrom")
    lines = in_sentences(explaining.explain_to_operator(cast.mikko.id, call, NOW))
    assert lines[:2] == [
        "Part 1 of the call. May see it, and hear it once the listener states a purpose, gives a "
        "reference.",
        "  yes  The person works here now.",
    ]
    assert "  yes  Manager: the calls of those who are their people now. Both hold." in lines
    assert not any("_" in line or "Anna" in line or "Mikko" in line for line in lines)
    with pytest.raises(NotVisible):
        explaining.explain_to_operator(cast.mikko.id, uuid4(), NOW)
