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
