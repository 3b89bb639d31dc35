"""The page that shows to officer and auditor what the last look for too old things found."""

from datetime import timedelta

import pytest
from django.db import transaction

from cast import NOW, Cast
from vaiti.audit import following
from vaiti.ops.proving import note
from vaiti.promises.older.places import Looked
from vaiti.promises.older.scan import PLACES, Scan
from web.conftest import SignIn
from web.world import World

LIMIT = NOW - timedelta(days=184)


def looked(world: World, **wrong: int) -> None:
    """A look an hour ago; `wrong` says of how many things of a place too many are old."""
    places = tuple(
        Looked(one, counted=12, older=wrong.get(one, 0), oldest=NOW - timedelta(days=9))
        for one in PLACES
    )
    at = NOW - timedelta(hours=1)
    with transaction.atomic():
        note(Scan(at, 6, LIMIT, places), at)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Nothing is older", "23.11.2026 at 13:00", "Store: sealed recordings")),
        ("fi", ("Mikään ei ole vanhempaa", "23.11.2026 klo 13.00", "Säilytys")),
        ("sv", ("Ingenting är äldre", "23.11.2026 kl. 13.00", "Lagret")),
    ],
)
def test_n18_the_last_look_is_shown_place_by_place(
    world: World, cast: Cast, sign_in: SignIn, language: str, says: tuple[str, ...]
) -> None:
    looked(world)
    shown = sign_in(cast.auditor, language).get("/proof/").content.decode()
    for one in says:
        assert one in shown
    assert shown.count('<span class="tag good">') == len(PLACES)


def test_n19_a_look_that_does_not_hold_says_where(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.dpo)
    assert "Nobody has looked yet" in client.get("/proof/").content.decode()
    looked(world, journal=3)
    shown = client.get("/proof/").content.decode()
    assert "It does not hold" in shown
    assert shown.count('<span class="tag bad">') == 1
    assert "Something is older than callers were promised" in (
        sign_in(cast.administrator).get("/state/").content.decode()
    )


def test_the_page_says_whether_checkpoints_have_left(
    world: World, cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.auditor, "sv")
    assert "Ingen kontrollpunkt har lämnat" in client.get("/proof/").content.decode()
    following.reached("outside:mail", 420, NOW - timedelta(hours=1))
    following.reached("outside:folder", 300, NOW - timedelta(days=9))
    shown = client.get("/proof/").content.decode()
    assert "senast 23.11.2026 kl. 13.00, över 420 poster" in shown
    assert "för länge sedan" in shown
    assert "Ingen kontrollpunkt" not in shown
