"""The page on which agents see who has listened to their calls (L-32)."""

from datetime import timedelta

from access_world import Open, open_leg
from cast import NOW, Cast
from vaiti.access import incidents, limits
from vaiti.access.limits import Limits
from vaiti.access.models import Listening
from vaiti.access.telling import Telling
from web.conftest import SignIn
from web.world import World

__all__ = ["open_leg"]

REASON = {"purpose": "training", "reference": "2026-118"}


def test_a_listening_is_counted_marked_and_listed_without_a_name(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    call = world.call("anna.astrom")
    client = sign_in(cast.anna)
    assert "Nobody else has listened" in client.get("/listened/").content.decode()
    open_leg(cast.mikko, call, now=NOW + timedelta(microseconds=1), **REASON)
    assert "1 new listening" in client.get("/desk/").content.decode()
    assert "somebody else has listened" in client.get("/calls/").content.decode()
    listed = client.get("/listened/").content.decode()
    assert "Your manager" in listed
    assert f"/calls/{call.hex}/" in listed
    assert "Mikko" not in listed
    assert "No listening matches" in client.get("/listened/?purpose=rights").content.decode()


def test_a_day_that_is_none_and_a_made_up_cursor_are_answered_in_words(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    for query in ("from=32.1.2026", "from=2.1.2026&to=1.1.2026"):
        answer = client.get(f"/listened/?{query}")
        assert answer.status_code == 422
        assert "Correct the field" in answer.content.decode()
    for cursor in ("x", "1-2", "9" * 40 + "-" + "0" * 32):
        assert client.get(f"/listened/?before={cursor}").status_code == 400


def test_the_officer_sees_what_is_held_back_with_its_ground(
    world: World, cast: Cast, sign_in: SignIn, open_leg: Open
) -> None:
    incidents.open_incident(cast.dpo.id, "INC-1", 90, NOW)
    open_leg(cast.mikko, world.call("anna.astrom"), purpose="verify", reference="INC-1")
    Listening.objects.update(purpose="security")
    client = sign_in(cast.dpo)
    assert "The settings hold nothing back" in client.get("/desk/").content.decode()
    limits.install(Limits(telling=Telling(hold_back=("incident",), ground="Act 1 section 2")))
    try:
        told = client.get("/desk/").content.decode()
        agent = sign_in(cast.anna).get("/listened/").content.decode()
    finally:
        limits.install(Limits())
    assert "The incident INC-1" in told
    assert "Act 1 section 2" in told
    assert "Nobody else has listened" in agent
    assert "may stand here later" in agent
