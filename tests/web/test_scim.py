"""SCIM over HTTP: people and managers from an identity provider, and a tester from outside."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from cast import EMPLOYER, NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import book, enrol, scim, tokens, widening
from vaiti.people.machine_models import ScimToken
from vaiti.people.models import Membership, Person
from vaiti.people.scim_document import CORE, ENTERPRISE, ScimRules
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

BY = "system:test"
MEANT = [  # a person has a language, and is here or not: removing these leaves no third way
    "check_remove_attribute: PATCH modify() did not remove attribute 'preferredLanguage'",
    "check_remove_attribute: Failed to remove attribute 'active': active cannot be removed",
]
Answer = tuple[int, dict[str, Any]]
Later = Callable[[float], None]


class Provider:
    """What an identity provider does, with its token."""

    def __init__(self, token: str) -> None:
        self.client, self.token = Client(), token

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"}
        data = "" if body is None else json.dumps(body)
        answer = self.client.generic(
            method, f"/scim/v2{path}", data, "application/scim+json", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else {}

    def enter(self, login: str, name: str, manager: str = "", **more: object) -> str:
        body: dict[str, object] = {"schemas": [CORE], "userName": login, "displayName": name}
        if manager:
            body[ENTERPRISE] = {"manager": {"value": manager}}
        status, made = self.ask("POST", "/Users", body | more)
        assert status == 201, made
        return str(made["id"])

    def patch(self, user: str, path: str, value: object) -> Answer:
        operation = {"op": "Replace", "path": path, "value": value}
        return self.ask("PATCH", f"/Users/{user}", {"Operations": [operation]})


@pytest.fixture
def later(world: World) -> Later:
    def act(minutes: float) -> None:
        now = NOW + timedelta(minutes=minutes)
        rules = ScimRules(EMPLOYER, "service_agent")
        wiring.install(replace(world.wiring(now), scim=rules))

    act(0)
    return act


@pytest.fixture
def provider(later: Later, cast: Cast) -> Provider:
    return Provider(tokens.make("entra", by=BY, now=NOW))


def hears(user: str, minutes: float) -> set[str]:
    now = NOW + timedelta(minutes=minutes)
    return {one.hex for one in book.subordinates(UUID(user), now)}


def test_a_token_is_shown_once_kept_as_a_digest_and_ends(provider: Provider) -> None:
    row = ScimToken.objects.get()
    assert provider.token not in (row.digest, row.name)
    assert provider.ask("GET", "/Users")[0] == 200
    assert ScimToken.objects.get().used_at == NOW
    tokens.end("entra", by=BY, now=NOW)
    status, body = provider.ask("GET", "/Users")
    assert (status, body["status"]) == (401, "401")
    assert Leaf.objects.filter(kind__startswith="people:token:").count() == 2


def test_wrong_tokens_are_counted_by_address_and_sessions_are_no_tokens(
    provider: Provider, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(cast.administrator).get("/scim/v2/Users").status_code == 401
    monkeypatch.setattr("vaiti.people.throttle.MAX_OF_ADDRESS", 3)
    stranger = Provider("vaiti-scim-wrong")
    assert [stranger.ask("GET", "/Users")[0] for _ in range(4)] == [401, 401, 429, 429]
    assert provider.ask("GET", "/Users")[0] == 200


def test_a_person_is_entered_found_renamed_and_replaced(provider: Provider) -> None:
    user = provider.enter(
        "Stina.Strand@firm.example", "Stina Strand", externalId="e-1", preferredLanguage="sv-FI"
    )
    row = Person.objects.get(id=user)
    assert (row.login, row.employer, row.language) == (
        *("stina.strand@firm.example", EMPLOYER),
        "sv",
    )
    assert book.roles(row.id, NOW) == {"service_agent"}
    for wanted in ('userName eq "STINA.strand@firm.example"', 'externalId eq "e-1"'):
        status, found = provider.ask("GET", f"/Users?filter={wanted}")
        assert (status, found["totalResults"]) == (200, 1)
        assert found["Resources"][0]["id"] == user
    assert provider.ask("GET", '/Users?filter=userName eq "anna.astrom"')[1]["totalResults"] == 0
    status, body = provider.patch(user, "displayName", "Stina Sund")
    assert (status, body["displayName"]) == (200, "Stina Sund")
    assert [name for name, _until in book.former_names(row.id)] == ["Stina Strand"]
    whole = {"schemas": [CORE], "userName": "stina.sund@firm.example", "displayName": "Stina Sund"}
    status, body = provider.ask("PUT", f"/Users/{user}", whole)
    assert (body["userName"], "externalId" in body) == ("stina.sund@firm.example", False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"userName": "anna.astrom", "displayName": "Anna Berg"}, 409),
        ({"userName": "kundtjanst", "displayName": "Stina Strand"}, 400),
        ({"userName": "stina.strand", "displayName": "Customer Service"}, 400),
        ({"userName": "stina.strand", "displayName": "Stina Strand", "active": 7}, 400),
        ({"userName": "s.s", "displayName": "S Strand", ENTERPRISE: {"manager": "x"}}, 400),
        ("no object", 400),
    ],
)
def test_n27_who_is_no_named_person_is_refused_with_a_sentence(
    provider: Provider, body: object, status: int
) -> None:
    before = Person.objects.count()
    answer, told = provider.ask("POST", "/Users", body)
    assert (answer, told["status"]) == (status, str(status))
    assert told["detail"]
    assert Person.objects.count() == before


def test_n27_inactive_ends_the_person_and_their_sessions_at_once(
    provider: Provider,
    later: Later,
    cast: Cast,
    sign_in: SignIn,
) -> None:
    user = provider.enter("stina.strand", "Stina Strand")
    client = sign_in(Person.objects.get(id=user))
    assert client.get("/account/").status_code == 200
    later(1)
    status, body = provider.patch(user, "active", "False")
    assert (status, body["active"]) == (200, False)
    assert client.get("/account/")["Location"].startswith("/sign-in?ended=1")
    assert book.person(UUID(user), NOW + timedelta(minutes=1)) is None
    later(2)
    assert provider.patch(user, "active", "True")[1]["active"] is True
    assert book.roles(UUID(user), NOW + timedelta(minutes=2)) == {"service_agent"}
    later(3)
    assert provider.ask("DELETE", f"/Users/{user}")[0] == 204
    assert provider.ask("GET", f"/Users/{user}")[0] == 404
    assert Person.objects.get(id=user).active_to == NOW + timedelta(minutes=3)


def test_n29_a_manager_leads_whoever_reports_to_them_from_that_instant(
    provider: Provider,
    later: Later,
    cast: Cast,
) -> None:
    first = provider.enter("maria.sund", "Maria Sund")
    second = provider.enter("kalle.berg", "Kalle Berg")
    for boss in (first, second):
        enrol.grant_role(UUID(boss), "manager", by=BY, now=NOW)
    stina = provider.enter("stina.strand", "Stina Strand", manager=first)
    assert hears(first, 0) == {UUID(stina).hex}
    assert {one.act for one in widening.unseen()} == {"role", "leads", "joined"}
    (told,) = alarms.standing()
    assert (told.kind, told.key) == ("people:hearing_widened", "scim")
    later(1)
    status, body = provider.patch(stina, f"{ENTERPRISE}:manager", second)
    assert (status, body[ENTERPRISE]["manager"]["value"]) == (200, second)
    assert (hears(first, 1), hears(second, 1)) == (set(), {UUID(stina).hex})
    assert hears(first, 0.5) == {UUID(stina).hex}, "what was is kept, dated"
    leads = Membership.objects.get(person_id=first, leads=True)
    assert leads.valid_to == NOW + timedelta(minutes=1)
    later(2)
    operation = {"op": "Remove", "path": f"{ENTERPRISE}:manager"}
    provider.ask("PATCH", f"/Users/{stina}", {"Operations": [operation]})
    assert hears(second, 2) == set()
    assert provider.patch(stina, "manager", stina)[0] == 400
    assert provider.patch(stina, "manager", str(cast.mikko.id))[0] == 400


def test_scim_touches_nobody_who_was_entered_by_hand_until_they_are_handed_over(
    provider: Provider, cast: Cast
) -> None:
    address = f"/Users/{cast.administrator.id}"
    assert provider.ask("GET", address)[0] == 404
    assert provider.patch(str(cast.administrator.id), "active", False)[0] == 404
    assert provider.ask("DELETE", address)[0] == 404
    scim.adopt(cast.leila.id, by=BY, now=NOW)
    found = provider.ask("GET", '/Users?filter=userName eq "leila.virtanen"')[1]
    assert found["Resources"][0]["id"] == str(cast.leila.id)


def test_pages_begin_and_end_where_they_are_asked_to(provider: Provider) -> None:
    users = [provider.enter(f"p{n}.berg", f"Pia{chr(97 + n)} Berg") for n in range(5)]
    page = provider.ask("GET", "/Users?startIndex=2&count=2")[1]
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert provider.ask("GET", "/Users?count=0")[1]["Resources"] == []
    rest = provider.ask("GET", "/Users?startIndex=4")[1]["Resources"]
    seen = {one["id"] for one in [*page["Resources"], *rest]}
    assert len(seen) == 4 and seen < set(users)


def test_a_refused_change_changes_nothing(provider: Provider, cast: Cast) -> None:
    user = provider.enter("stina.strand", "Stina Strand")
    operations = [
        {"op": "replace", "path": "displayName", "value": "Stina Sund"},
        {"op": "replace", "path": "userName", "value": "anna.astrom"},
    ]
    status, told = provider.ask("PATCH", f"/Users/{user}", {"Operations": operations})
    assert (status, told["scimType"]) == (409, "uniqueness")
    assert Person.objects.get(id=user).name == "Stina Strand"


def test_the_testers_of_scim2_find_no_fault(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """scim2-tester drives the server as a provider would; it is only told how a name looks here."""
    # seconds of a processor: not for every worker, which all read this file
    from scim2_client.engines.wsgi import WSGISCIMClient
    from scim2_tester import Status, check_server

    good = (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED)

    def example(path: Any) -> object:  # noqa: ANN401 - the tester's own path
        letters = "".join(random.choices("abcdefghij", k=8))
        return {
            "displayName": f"Tessa {letters.capitalize()}",
            "userName": f"tessa.{letters}",
            "preferredLanguage": random.choice(book.LANGUAGES),
            "externalId": str(uuid4()),
        }.get(str(path).rpartition(":")[2])

    monkeypatch.setattr("scim2_tester.filling.get_random_example_value", example)
    client = WSGISCIMClient(
        WSGIHandler(),
        base_url="http://testserver/scim/v2",
        headers={"Authorization": f"Bearer {provider.token}"},
    )
    # as Django's own test client does: each request would end the connection, and the test with it
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        results = check_server(client)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    faults = [f"{one.title}: {one.reason}" for one in results if one.status not in good]
    assert faults == MEANT
    assert sum(one.status is Status.SUCCESS for one in results) > 40
