"""Who sends calls: the settings file's peers, with what was last heard of each."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cast import NOW, Cast
from ops.test_init import data
from vaiti.due import alarms
from vaiti.ops.commands.peer import main
from vaiti.ops.peer_facts import peers_of
from vaiti.people.feed_models import FeedEvent
from vaiti.register.models import Call
from vaiti.web.http import wiring
from web.conftest import SignIn
from web.world import World

__all__ = ["data"]

pytestmark = pytest.mark.django_db


def test_the_page_shows_what_the_settings_file_has_now(
    world: World, cast: Cast, sign_in: SignIn, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wiring.install(replace(world.wiring(), peers=peers_of(data)))
    admin, officer = sign_in(cast.administrator), sign_in(cast.dpo)
    first = admin.get("/lines/peers/").content.decode()
    assert "The agent feed has said nothing yet" in first and "./vaiti peer add" in first
    asked = ["add", "--name", "sbc-2", "--address", "192.0.2.7", "--srtp", "refused"]
    assert main([*asked, "--data", str(data)]) == 0
    capsys.readouterr()
    world.call("anna.astrom")
    Call.objects.update(peer="sbc-2")
    alarms.raise_alarm("no_acceptable_stream", "sbc-2", "no", NOW, event=True)
    FeedEvent.objects.create(
        what="login",
        person=cast.anna,
        device="2001",
        from_at=NOW - timedelta(hours=2),
        came_at=NOW - timedelta(hours=2),
    )
    page = admin.get("/lines/peers/").content.decode()
    for said in ("sbc-2", "192.0.2.7", "SRTP refused", "UDP, TCP", "the agent feed"):
        assert said in page
    assert "23.11.2026" in page and "The agent feed spoke last" in page
    assert "1. extension data" in page and "1 min" in page
    (data / "vaiti.toml").write_text("[register")
    broken = officer.get("/lines/peers/").content.decode()
    assert "cannot be used as it is now" in broken and "./vaiti peer add" not in broken
    assert sign_in(cast.auditor).get("/lines/peers/").status_code == 404
    assert sign_in(cast.anna).get("/lines/peers/").status_code == 404
