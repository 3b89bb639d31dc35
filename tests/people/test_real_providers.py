"""What Entra ID, Okta and Keycloak send that the standards do not say, each by its name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cast import NOW
from vaiti.people.idtoken import Claims, TokenRefused, check
from vaiti.people.providers import Provider
from vaiti.people.scim_document import CORE, ENTERPRISE, GROUP, filter_of, patched, whole
from vaiti.people.scim_group_document import patched_group, whole_group
from web.house import jwk, signed

BOSS, USER = (f"6f1c0000-0000-4000-8000-00000000000{n}" for n in (1, 2))
MEMBER = frozenset({UUID(USER)})


def op(act: str, path: str = "", *value: object) -> dict[str, Any]:
    given = {"op": act, "path": path} if path else {"op": act}
    return given | ({"value": value[0]} if value else {})


def user(*operations: dict[str, Any]) -> dict[str, Any]:
    return patched({"Operations": list(operations)})


def group(*operations: dict[str, Any]) -> tuple[tuple[str, frozenset[UUID]], ...]:
    return patched_group({"Operations": list(operations)}).members


OF_USERS = {
    "entra-acts-in-capitals": ([op("Replace", "displayName", "A B")], {"name": "A B"}),
    "entra-active-as-a-text": ([op("Replace", "active", "False")], {"active": False}),
    "entra-says-again-that-one-is-here": ([op("Replace", "active", "True")], {"active": True}),
    "entra-manager-as-a-plain-id": (
        [op("Add", f"{ENTERPRISE}:manager", BOSS)],
        {"manager": BOSS},
    ),
    "entra-manager-as-a-list": (
        [op("Add", f"{ENTERPRISE}:manager", [{"$ref": f"Users/{BOSS}", "value": BOSS}])],
        {"manager": BOSS},
    ),
    "entra-takes-a-manager-by-a-filter": (
        [op("Remove", f'{ENTERPRISE}:manager[value eq "{BOSS}"]')],
        {"manager": None},
    ),
    "entra-takes-a-manager-with-an-empty-text": (
        [op("Replace", f"{ENTERPRISE}:manager", "")],
        {"manager": None},
    ),
    "entra-parts-of-a-name-one-by-one": (
        [op("Replace", "name.givenName", "Stina"), op("Add", "name.familyName", "Sund")],
        {"name": "Stina Sund"},
    ),
    "entra-names-with-dots-in-a-value": (
        [op("Add", "", {"name.givenName": "Stina", "name.familyName": "Sund", "title": "x"})],
        {"name": "Stina Sund"},
    ),
    "entra-a-displayname-beside-the-parts": (
        [op("Replace", "name.givenName", "Kristina"), op("Replace", "displayName", "Stina Sund")],
        {"name": "Stina Sund"},
    ),
    "entra-mail-by-a-filter-that-fits-nothing": (
        [op("Add", 'emails[type eq "work"].value', "a@b.example")],
        {},
    ),
    "entra-roles-by-a-filter-of-texts": (
        [op("Add", 'roles[primary eq "True"].value', "x")],
        {},
    ),
    "okta-ends-without-a-path": ([op("replace", "", {"active": False})], {"active": False}),
    "okta-manager-with-a-name": (
        [op("replace", "", {ENTERPRISE: {"manager": {"value": BOSS, "displayName": "B"}}})],
        {"manager": BOSS},
    ),
    "keycloak-attributes-written-as-a-text": (
        [op("replace", "", json.dumps({"active": False, "displayName": "A B"}))],
        {"active": False, "name": "A B"},
    ),
    "keycloak-paths-with-the-schema": ([op("replace", f"{CORE}:active", False)], {"active": False}),
}


@pytest.mark.parametrize(("operations", "wanted"), OF_USERS.values(), ids=OF_USERS)
def test_scim_users(operations: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    assert user(*operations) == wanted


OF_MEMBERS = {
    "entra-removes-by-value": op("Remove", "members", [{"$ref": None, "value": USER}]),
    "okta-removes-by-path": op("remove", f'members[value eq "{USER}"]'),
    "keycloak-removes-by-path-with-the-schema": op("Remove", f'{GROUP}:members[value eq "{USER}"]'),
}


@pytest.mark.parametrize("operation", OF_MEMBERS.values(), ids=OF_MEMBERS)
def test_scim_removes_one_member_and_no_other(operation: dict[str, Any]) -> None:
    assert group(operation) == (("remove", MEMBER),)


NEW_MEMBERS = {
    "entra-adds-one-without-a-list": op("Add", "members", {"value": USER}),
    "okta-adds-without-a-type": op("add", "members", [{"value": USER, "display": "S"}]),
    "keycloak-adds-by-an-address": op("Add", "members", [{"$ref": f"https://k/Users/{USER}"}]),
    "okta-pushes-without-a-path": op("add", "", {"members": [{"value": USER}]}),
    "keycloak-writes-the-group-as-a-text": op(
        "add", "", json.dumps({"members": [{"value": USER}]})
    ),
}


@pytest.mark.parametrize("operation", NEW_MEMBERS.values(), ids=NEW_MEMBERS)
def test_scim_adds_members(operation: dict[str, Any]) -> None:
    assert group(operation) == (("add", MEMBER),)


def test_scim_okta_sends_a_password_groups_and_a_locale_with_an_underscore() -> None:
    given = {
        "schemas": [CORE, ENTERPRISE],
        "userName": "stina.sund@firm.example",
        "name": {"givenName": "Stina", "familyName": "Sund"},
        **{"password": "Not-to-be-kept-1", "groups": [], "locale": "sv_FI", "id": "0"},
    }
    kept = whole(given)
    assert (kept["name"], kept["active"]) == ("Stina Sund", True)
    assert "Not-to-be-kept-1" not in json.dumps(kept)


def test_scim_okta_repeats_the_id_of_a_group_that_it_renames() -> None:
    changes = patched_group({"Operations": [op("replace", "", {"id": "x", "displayName": "New"})]})
    assert (changes.name, changes.members) == ("New", ())


def test_scim_entra_asks_whose_manager_somebody_is() -> None:
    wanted = (("id", USER), ("manager", BOSS))
    assert filter_of(f'id eq "{USER}" and manager eq "{BOSS}"') == wanted
    assert filter_of(f'id eq "{USER}" and {ENTERPRISE}:manager eq "{BOSS}"') == wanted


def test_scim_entra_makes_a_group_without_members_and_with_its_own_id() -> None:
    made = whole_group(
        {"schemas": [GROUP], "displayName": "SG", "externalId": "8aa1", "members": []}
    )
    assert (made.name, made.external_id, made.members) == (
        "SG",
        "8aa1",
        (("replace", frozenset()),),
    )


KEY = rsa.generate_private_key(65537, 2048)
KEYCLOAK = Provider("k", "K", "https://k.example/realms/firm", "vaiti", "k.secret")
ENTRA = replace(KEYCLOAK, issuer="https://login.example/6f1c/v2.0")
Change = Callable[[dict[str, str]], dict[str, Any]]


def bare(key: dict[str, str]) -> dict[str, Any]:
    """As Entra ID has its keys: no algorithm, and members that no standard knows."""
    return {**{name: one for name, one in key.items() if name != "alg"}, "issuer": ENTRA.issuer}


def read(
    provider: Provider,
    said: dict[str, Any],
    keys: Change = lambda key: key,
    **more: Any,  # noqa: ANN401
) -> Claims:
    at = int(NOW.timestamp())
    usual = {"iss": provider.issuer, "aud": "vaiti", "sub": "s", "nonce": "n", "iat": at}
    token = signed(KEY, "1", {**usual, "exp": at + 60, **said})
    others = more.get("others", [])
    return check(token, {"keys": [*others, keys(jwk(KEY, "1"))]}, provider, "n", NOW)


def test_oidc_entra_names_no_algorithm_in_its_keys() -> None:
    assert read(ENTRA, {}, bare).subject == "s"


def test_oidc_entra_leaves_many_groups_out_in_two_ways() -> None:
    named = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "x"}}}
    assert read(ENTRA, named).groups is None
    assert read(ENTRA, {"hasgroups": True}).groups is None
    assert read(ENTRA, {"hasgroups": "true"}).groups is None


def test_oidc_entra_of_many_tenants_is_no_issuer() -> None:
    many = replace(ENTRA, issuer="https://login.example/{tenantid}/v2.0")
    with pytest.raises(TokenRefused, match="iss"):
        read(many, {"iss": ENTRA.issuer})


def test_oidc_entra_says_neither_how_nor_when_one_signed_in() -> None:
    claims = read(ENTRA, {"groups": ["6f1c"]})
    assert (claims.two_factors, claims.shown_at) == (False, None), "so it is asked for here"


def test_oidc_okta_names_groups_by_their_names_and_the_ways_in() -> None:
    claims = read(KEYCLOAK, {"groups": ["Vaiti managers"], "amr": ["pwd", "mfa", "otp"]})
    assert (claims.groups, claims.two_factors) == ({"Vaiti managers"}, True)


def test_oidc_keycloak_writes_groups_as_paths_and_one_without_a_list() -> None:
    assert read(KEYCLOAK, {"groups": ["/vaiti/managers"]}).groups == {"/vaiti/managers"}
    assert read(KEYCLOAK, {"groups": "/vaiti/managers"}).groups == {"/vaiti/managers"}


def test_oidc_keycloak_keeps_roles_inside_other_claims() -> None:
    inside = replace(KEYCLOAK, groups_claim="realm_access.roles")
    assert read(inside, {"realm_access": {"roles": ["manager", 7]}}).groups == {"manager"}
    of_client = replace(KEYCLOAK, groups_claim="resource_access.vaiti.roles")
    assert read(of_client, {"resource_access": {"vaiti": {"roles": ["agent"]}}}).groups == {"agent"}
    assert read(inside, {"realm_access": "x"}).groups == frozenset()
    assert read(inside, {"realm_access.roles": ["manager"]}).groups == {"manager"}


def test_oidc_keycloak_names_further_audiences_and_its_own_party() -> None:
    said = {"aud": ["vaiti", "account"], "azp": "vaiti", "typ": "ID", "session_state": "x"}
    assert read(KEYCLOAK, said).subject == "s"
    with pytest.raises(TokenRefused, match="azp"):
        read(KEYCLOAK, {**said, "azp": "account"})


def test_oidc_keycloak_shows_a_key_for_encryption_beside_the_other() -> None:
    other = {**jwk(rsa.generate_private_key(65537, 2048), "2"), "use": "enc", "alg": "RSA-OAEP"}
    assert read(KEYCLOAK, {}, others=[other]).subject == "s"
