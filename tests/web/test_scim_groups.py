"""SCIM groups over HTTP, in the forms that Entra ID and Okta send, and the roles that they give."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cast import EMPLOYER, NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import book, enrol, scim_groups, tokens, widening
from vaiti.people.scim_document import GROUP, ScimRules
from vaiti.web.http import wiring
from web.test_scim import Answer, Provider
from web.world import World

MANAGERS = "6f1c0000-managers"  # the provider's own id of the group
RULES = ScimRules(EMPLOYER, "service_agent", {MANAGERS: "manager", "Trainers": "trainer"})
Later = Callable[[float], None]


@pytest.fixture
def later(world: World) -> Later:
    def act(minutes: float) -> None:
        now = NOW + timedelta(minutes=minutes)
        wiring.install(replace(world.wiring(now), scim=RULES))

    act(0)
    return act


@pytest.fixture
def provider(later: Later, cast: Cast) -> Provider:
    return Provider(tokens.make("entra", by="system:test", now=NOW))


def roles(user: str, minutes: float = 0) -> set[str]:
    return set(book.roles(UUID(user), NOW + timedelta(minutes=minutes)))


def made(provider: Provider, name: str, *users: str, **more: object) -> str:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in users]}
    status, group = provider.ask("POST", "/Groups", body | more)
    assert status == 201, group
    return str(group["id"])


def operate(provider: Provider, group: str, **operation: object) -> Answer:
    return provider.ask("PATCH", f"/Groups/{group}", {"Operations": [operation]})


def members(provider: Provider, group: str) -> set[str]:
    shown: list[dict[str, Any]] = provider.ask("GET", f"/Groups/{group}")[1].get("members", [])
    return {str(one["value"]) for one in shown}


def test_n29_a_group_gives_its_role_while_one_is_in_it_and_the_officer_is_told(
    provider: Provider, later: Later
) -> None:
    stina, kalle = provider.enter("stina.strand", "Stina Strand"), provider.enter("k.b", "Kalle Bo")
    for one in widening.unseen():
        widening.seen(one.person, by="0" * 32, now=NOW)
    group = made(provider, "SG-Vaiti-1", stina, externalId=MANAGERS)
    assert roles(stina) == {"service_agent", "manager"}
    assert [(one.person.hex, one.act, one.what) for one in widening.unseen()] == [
        (UUID(stina).hex, "role", "manager")
    ]
    assert [one.key for one in alarms.standing()] == ["scim"]
    later(1)
    status, _ = operate(provider, group, op="Add", path="members", value=[{"value": kalle}])
    assert status == 200
    later(2)  # as Entra ID takes somebody out
    operate(provider, group, op="Remove", path="members", value=[{"value": stina}])
    assert (roles(stina, 2), roles(kalle, 2)) == ({"service_agent"}, {"service_agent", "manager"})
    assert "manager" in roles(stina, 1), "what was is kept, dated"
    later(3)  # as Okta does
    operate(provider, group, op="remove", path=f'members[value eq "{kalle}"]')
    assert roles(kalle, 3) == {"service_agent"}
    assert members(provider, group) == set()
    entries = Leaf.objects.filter(kind="people:group:changed")
    assert entries.count() == 4
    assert not any("SG-Vaiti" in one.body for one in entries)


def test_okta_replaces_members_and_names_without_a_path(provider: Provider, later: Later) -> None:
    stina, kalle = provider.enter("stina.strand", "Stina Strand"), provider.enter("k.b", "Kalle Bo")
    group = made(provider, "Trainers", stina)
    assert "trainer" in roles(stina), "a group without externalId is known by its name"
    later(1)
    operate(provider, group, op="replace", path="members", value=[{"value": kalle, "display": "K"}])
    assert ("trainer" in roles(stina, 1), "trainer" in roles(kalle, 1)) == (False, True)
    later(2)
    status, body = operate(
        provider, group, op="replace", value={"id": group, "displayName": "Coaches"}
    )
    assert (status, body["displayName"]) == (200, "Coaches")
    assert roles(kalle, 2) == {"service_agent"}
    later(3)
    provider.ask("PUT", f"/Groups/{group}", {"displayName": "Trainers", "members": []})
    assert members(provider, group) == set()


def test_groups_are_found_and_listed_without_their_members(provider: Provider) -> None:
    stina = provider.enter("stina.strand", "Stina Strand")
    group = made(provider, "Trainers", stina, externalId="e-7")
    for wanted in ('displayName eq "Trainers"', 'externalId eq "e-7"', f'id eq "{group}"'):
        query = f"/Groups?filter={wanted}&excludedAttributes=members"
        status, found = provider.ask("GET", query)
        assert (status, found["totalResults"]) == (200, 1)
        assert "members" not in found["Resources"][0]
    assert provider.ask("GET", '/Groups?filter=displayName eq "Nobody"')[1]["totalResults"] == 0


def test_a_role_by_hand_outlives_the_group_and_a_group_outlives_a_leave(
    provider: Provider, later: Later
) -> None:
    stina = provider.enter("stina.strand", "Stina Strand")
    enrol.grant_role(UUID(stina), "trainer", by="system:test", now=NOW)
    group = made(provider, "SG", stina, externalId=MANAGERS)
    other = made(provider, "Trainers", stina)
    later(1)
    provider.ask("DELETE", f"/Groups/{other}")
    assert "trainer" in roles(stina, 1)
    provider.patch(stina, "active", False)
    assert roles(stina, 1) == set()
    later(2)
    provider.patch(stina, "active", True)
    assert roles(stina, 2) == {"service_agent", "manager"}, "as the provider says now"
    later(3)
    provider.ask("DELETE", f"/Users/{stina}")
    assert members(provider, group) == set()


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("POST", {"members": []}, 400),
        ("POST", {"displayName": "X", "members": [{"value": str(uuid4())}]}, 400),
        ("POST", {"displayName": "X", "members": [{"value": "x"}]}, 400),
        ("PATCH", {"Operations": [{"op": "remove", "path": "displayName"}]}, 400),
        ("PATCH", {"Operations": [{"op": "remove"}]}, 400),
        ("PATCH", {"Operations": [{"op": "add", "path": "members", "value": [{}]}]}, 400),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(
    provider: Provider, method: str, body: object, status: int
) -> None:
    stina = provider.enter("stina.strand", "Stina Strand")
    group = made(provider, "Trainers", stina)
    path = "/Groups" if method == "POST" else f"/Groups/{group}"
    answer, told = provider.ask(method, path, body)
    assert (answer, bool(told["detail"])) == (status, True)
    assert members(provider, group) == {stina}
    assert provider.ask(method, f"/Groups/{uuid4()}", {"Operations": [{"op": "add"}]})[0] in (
        *(400, 404),
        405,
    )


def test_a_change_of_the_settings_is_followed_when_it_is_asked_for(
    provider: Provider, later: Later
) -> None:
    stina = provider.enter("stina.strand", "Stina Strand")
    made(provider, "Sales", stina)
    rules = replace(RULES, roles={"Sales": "sales_agent"})
    now = NOW + timedelta(minutes=1)
    assert scim_groups.follow_all(rules, now) == 1
    assert roles(stina, 1) == {"service_agent", "sales_agent"}
