"""A leaver who is listening: no further piece of sound, and no session, on the very instant."""

from datetime import timedelta

from django.test import Client

from cast import NOW, Cast
from vaiti.access.models import Listening
from vaiti.audit.models import Leaf
from vaiti.ops.leavers import see_leavers_out
from vaiti.people import delegation, enrol
from vaiti.people.models import Role, Session
from vaiti.register.models import Leg
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

FRIDAY = NOW + timedelta(days=4)
MINUTE = timedelta(minutes=1)


def listen(client: Client, world: World, **given: str) -> str:
    """Opens a call of Anna's, plays its beginning and says the address of the sound."""
    call = world.call("anna.astrom", seconds=2)
    leg = Leg.objects.get(call=call).id
    answer = client.post(f"/calls/{call.hex}/listen", {"leg": str(leg), **given})
    address = answer["Location"].replace("/listening/", "/audio/") + "?channel=both"
    assert client.get(address, headers={"Range": "bytes=0-999"}).status_code == 206
    return address


def test_n27_a_leaver_who_listens_gets_no_further_piece_of_sound(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client, idle = sign_in(cast.anna), sign_in(cast.anna)
    address = listen(client, world)
    opening = Leaf.objects.get(kind="access:listening:opened")
    enrol.depart(cast.anna.id, by="system:test", now=NOW, at=NOW + MINUTE)
    assert client.get(address, headers={"Range": "bytes=1000-1999"}).status_code == 206
    wiring.install(world.wiring(NOW + MINUTE))
    assert client.get(address)["Location"].startswith("/sign-in?ended=1")
    assert client.get(address.replace("/audio/", "/status/")).status_code == 302
    assert Session.objects.count() == 2, "nobody is served by them, but the rows are there yet"
    assert see_leavers_out(NOW + MINUTE) == 2
    assert Session.objects.count() == 0
    assert idle.get(address).status_code == 302
    assert Listening.objects.get().opened_at == NOW
    assert opening.actor == cast.anna.id.hex
    closed = Leaf.objects.get(kind="people:session:closed")
    assert (closed.actor, closed.subject) == ("system:people", cast.anna.id.hex)


def test_n27_only_sessions_of_leavers_end_and_their_rows_are_closed(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    sign_in(cast.leila), sign_in(cast.anna), Client().get("/sign-in")
    enrol.depart(cast.anna.id, by="system:test", now=NOW, at=FRIDAY)
    sessions = Session.objects.count()
    assert see_leavers_out(FRIDAY - MINUTE) == 0
    assert Session.objects.count() == sessions
    assert see_leavers_out(FRIDAY) == 1
    assert Session.objects.count() == sessions - 1
    assert Role.objects.get(person=cast.anna).valid_to == FRIDAY


def test_n29_sound_ends_with_a_delegation_that_is_taken_back(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    handed = delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.henrik.id,
        begins=NOW,
        ends=FRIDAY,
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    client = sign_in(cast.henrik)
    address = listen(client, world, purpose="verify", reference="2026-118")
    delegation.take_back(handed, by=cast.mikko.id.hex, now=NOW + MINUTE)
    wiring.install(world.wiring(NOW + MINUTE))
    assert client.get(address).status_code == 404
