"""Saved views of the list of calls: one's own, in one statement, with nothing of a customer."""

from urllib.parse import unquote

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast
from vaiti.access.models import SavedView
from web.conftest import SignIn
from web.world import World


def test_a_search_is_saved_found_again_and_removed(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    world.call("anna.astrom", seconds=2)
    client = sign_in(cast.mikko)
    shown = client.get("/calls/?direction=in&length=short").content.decode()
    assert "Save as a view" in shown
    form = {"name": "Short ones", "direction": "in", "length": "short", "days": "7"}
    assert client.post("/calls/views", {**form, "number": "+358401234***"}).status_code == 303
    (row,) = SavedView.objects.all()
    assert (row.given, row.days) == ({"direction": "in", "length": "short"}, 7)
    client.post("/calls/views", {"name": "Last day", "destroyed": "23.5.2027", "days": "0"})
    last = unquote(client.get("/calls/?destroyed=23.5.2027").content.decode())
    assert 'href="/calls/?destroyed=23.5.2027" aria-current="true">Last day' in last
    SavedView.objects.get(name="Last day").delete()
    listed = unquote(client.get("/calls/").content.decode())
    assert "/calls/?direction=in&amp;length=short&amp;from=17.11.2026" in listed
    assert "Short ones" not in sign_in(cast.anna).get("/calls/").content.decode()
    away = f"/calls/views/{row.id.hex}/remove"
    sign_in(cast.anna).post(away)
    assert SavedView.objects.exists()
    client.post(away)
    assert not SavedView.objects.exists()


def test_a_number_is_no_name_and_twenty_are_enough(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    for name in ("", "040 123 4567", "x" * 41):
        assert client.post("/calls/views", {"name": name}).status_code == 422
    for number in range(20):
        assert client.post("/calls/views", {"name": f"View {number}"}).status_code == 303
    refused = client.post("/calls/views", {"name": "One more"})
    assert "20 views already" in refused.content.decode()
    assert client.post("/calls/views", {"name": "View 3", "direction": "out"}).status_code == 303


def test_the_list_asks_once_for_all_views(world: World, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.anna)
    for number in range(5):
        client.post("/calls/views", {"name": f"View {number}"})
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/calls/")
    assert sum("access_savedview" in one["sql"] for one in asked.captured_queries) == 1
