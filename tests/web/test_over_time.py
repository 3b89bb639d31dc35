"""The picture of calls over time: what it counts is what the list finds, and bars lead to it."""

import re
from datetime import timedelta

from cast import NOW, Cast
from drawn import without_drawn
from web.conftest import SignIn
from web.world import World

DAY = timedelta(days=1)


def columns(page: str) -> dict[str, int]:
    """What the table behind the picture says, by the label of its row."""
    rows = re.findall(
        r"<tr role=.row.>\s*<td.*?<a href=.*?>(.*?)</a></td>\s*<td.*?>(\d+)</td>", page
    )
    return {label: int(count) for label, count in rows}


def test_a_bar_counts_what_the_list_of_its_days_finds(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    for days in (0, 0, 1, 5, 40):
        world.call("anna.astrom", seconds=2, start=NOW - timedelta(hours=3) - DAY * days)
    world.call("leila.virtanen", seconds=2)
    world.call("oskar.lind", seconds=2)
    client = sign_in(cast.anna)
    page = client.get("/calls/over-time").content.decode()
    counted = columns(page)
    assert {label: count for label, count in counted.items() if count} == {
        "23.11.2026": 2,
        "22.11.2026": 1,
        "18.11.2026": 1,
    }
    assert len(counted) == page.count('<rect class="column"') == 30
    assert "4 calls, 0 (0.0 %) interrupted" in page
    (address,) = set(re.findall(r'href="([^"]*18\.11\.2026&amp;to=18[^"]*)"', page))
    listed = client.get(address.replace("&amp;", "&")).content.decode()
    assert listed.count('<tr class="call') == 1
    assert 'hx-trigger="load"' in listed
    assert 'hx-trigger="toggle once"' in client.get("/calls/").content.decode()


def test_a_manager_sees_their_people_and_the_officer_all(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    for agent in ("anna.astrom", "leila.virtanen", "oskar.lind"):
        world.call(agent, seconds=2)
    seen = {
        login: sum(columns(sign_in(person).get(path).content.decode()).values())
        for login, person, path in (
            ("mikko", cast.mikko, "/calls/over-time"),
            ("dpo", cast.dpo, "/counts/"),
            ("dpo's own", cast.dpo, "/calls/over-time"),
        )
    }
    assert seen == {"mikko": 2, "dpo": 3, "dpo's own": 0}
    assert sign_in(cast.mikko).get("/counts/").status_code == 404


def test_a_wrong_day_a_whole_number_and_too_many_looks(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.anna)
    wrong = client.get("/calls/over-time?from=32.1.2026")
    assert wrong.status_code == 422
    assert "Nothing was counted" in wrong.content.decode()
    assert client.get("/calls/over-time?number=%2B358401234567").status_code == 404
    nothing = client.get("/calls/over-time?from=1.1.2020&to=2.1.2020").content.decode()
    assert "No call in these days" in nothing
    answers = {client.get("/calls/over-time").status_code for _ in range(61)}
    assert answers == {200, 429}


def test_each_look_is_in_the_log_without_what_was_searched(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    from vaiti.audit.models import Leaf

    sign_in(cast.anna).get("/calls/over-time?number=%2B358401234***&direction=in")
    (entry,) = Leaf.objects.filter(kind="access:calls:counted")
    assert "from to direction number" in entry.body
    assert "401234" not in without_drawn(entry.body)
