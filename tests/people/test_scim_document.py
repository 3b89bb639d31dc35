"""SCIM documents in the forms that Entra ID, Okta and others send, read alike."""

from typing import Any

import pytest

from vaiti.people.scim_document import CORE, ENTERPRISE, ScimFault, filter_of, patched, whole
from vaiti.people.scim_group_document import patched_group

BOSS = "6f1c0000-0000-4000-8000-000000000001"
USER = {"schemas": [CORE], "userName": "Stina.Strand@firm.example", "displayName": "Stina Strand"}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return patched({"schemas": [], "Operations": list(operations)})


def removing(path: str) -> dict[str, Any]:
    return {"Operations": [{"op": "remove", "path": path}]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "value": {"active": False}},
        {"op": "add", "value": {"active": "false"}},
        {"op": "replace", "path": f"{CORE}:active", "value": False},
        {"OP": "REPLACE", "Path": "Active", "VALUE": "FALSE"},
    ],
)
def test_inactive_in_every_form(operation: dict[str, Any]) -> None:
    assert patch(operation) == {"active": False}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": BOSS},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": BOSS}},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": [{"value": BOSS}]},
        {"op": "replace", "path": f"{ENTERPRISE}:manager.value", "value": BOSS},
        {"op": "replace", "path": "manager", "value": {"$ref": "x", "value": BOSS}},
        {"op": "replace", "value": {ENTERPRISE: {"manager": {"value": BOSS}}}},
        {"op": "replace", "value": {f"{ENTERPRISE}:manager": BOSS}},
        {"op": "replace", "path": ENTERPRISE, "value": {"manager": {"value": BOSS}}},
    ],
)
def test_a_manager_in_every_form(operation: dict[str, Any]) -> None:
    assert patch(operation) == {"manager": BOSS}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": f"{ENTERPRISE}:manager"},
        {"op": "Remove", "path": "manager.value"},
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": ""},
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": None}},
        {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": []},
    ],
)
def test_a_manager_taken_away(operation: dict[str, Any]) -> None:
    assert patch(operation) == {"manager": None}


def test_operations_count_in_their_order_and_what_is_not_kept_is_passed_over() -> None:
    changes = patch(
        {"op": "replace", "path": "displayName", "value": "Stina Sund"},
        {"op": "add", "path": 'emails[type eq "work"].value', "value": "stina@firm.example"},
        {"op": "replace", "path": "title", "value": "Agent"},
        {"op": "replace", "value": {"name": {"givenName": "Stina", "familyName": "Berg"}}},
        {"op": "replace", "path": "userName", "value": "Stina.Berg@firm.example"},
    )
    assert changes == {"name": "Stina Berg", "login": "stina.berg@firm.example"}


def test_a_whole_user_states_everything_and_takes_away_what_it_leaves_out() -> None:
    assert whole(USER) == {
        "login": "stina.strand@firm.example",
        "name": "Stina Strand",
        "active": True,
        "external_id": None,
        "language": None,
        "manager": None,
    }
    given = {**USER, "externalId": "e-1", ENTERPRISE: {"manager": {"value": BOSS}}}
    assert (whole(given)["external_id"], whole(given)["manager"]) == ("e-1", BOSS)
    parts = {"userName": "a.b", "name": {"givenName": "Anna", "familyName": "Berg"}}
    assert whole(parts)["name"] == "Anna Berg"


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda: whole([]), "invalidSyntax"),
        (lambda: whole({"displayName": "A B"}), "invalidValue"),
        (lambda: whole({"userName": "a.b"}), "invalidValue"),
        (lambda: whole({**USER, "schemas": ["urn:other"]}), "invalidSyntax"),
        (lambda: whole({**USER, "active": "perhaps"}), "invalidValue"),
        (lambda: whole({**USER, "userName": ["x"]}), "invalidValue"),
        (lambda: patched({"Operations": []}), "invalidSyntax"),
        (lambda: patched({"Operations": [{"op": "remove"}]}), "noTarget"),
        (lambda: patched({"Operations": [{"op": "remove", "path": "userName"}]}), "mutability"),
        (lambda: patched({"Operations": [{"op": "replace", "path": "active"}]}), "invalidValue"),
        (lambda: patched({"Operations": [{"op": "test", "path": "active"}]}), "invalidSyntax"),
        (lambda: filter_of('displayName eq "x"'), "invalidFilter"),
        (lambda: filter_of('userName co "x"'), "invalidFilter"),
        (lambda: filter_of('id eq "x" or manager eq "y"'), "invalidFilter"),
        (lambda: filter_of('id eq "x" and id eq "y" and id eq "z"'), "invalidFilter"),
        (lambda: patch({"op": "remove", "path": "manager[x]"}), "invalidPath"),
        (lambda: patch({"op": "replace", "path": "active.value", "value": False}), "invalidPath"),
        (lambda: patch({"op": "replace", "value": "active"}), "invalidValue"),
        (lambda: patched_group(removing("members[value eq x]")), "invalidPath"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_kind(act: Any, kind: str) -> None:  # noqa: ANN401
    with pytest.raises(ScimFault) as refused:
        act()
    assert (refused.value.status, refused.value.kind) == (400, kind)


def test_filters_name_one_field_or_two() -> None:
    assert filter_of("") == ()
    assert filter_of('userName eq "a.b@c"') == (("login", "a.b@c"),)
    assert filter_of('externalId EQ "E-1"') == (("external_id", "E-1"),)
    assert filter_of(f'{CORE}:userName eq "a"') == (("login", "a"),)
    both = (("id", "x"), ("manager", "y and z"))
    assert filter_of('id eq "x" and manager eq "y and z"') == both
