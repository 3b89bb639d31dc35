"""Calls whose recording may lack their end are marked wherever they are shown."""

import pytest

from cast import Cast
from manifests import enter
from web.conftest import SignIn
from web.world import World


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ended_by": "silence"}, "nothing was heard from the customer any more"),
        ({"ended_by": "stopped"}, "The recorder was stopped during this call"),
        ({"state": "recovered", "ended_by": "recovered"}, "The recorder was interrupted during"),
        ({"ended_by": "bye"}, ""),
    ],
)
def test_n22_a_call_that_was_cut_short_is_marked_in_the_list_and_says_why_on_its_page(
    world: World, cast: Cast, sign_in: SignIn, changes: dict[str, str], said: str
) -> None:
    call = enter("anna.astrom", **changes)
    client = sign_in(cast.anna)
    listed = client.get("/calls/").content.decode()
    shown = client.get(f"/calls/{call.hex}/").content.decode()
    assert ('<span class="tag warn">interrupted</span>' in listed) == bool(said)
    assert ("interrupted" in shown) == bool(said)
    assert said in shown


@pytest.mark.parametrize(
    ("ended_by", "said"),
    [
        ("released", "the customer was no longer in the call"),
        ("transferred", "the call went on where nothing is recorded"),
        ("bye", ""),
    ],
)
def test_n22_a_call_that_ended_otherwise_than_by_hanging_up_says_so(
    world: World, cast: Cast, sign_in: SignIn, ended_by: str, said: str
) -> None:
    call = enter("anna.astrom", ended_by=ended_by)
    shown = sign_in(cast.anna).get(f"/calls/{call.hex}/").content.decode()
    assert said in shown
    assert ("interrupted" in shown, "no longer in the call" in shown) == (
        False,
        ended_by == "released",
    )
