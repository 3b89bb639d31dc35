"""The administrator's pages about people, and what they change: never a call, never oneself."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cast import EMPLOYER, NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import book, delegation, enrol
from vaiti.people.models import Person, Role, Team
from web.conftest import SignIn
from web.world import World

LATER = NOW + timedelta(seconds=1)
SUNDAY_OVER = NOW + timedelta(days=6, hours=10)  # 29.11.2026 24.00 in Helsinki


@pytest.fixture
def aino(world: World, cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.administrator)


def do(client: Client, person: Person, act: str, **typed: str) -> Any:  # noqa: ANN401
    return client.post(f"/people/{person.id.hex}/do/{act}", typed)


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def facts(kind: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(Leaf.objects.get(kind=kind).body)["facts"]
    return found


def test_n27_people_are_found_by_name_login_role_team_and_employment(
    aino: Client, cast: Cast
) -> None:
    enrol.depart(cast.leila.id, by="system:test", now=NOW)
    everybody = text(aino, "/people/")
    assert "Anna Åström" in everybody
    assert "Leila" not in everybody
    for query in ("text=ÅSTRÖM", "text=anna.a", f"team={cast.team_1.id.hex}"):
        page = text(aino, f"/people/?{query}")
        assert "Anna Åström" in page, query
        assert "Oskar" not in page, query
    assert "Oskar" in text(aino, "/people/?role=sales_agent")
    assert "Anna" not in text(aino, "/people/?role=sales_agent")
    assert "Leila" in text(aino, "/people/?state=left")
    assert "Nobody matches" in text(aino, "/people/?text=xyzzy")


def test_n27_a_person_is_entered_and_gets_role_team_device_and_password(
    aino: Client, cast: Cast, stranger: Client
) -> None:
    given = {"name": "Maja Lind", "login": "Maja.Lind", "employer": EMPLOYER, "language": "sv"}
    added = aino.post("/people/new", given)
    maja = Person.objects.get(login="maja.lind")
    assert added["Location"] == f"/people/{maja.id.hex}/?done=new"
    assert "The person was entered" in text(aino, added["Location"])
    assert do(aino, maja, "role", role="service_agent", until="29.11.2026").status_code == 302
    assert do(aino, maja, "team", team=cast.team_1.id.hex).status_code == 302
    assert do(aino, maja, "device", device="maja").status_code == 302
    assert book.subordinates(cast.mikko.id, NOW) >= {maja.id}
    assert book.at_device("maja", NOW) == maja.id
    held = Role.objects.get(person=maja)
    assert (held.granted_by, held.valid_to) == (cast.administrator.id.hex, SUNDAY_OVER)
    told = facts("people:role:granted")
    assert (told["role"], told["source"], told["before"]) == ("service_agent", "hand", None)
    shown = aino.post(f"/people/{maja.id.hex}/password").content.decode()
    password = re.search(r"<code>([0-9a-f-]{24})</code>", shown)
    assert password
    assert (
        stranger.post("/sign-in", {"login": "maja.lind", "password": password[1]}).status_code
        == 302
    )
    assert password[1] not in text(aino, f"/people/{maja.id.hex}/")
    page = text(aino, f"/people/{maja.id.hex}/")
    assert "granted by Aino Laine" in page
    assert "29.11.2026" not in page, "an end is told as the instant at which it comes"
    assert "30.11.2026 at 00:00" in page


def test_n27_an_employment_ends_only_after_a_question(aino: Client, cast: Cast) -> None:
    asked = do(aino, cast.anna, "leave", last="29.11.2026")
    assert asked.status_code == 200
    assert "End the employment of Anna Åström?" in asked.content.decode()
    assert "30.11.2026 at 00:00" in asked.content.decode()
    assert Person.objects.get(id=cast.anna.id).active_to is None
    assert do(aino, cast.anna, "leave", last="29.11.2026", sure="1").status_code == 302
    assert Person.objects.get(id=cast.anna.id).active_to == SUNDAY_OVER
    assert facts("people:person:changed")["before"] is None
    assert "leaves 30.11.2026 at 00:00" in text(aino, "/people/")
    assert do(aino, cast.anna, "stay").status_code == 302
    assert do(aino, cast.anna, "leave", sure="1").status_code == 302
    assert book.person(cast.anna.id, NOW) is None
    assert "left 23.11.2026" in text(aino, f"/people/{cast.anna.id.hex}/")


def test_roles_teams_devices_and_delegations_end_from_the_page(aino: Client, cast: Cast) -> None:
    handed = delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.eeva.id,
        begins=NOW,
        ends=LATER + timedelta(days=1),
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    page = text(aino, f"/people/{cast.eeva.id.hex}/")
    assert "Team 1: Mikko Mäkinen → Eeva Korhonen" in page
    assert "Holiday" in page
    team = cast.team_1.id.hex
    assert do(aino, cast.eeva, "delegation-end", delegation=handed.hex).status_code == 302
    assert do(aino, cast.anna, "role-end", role="service_agent").status_code == 200, "asked first"
    assert do(aino, cast.anna, "role-end", role="service_agent", sure="1").status_code == 302
    assert do(aino, cast.anna, "team-leave", team=team, sure="1").status_code == 302
    assert do(aino, cast.anna, "device-release", device="anna.astrom").status_code == 302
    assert do(aino, cast.anna, "rename", name="Anna Lindqvist").status_code == 302
    assert book.subordinates(cast.eeva.id, NOW) == {cast.oskar.id}
    assert book.roles(cast.anna.id, NOW) == frozenset()
    assert book.at_device("anna.astrom", NOW) is None
    page = text(aino, f"/people/{cast.anna.id.hex}/")
    assert "Name until 23.11.2026" in page
    for said in ("Role ended", "Team membership changed", "Device assigned", "Person changed"):
        assert said in page, said


def test_n24_companies_and_teams_are_listed_on_one_page(aino: Client, cast: Cast) -> None:
    for act, name in (("company", "Posti Freight"), ("team", "Team 4")):
        assert aino.post("/people/lists/", {"act": act, "name": name}).status_code == 302
    page = text(aino, "/people/lists/")
    assert "Posti Freight" in page
    assert "no leader: no manager hears its members" in page
    refused = aino.post("/people/lists/", {"act": "company-end", "name": EMPLOYER, "sure": "1"})
    assert refused.status_code == 422
    assert "move them to another" in refused.content.decode()
    asked = aino.post("/people/lists/", {"act": "company-end", "name": "Posti Freight"})
    assert "Take Posti Freight off the list?" in asked.content.decode()
    gone = aino.post("/people/lists/", {"act": "company-end", "name": "Posti Freight", "sure": "1"})
    assert gone.status_code == 302
    assert "Posti Freight" not in text(aino, "/people/new")


REFUSALS: list[tuple[str, dict[str, str], str]] = [
    ("role", {"role": "service_agent"}, "The person has this role already."),
    ("role", {"role": "manager", "until": "31.2.2027"}, "Write a day like 30.11.2026."),
    ("role", {"role": "manager", "until": "22.11.2026"}, "A role ends after it begins."),
    ("leave", {"last": "x"}, "Write a day like 30.11.2026."),
    ("leave", {"last": "20.11.2026", "sure": "1"}, "An employment ends now or later"),
    ("team", {"team": "x"}, "There is no such team."),
    ("device", {"device": "a b"}, "A device is the user part"),
    ("device-release", {"device": "leila.virtanen"}, "Nobody uses this device."),
    ("rename", {"name": "Desk 3"}, "first name and surname"),
    ("company", {"employer": "Call Centre Ltd"}, "not on the controller&#x27;s list"),
    ("settled", {}, "There is no such report"),
]


@pytest.mark.parametrize(("act", "typed", "said"), REFUSALS)
def test_a_refused_change_changes_nothing_and_says_what_to_change(
    aino: Client, cast: Cast, act: str, typed: dict[str, str], said: str
) -> None:
    before = Leaf.objects.filter(kind__startswith="people:").count()
    answer = do(aino, cast.anna, act, **typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Leaf.objects.filter(kind__startswith="people:").count() == before


def test_n24_an_unknown_employer_is_refused_with_what_was_typed_kept(
    aino: Client, cast: Cast
) -> None:
    given = {"name": "Maja Lind", "login": "maja.lind", "employer": "Call Centre Ltd"}
    answer = aino.post("/people/new", given | {"language": "sv"})
    assert answer.status_code == 422
    assert "list of companies" in answer.content.decode()
    assert 'value="Maja Lind"' in answer.content.decode()
    assert not Person.objects.filter(login="maja.lind").exists()


def test_n27_an_administrator_widens_nothing_for_themselves(aino: Client, cast: Cast) -> None:
    mine = enrol.add_team("Mine", by="system:test", now=NOW)
    enrol.lead_team(cast.administrator.id, mine, by="system:test", now=NOW)
    attempts: list[tuple[Person, str, dict[str, str]]] = [
        (cast.administrator, "role", {"role": "manager"}),
        (cast.administrator, "device", {"device": "anna.astrom"}),
        (cast.administrator, "team", {"team": cast.team_1.id.hex, "as": "leads"}),
        (cast.anna, "team", {"team": mine.hex}),
    ]
    for person, act, typed in attempts:
        answer = do(aino, person, act, **typed)
        assert answer.status_code == 422
        assert "ask another administrator" in answer.content.decode()
    assert book.roles(cast.administrator.id, NOW) == {"administrator"}


@pytest.mark.parametrize("who", ["anna", "mikko", "rights_handler"])
def test_n27_nobody_else_finds_the_pages(
    world: World, cast: Cast, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    for address in ("/people/", "/people/new", "/people/lists/", f"/people/{cast.anna.id.hex}/"):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {}).status_code in (404, 405), address
    assert do(client, cast.anna, "leave", sure="1").status_code == 404


@pytest.mark.parametrize("who", ["dpo", "auditor"])
def test_officer_and_auditor_look_and_change_nothing(
    world: World, cast: Cast, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    page = text(client, f"/people/{cast.anna.id.hex}/")
    assert "Anna Åström" in page
    assert f"/people/{cast.anna.id.hex}/do/" not in page
    assert client.get("/people/new").status_code == 404
    assert client.post("/people/lists/", {"act": "team", "name": "X"}).status_code == 404
    assert do(client, cast.anna, "leave", sure="1").status_code == 404
    assert client.post(f"/people/{cast.anna.id.hex}/password").status_code == 404
    assert not Team.objects.filter(name="X").exists()


def test_the_officer_marks_what_a_machine_widened(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    enrol.grant_role(cast.anna.id, "manager", by="system:scim", now=NOW, source="scim")
    client = sign_in(cast.dpo)
    assert "Got the role: Manager (SCIM" in text(client, f"/people/{cast.anna.id.hex}/")
    assert "Somebody may hear more, entered by a machine" in text(client, "/state/")
    answer = client.post(f"/people/{cast.anna.id.hex}/seen")
    assert "marked as seen" in text(client, answer["Location"])
    assert alarms.standing() == []
    assert facts("people:widening:seen") == {"alarms": 1}


def test_a_bulk_of_widenings_is_one_page_for_the_officer(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    for one in (cast.anna, cast.leila):
        enrol.join_team(one.id, cast.team_3.id, by="system:scim", now=NOW, source="scim")
    daniel = sign_in(cast.dpo)
    assert "Widenings to look at: 2" in text(daniel, "/people/")
    assert "/people/widened/" in text(daniel, "/desk/")
    page = text(daniel, "/people/widened/")
    assert "Came into the team Team 3" in page
    assert "Anna Åström" in page and "Leila Virtanen" in page
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number
    answer = daniel.post("/people/widened/", {"number": number[1]})
    assert "Nothing to look at" in text(daniel, answer["Location"])
    assert alarms.standing() == []


def test_n27_who_had_access_on_a_day_is_one_page(world: World, cast: Cast, sign_in: SignIn) -> None:
    enrol.leave_team(cast.anna.id, cast.team_1.id, by="system:test", now=NOW)
    client = sign_in(cast.auditor)
    page = text(client, "/people/access-on?day=23.11.2026")
    assert "Who had access on 23.11.2026" in page
    assert "calls of the members of Team 1: Anna Åström (00:00–14:00), Leila Virtanen" in page
    assert "calls on the test line" in page
    narrowed = text(client, f"/people/access-on?day=23.11.2026&agent={cast.anna.id.hex}")
    assert "Who could hear Anna Åström on 23.11.2026" in narrowed
    assert "2 people" in narrowed
    assert "Nobody had access" in text(client, "/people/access-on?day=1.1.2020")
    wrong = client.get("/people/access-on?day=31.2.2026")
    assert wrong.status_code == 422
    assert "Write a day like 22.11.2026." in wrong.content.decode()
    assert sign_in(cast.mikko).get("/people/access-on").status_code == 404
    assert Leaf.objects.filter(kind="people:access:read").count() == 3


def test_nothing_unknown_is_a_page(aino: Client, cast: Cast) -> None:
    assert do(aino, cast.anna, "promote").status_code == 404
    assert aino.get(f"/people/{'0' * 32}/").status_code == 404
    assert aino.post(f"/people/{'0' * 32}/do/leave", {"x": "1"}).status_code == 404
    assert aino.post(f"/people/{'0' * 32}/do/stay").status_code == 404
    assert aino.get(f"/people/{cast.anna.id.hex}/do/leave").status_code == 405
