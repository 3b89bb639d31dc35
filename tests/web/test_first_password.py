"""A password that somebody else made opens one page only, until its owner has chosen another."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import factors, signin
from vaiti.people.models import FactorKind, Person
from vaiti.people.sessions import SignInRules
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

OWN = "fyra blå cyklar ute"


@pytest.fixture
def aino(world: World, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.administrator)


def made_for(aino: Client, person: Person) -> str:
    page = aino.post(f"/people/{person.id.hex}/password").content.decode()
    found = re.search(r"<code>([0-9a-f-]{24})</code>", page)
    assert found
    return found[1]


def arrive(login: str, password: str) -> Client:
    Person.objects.filter(login=login).update(language="en")
    client = Client(raise_request_exception=False)
    assert client.post("/sign-in", {"login": login, "password": password}).status_code == 302
    return client


def test_n27_a_first_password_is_changed_before_anything_else(aino: Client, cast: Cast) -> None:
    made = made_for(aino, cast.anna)
    anna = arrive("anna.astrom", made)
    for place in ("/", "/calls/", "/account/", "/account/security/", "/training/"):
        assert anna.get(place)["Location"] == "/account/first-password", place
    fragment = anna.get("/calls/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == "/account/first-password"
    page = anna.get("/account/first-password")
    assert "somebody else made and knows" in page.content.decode()
    same = {"present": made, "wanted": made, "again": made}
    refused = anna.post("/account/password", same)
    assert refused.status_code == 422
    assert "Choose another password" in refused.content.decode()
    given = {"present": made, "wanted": OWN, "again": OWN}
    assert anna.post("/account/password", given)["Location"] == "/"
    assert anna.get("/calls/").status_code == 200
    assert anna.get("/account/first-password")["Location"] == "/"
    assert signin.sign_in("anna.astrom", made, NOW) is None
    bodies = Leaf.objects.filter(kind="people:password:changed").order_by("id")
    assert sorted('"given":true' in one.body for one in bodies) == [False, True]


def test_n27_an_administrator_first_owns_the_password_and_then_enrols_a_factor(
    aino: Client, world: World, cast: Cast
) -> None:
    made = made_for(aino, cast.dpo)
    wiring.install(replace(world.wiring(), sign_in=SignInRules()))
    daniel = arrive("daniel.ek", made)
    assert daniel.get("/account/security/")["Location"] == "/account/first-password"
    daniel.post("/account/password", {"present": made, "wanted": OWN, "again": OWN})
    assert daniel.get("/log/")["Location"] == "/account/security/"


def test_n27_an_administrator_signs_a_person_out_everywhere_and_the_password_stays(
    aino: Client, cast: Cast, sign_in: SignIn
) -> None:
    anna, address = sign_in(cast.anna), f"/people/{cast.anna.id.hex}/"
    done = aino.post(f"{address}do/sessions-end")
    assert "signed out everywhere" in aino.get(done["Location"]).content.decode()
    assert anna.get("/calls/")["Location"].startswith("/sign-in?ended=1")
    entry = Leaf.objects.get(kind="people:session:ended")
    assert (entry.actor, entry.subject) == (cast.administrator.id.hex, cast.anna.id.hex)
    assert sign_in(cast.anna).get("/calls/").status_code == 200


def test_lost_factors_are_removed_by_another_and_the_officer_is_told(
    aino: Client, cast: Cast, sign_in: SignIn
) -> None:
    anna = sign_in(cast.anna)
    for person in (cast.anna, cast.administrator):
        factors.add(person.id, FactorKind.PASSKEY, "Key", NOW, credential=person.login)
    address = f"/people/{cast.anna.id.hex}/"
    assert "Remove lost second factors" in aino.get(address).content.decode()
    asked = aino.post(f"{address}do/factors-lost")
    assert "Remove the second factors of Anna Åström?" in asked.content.decode()
    assert factors.kinds_of(cast.anna.id) == {"passkey"}
    done = aino.post(f"{address}do/factors-lost", {"sure": "1"})
    assert "The second factors were removed." in aino.get(done["Location"]).content.decode()
    assert factors.kinds_of(cast.anna.id) == frozenset()
    assert anna.get("/calls/")["Location"].startswith("/sign-in?ended=1")
    entry = Leaf.objects.get(kind="people:factor:removed")
    assert (entry.actor, entry.subject) == (cast.administrator.id.hex, cast.anna.id.hex)
    own = aino.post(f"/people/{cast.administrator.id.hex}/do/factors-lost", {"sure": "1"})
    assert (own.status_code, "Ask another administrator" in own.content.decode()) == (422, True)
    told = sign_in(cast.anna).get("/account/security/").content.decode()
    assert "Somebody else removed your second factors" in told
    assert "By Aino Laine on 23.11.2026 at 14:00." in told
    assert "Somebody else removed" not in aino.get("/account/security/").content.decode()
    daniel = sign_in(cast.dpo)
    assert "removed this person’s second factors" in daniel.get(address).content.decode()
    assert "second factors were removed" in daniel.get("/state/").content.decode()
    assert aino.post(f"{address}seen").status_code == 404
    daniel.post(f"{address}seen")
    assert "removed this person’s" not in daniel.get(address).content.decode()
