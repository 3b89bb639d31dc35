"""Every address, asked by every role and by nobody, answers what its line in the table says."""

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from django.http import HttpResponseBase
from django.test import Client

from cast import NOW, SINCE, Cast
from vaiti.access import approvals, holding, incidents, mandates, samples
from vaiti.access.models import Activity, Alert, Mandate
from vaiti.people.models import Person, SignInFailure
from vaiti.register import calls as book_of_calls
from vaiti.register.hold_rules import Draft, Time
from vaiti.register.sampling import Drawn
from vaiti.retention import holds, orders
from vaiti.retention.order_rules import Asked
from vaiti.web import calls
from vaiti.web.answers import ANSWERS, METHODS, NOBODY, ROLES
from web.conftest import SignIn
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

ELSEWHERE = re.compile(r"""(?:href|src|action|hx-[a-z]+)=["']?(?:[a-z]+:)?//""")
TO_CHECK_WITH = ("proof/verifier", "proof/key")
"""For who checks a certificate elsewhere: files, of which no byte is of a call."""
LAST = "sign-out"
"""Asked after all others: it ends the session."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the addresses are asked about; `names` are what their placeholders stand for."""

    people: dict[str, Person]
    names: dict[str, str]


def scene_of(cast: Cast, world: World) -> Scene:
    call = world.call("anna.astrom", seconds=4)
    people = {
        "service_agent": cast.anna,
        "sales_agent": cast.oskar,
        "manager": cast.mikko,
        **{name: getattr(cast, name) for name in ROLES[3:]},
    }
    end = NOW + timedelta(days=1)
    for kind, role in (("case", "rights_handler"), ("activity", "trainer")):
        cap = 5 if kind == "activity" else None
        made = mandates.open_mandate(kind, "REF-1", ends_at=end, by="x", now=NOW, cap=cap)
        mandates.name_person(made, people[role].id, by="x", now=NOW)
        mandates.add_call(made, call, by="x", now=NOW)
    # the last one opened is the activity
    Activity.objects.create(mandate_id=made, name="Greeting", begins_at=NOW, ends_at=end)
    lead, administrator = cast.security_lead.id, cast.administrator.id
    incident = incidents.open_incident(lead, "INC-1", 30, NOW)
    incidents.name_person(lead, incident, administrator, NOW)
    incidents.add_call(lead, incident, call, NOW)
    alert = Alert.objects.create(
        rule="at_night",
        person=cast.mikko,
        count=1,
        least=1,
        begins_at=NOW,
        ends_at=NOW,
        found_at=NOW,
    )
    draft = Draft("order", "POL-1", people["rights_handler"].id, Time(end, end), "Ordered.")
    held = world.call("anna.astrom", seconds=4, start=NOW - timedelta(hours=5))
    matter = Mandate.objects.get(kind="case").id
    mandates.add_call(matter, held, by="x", now=NOW)
    allowed = holding.may_place(people["rights_handler"].id, draft, [held], NOW)
    asked = Asked("case", "REF-1")
    names = {
        "hold_id": holds.place(allowed, world.keys, NOW).hex,
        "order_id": orders.plan([call], "erasure", asked, by="x", now=NOW).hex,
        "alert_id": alert.id.hex,
        "line_id": cast.service_line.id.hex,
        "person_id": cast.leila.id.hex,
        "name": "rename",
        "kind": "use_of_system",
        "number": "1",
        "activity_id": made.hex,
        "call_id": call.hex,
        "incident_id": incident.hex,
        "matter_id": matter.hex,
        "approval_id": approvals.ask(administrator, incident, call, NOW).hex,
        "emergency_id": call.hex,  # there is none
        "permit_id": call.hex,  # nobody has asked: the settings want no approval
        "sample_id": samples.draw(cast.auditor.id, Drawn(SINCE, NOW), 3, NOW).hex,
        "leg": str(book_of_calls.legs(call)[0].id),
    }
    return Scene(people, names)


def renew(scene: Scene) -> None:
    """A request that was answered is asked again, so that the next one finds one to answer."""
    names = scene.names
    administrator = scene.people["administrator"].id
    own = approvals.inbox(administrator, NOW).own
    if all(one.state.value != "waiting" for one in own):
        incident, call = UUID(hex=names["incident_id"]), UUID(hex=names["call_id"])
        names["approval_id"] = approvals.ask(administrator, incident, call, NOW).hex


def ask(client: Client, method: str, address: str, sends: str, names: dict[str, str]) -> int:
    path = "/" + re.sub(r"<\w+:(\w+)>", lambda part: names.get(part[1], "0" * 32), address)
    given = {key: value[0].format(**names) for key, value in parse_qs(sends).items()}
    answer: HttpResponseBase = getattr(client, method.lower())(path, given)
    assert address in TO_CHECK_WITH or leaves_nothing(answer), path
    return answer.status_code


def leaves_nothing(answer: HttpResponseBase) -> bool:
    """N-33: nothing is stored, nothing is offered as a file, nothing is fetched from elsewhere."""
    here = answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    kept = answer["Cache-Control"] != "no-store" or "Content-Disposition" in answer.headers
    body = getattr(answer, "content", b"").decode(errors="replace")
    return here and not kept and not ELSEWHERE.search(body)


def test_n27_n33_every_address_answers_every_role_as_its_line_says(
    cast: Cast, world: World, sign_in: SignIn, stranger: Client
) -> None:
    scene = scene_of(cast, world)
    wrong: list[tuple[str, str, str, int, int]] = []
    clients = {role: sign_in(person) for role, person in scene.people.items()}
    clients[NOBODY] = stranger
    legs = {"leg": scene.names["leg"]}
    opened = clients["service_agent"].post(f"/calls/{scene.names['call_id']}/listen", legs)
    scene.names["listening_id"] = opened.headers["Location"].rpartition("/")[2]
    for address in sorted(ANSWERS, key=lambda one: one == LAST):
        calls.LISTS.forget()
        for who, client in clients.items():
            if address.startswith("approvals/"):
                renew(scene)
            SignInFailure.objects.all().delete()
            for method, line in ANSWERS[address].items():
                got = ask(client, method, address, line.sends, scene.names)
                if got != line.to(who):
                    wrong.append((address, method, who, line.to(who), got))
    assert not wrong, "\n".join(map(str, wrong))


def test_other_methods_are_refused_in_words(cast: Cast, world: World, sign_in: SignIn) -> None:
    scene = scene_of(cast, world)
    client = sign_in(cast.dpo)
    for address in (one for one in ANSWERS if not one.startswith(("scim/", "api/"))):
        missing = [method for method in METHODS if method not in ANSWERS[address]]
        for method in (*missing, "PUT", "PATCH", "DELETE", "OPTIONS"):
            assert ask(client, method, address, "", scene.names) == 405, (address, method)
